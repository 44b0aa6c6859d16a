/** What the dynamics know of the tools of a world. */
import type { ObjectSchema } from '../../protocol/spec/json-schema.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { ToolTraits } from './passage.ts'

/** The traits of all tools that agents call, by name. */
export function toolTraits(world: CompiledWorld): ReadonlyMap<string, ToolTraits> {
  const traits = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map(({ name, spec }): ToolTraits => {
    const { properties, required = [] } = spec.input as ObjectSchema
    const ofType = (type: string) => Object.entries(properties).filter(([, schema]) => [schema.type].flat()[0] === type).map(([property]) => property)
    return {
      name,
      effect: spec.effect,
      idempotent: spec.idempotent,
      readBack: spec.read_back !== undefined,
      lists: ofType('array'),
      target: ofType('string').find((property) => required.includes(property)),
    }
  })
  return new Map(traits.map((tool) => [tool.name, tool]))
}
