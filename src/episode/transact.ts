/** Runs a tool of the world: for good, or to see what it would say. */
import type { CallEvent, Cause } from '../../protocol/event.ts'
import { keyOf } from '../core/keyed.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import type { Overlay } from '../world/overlay.ts'
import { type CompiledTool, runTool, type ToolOutcome } from '../world/tool.ts'
import { type Emission, Transaction } from '../world/transaction.ts'
import { deliver } from './deliver.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import type { Served } from '../world/served/served.ts'
import { servedBy } from './live-tools.ts'
import { noteBroken } from './watch.ts'

type Transacted = { readonly outcome: ToolOutcome; readonly changes: CallEvent['changes']; readonly emitted: readonly Emission[]; /** For the event that is recorded next. */ readonly noted: { violates?: string[] } }

function run(state: EpisodeState, tool: CompiledTool, args: unknown, at: number, overlay: Overlay, served: Served | undefined): { outcome: ToolOutcome; tx: Transaction } {
  const { identity, scenario, log } = state
  const tx = new Transaction(baseOf(state), overlay)
  const outcome = runTool(tool, args, tx, scenario.world.epoch + at, keyOf(['draw', identity.seed, log.length]), Math.max(0, Math.min(CALL_UNITS, state.units)), served)
  state.units -= outcome.cost
  return { outcome, tx }
}

/**
 * Runs a tool in a transaction of its own and commits it; its marks name the event that is recorded next.
 * @param skew milliseconds by which its clock is off
 */
export function transact(state: EpisodeState, tool: CompiledTool, args: unknown, start: number, cause: Cause, skew = 0): Transacted {
  const { outcome, tx } = run(state, tool, args, start + skew, state.overlay, servedBy(state))
  const committed = tx.commit(cause, state.log.length)
  deliver(state, committed.emitted)
  if (committed.changes.length) noteChange(state, start)
  return { outcome, ...committed, noted: noteBroken(state, committed.changes, start) }
}

/** Runs a tool and undoes it, over other changed rows if such are given. */
export function rehearse(state: EpisodeState, tool: CompiledTool, args: unknown, at: number, overlay = state.overlay): ToolOutcome {
  // A live server cannot undo a write, nor show how things were: a read sees the present, a write is left to the recording.
  return run(state, tool, args, at, overlay, tool.spec.effect === 'read' ? servedBy(state) : undefined).outcome
}

/** Keeps the rows as they are now, where later reads may be stale; of what others change in a storm, only so much. */
export function noteChange({ dynamics, dynamicsState, overlay, log }: EpisodeState, at: number, byOthers = false): void {
  if (dynamics.reach > 0 && !(byOthers && dynamicsState.isDense(at, dynamics.reach))) dynamicsState.remember({ at, event: log.length, overlay: overlay.fork() }, dynamics.reach)
}
