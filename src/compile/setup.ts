/** Set-up steps of a task: they prepare the world before the agent comes, caused by the world. */
import type { Step } from '../../protocol/spec/step.ts'
import { keyOf } from '../core/keyed.ts'
import type { CompiledTask } from '../episode/task.ts'
import { closeCall } from '../world/close-call.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import type { Scope } from '../world/expression/scope.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { Overlay } from '../world/overlay.ts'
import type { Site } from '../world/site.ts'
import { type CallEvaluation, compileSteps } from '../world/step.ts'
import { Transaction } from '../world/transaction.ts'

/** The reset is what set-up changes are marked with. */
const RESET_EVENT = 0

/** Compiles the steps over the task's slots; one that fails is a fault of the spec, for the slots should have been drawn otherwise. */
export function compileSetup(steps: readonly Step[], scope: Scope, world: CompiledWorld, site: Site): CompiledTask['prepare'] {
  if (!steps.length) return () => ({ start: new Overlay(world.tables.length), emitted: [] })
  const run = compileSteps(steps, scope, { ...world.stepEnvironment, writes: true }, site)
  return (task, base) => {
    const start = new Overlay(world.tables.length)
    const tx = new Transaction(base, start)
    const slots = task.slots.concat(new Array(Math.max(0, scope.slots.used - task.slots.length)))
    const cx: CallEvaluation = { view: tx, tx, slots, left: CALL_UNITS * 10, now: world.epoch, key: keyOf(['setup', task.seed, task.template.name]), draws: 0 }
    try {
      const stop = run(cx)
      const refused = stop?.isError ? stop : closeCall(cx)
      if (refused) throw new SpecFault(`set-up of ${task.template.name}: ${JSON.stringify(refused.json)}`)
    } catch (error) {
      if (error instanceof CallLimit) throw new SpecFault(`set-up of ${task.template.name}: ${error.message}`)
      throw error
    }
    return { start, emitted: tx.commit('world', RESET_EVENT).emitted }
  }
}
