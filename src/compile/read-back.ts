/** How a caller finds out whether an unanswered write happened, compiled from the tools' declarations. */
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import type { ReadBack } from '../episode/compiled-scenario.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation } from '../world/evaluation.ts'
import { declare } from '../world/expression/scope.ts'
import type { Site } from '../world/site.ts'
import { BOOL, JSON_VALUE } from '../world/type.ts'
import { compileArguments } from './witness.ts'

/** Compiles the read-backs of a world's tools, by tool. */
export function compileReadBacks(world: CompiledWorld, site: Site): ReadonlyMap<string, ReadBack> {
  const made = new Map<string, ReadBack>()
  for (const [name, { spec }] of world.tools) {
    const declaration = spec.read_back
    if (!declaration) continue
    const at = site.at(name, 'read_back')
    const tool = world.tools.get(declaration.call)
    if (!tool) at.at('call').complain('name', `unknown tool '${declaration.call}'`, { nearest: nearest(declaration.call, world.tools.keys()) })
    else if (tool.spec.effect !== 'read') at.at('call').complain('read_back', `'${declaration.call}' writes`, { expected: 'a read tool' })
    const withArgs = declare(world.scope(), 'args', JSON_VALUE)
    const withResult = declare(withArgs.scope, 'result', JSON_VALUE)
    const args = compileArguments(declaration.with, tool?.argumentsType, withArgs.scope, at.at('with'))
    const done = at.at('done').expression(declaration.done, withResult.scope, BOOL).run
    const width = () => withResult.scope.slots.used
    const evaluation = (base: BaseWorld, values: Record<number, unknown>): Evaluation => ({
      view: base, slots: Object.assign(new Array(width()), values), left: CALL_UNITS, now: world.epoch, key: keyOf(['read_back', name]), draws: 0,
    })
    made.set(name, {
      call: declaration.call,
      args: (base, writeArgs) => args(evaluation(base, { [withArgs.slot]: writeArgs })),
      done: (base, writeArgs, result) => done(evaluation(base, { [withArgs.slot]: writeArgs, [withResult.slot]: result })) === true,
    })
  }
  return made
}
