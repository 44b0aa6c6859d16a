/** What a check is compiled from and evaluated in. */
import { type Key, keyOf } from '../core/keyed.ts'
import type { EpisodeView } from '../episode/task.ts'
import { CALL_UNITS, type Evaluation } from '../world/evaluation.ts'
import { CallLimit, NullAccess, SpecFault } from '../world/fault.ts'
import type { Run } from '../world/expression/scope.ts'
import { Transaction } from '../world/transaction.ts'

/** Units that the checks of one look at an episode may cost together. */
export const SCORE_UNITS = 50 * CALL_UNITS
/** Units that one check may cost. */
export const CHECK_UNITS = 10 * CALL_UNITS

/** What each look has cost so far, and its rows: what one check has looked up the next one need not. */
const looks = new WeakMap<State, { spent: number; readonly rows: Transaction; readonly key: Key }>()

/** What expressions of a check are evaluated over. */
export type State = Pick<EpisodeView, 'task' | 'base' | 'overlay' | 'clockMs'>

/** Units that looking at a state has cost so far. */
export function spentOn(state: State): number {
  return looks.get(state)?.spent ?? 0
}

/** An evaluation over the final state, with the task's slots. */
export function finalEvaluation(view: State, slots: number): Evaluation {
  const values = view.task.slots.concat(new Array(Math.max(0, slots - view.task.slots.length)))
  const look = looks.get(view) ?? { spent: 0, rows: new Transaction(view.base, view.overlay), key: keyOf(['check', view.task.seed]) }
  looks.set(view, look)
  let left = Math.min(CHECK_UNITS, SCORE_UNITS - look.spent)
  return {
    view: look.rows, slots: values,
    get left() { return left },
    set left(now) {
      look.spent += left - now
      left = now
    },
    now: view.base.world.epoch + view.clockMs, key: look.key, draws: 0,
  }
}

/**
 * Runs an expression of a check; undefined when it reads a field of null, for what it looks for is not there.
 * @throws SpecFault when it is too dear
 */
export function evaluate(run: Run, cx: Evaluation, place: string): unknown {
  try {
    return run(cx)
  } catch (error) {
    if (error instanceof NullAccess) return undefined
    if (error instanceof CallLimit) throw new SpecFault(`${place}: ${error.message}`)
    throw error
  }
}
