/** What an MCP client is told about a tool besides its schema. */
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'

export type Traits = { readonly readOnlyHint: boolean; readonly destructiveHint: boolean; readonly idempotentHint: boolean; readonly openWorldHint: false }

const known = new WeakMap<CompiledScenario, ReadonlyMap<string, Traits>>()

/** The traits of a scenario's tools of the world, by their own names. A world is closed: nothing of it is outside. */
export function traitsOf(scenario: CompiledScenario): ReadonlyMap<string, Traits> {
  let traits = known.get(scenario)
  if (!traits) {
    traits = new Map([...scenario.world.tools].map(([name, { spec }]) => [name, {
      readOnlyHint: spec.effect === 'read', destructiveHint: spec.destructive, idempotentHint: spec.effect === 'read' || spec.idempotent, openWorldHint: false,
    }]))
    known.set(scenario, traits)
  }
  return traits
}
