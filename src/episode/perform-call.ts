/** One tool call of a turn: resolve, validate, ask the dynamics, run the transaction, record. */
import { type CallEvent, type Cause, type FaultMark, USER_FRAME } from '../../protocol/event.ts'
import { keyOf } from '../core/keyed.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { nearest } from '../core/nearest.ts'
import { planCall } from '../dynamics/plan-call.ts'
import { CallLimit, TOO_EXPENSIVE } from '../world/fault.ts'
import { type CompiledTool, describeMisfit, runTool, type ToolOutcome } from '../world/tool.ts'
import { type Emission, Transaction } from '../world/transaction.ts'
import { deliver, isVisible, requireFits, visibleTools } from './advance-world.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import { readWait } from './system-tool.ts'
import type { ReadCall } from './turn-action.ts'

/** What the agent sees of a call, and when. */
export type CallResult = { readonly id: string; readonly name: string; readonly content: string; readonly isError: boolean; readonly returnsAt: number }

type Rejected = NonNullable<CallEvent['rejected']>

const NO_CHANGES: CallEvent['changes'] = []
const NO_FAULTS: FaultMark[] = []

/** A call that never reaches a tool: it costs no time, and the log has it. */
export function rejectCall(state: EpisodeState, turn: number, call: ReadCall, start: number, rejected: Rejected, content: string, frame?: string): CallResult {
  return record(state, turn, call, start, start, { content, isError: true, rejected, committed: false, applications: 0, changes: NO_CHANGES, faults: NO_FAULTS }, frame)
}

/** A call of a system tool that took effect. */
export function acceptSystemCall(state: EpisodeState, turn: number, call: ReadCall, start: number, returnsAt: number, content: string): CallResult {
  return record(state, turn, call, start, returnsAt, { content, isError: false, committed: false, applications: 0, changes: NO_CHANGES, faults: NO_FAULTS })
}

/** Performs a call that starts at a virtual time; ending calls are not its business. */
export function performCall(state: EpisodeState, turn: number, call: ReadCall, start: number): CallResult {
  if (call.problem !== undefined) return rejectCall(state, turn, call, start, 'malformed', `Malformed tool call: ${call.problem}`)
  if (call.name === 'wait') return performWait(state, turn, call, start)
  const { world } = state.scenario
  const tool = isVisible(state, call.name) ? world.tools.get(call.name) : undefined
  if (!tool) {
    const close = nearest(call.name, visibleTools(state))
    return rejectCall(state, turn, call, start, 'unknown_tool', `Unknown tool '${call.name}'${close ? `; did you mean '${close}'?` : ''}`)
  }
  const read = tool.read(call.arguments, '')
  if ('problem' in read) return rejectCall(state, turn, call, start, 'invalid_arguments', describeMisfit(tool.name, read))
  return performTool(state, turn, call, start, tool, read.value)
}

function performWait(state: EpisodeState, turn: number, call: ReadCall, start: number): CallResult {
  const read = readWait(call.arguments, '')
  if ('problem' in read) return rejectCall(state, turn, call, start, 'invalid_arguments', describeMisfit('wait', read))
  const { ms } = read.value as { ms: number }
  return acceptSystemCall(state, turn, call, start, start + ms, `Waited ${ms} ms`)
}

function performTool(state: EpisodeState, turn: number, call: ReadCall, start: number, tool: CompiledTool, args: unknown): CallResult {
  const { frame, luck, identity, scenario } = state
  const { effect, idempotent } = tool.spec
  const broke = brokenRules(state, tool.name, call.arguments, start)
  if (broke === 'too expensive') return record(state, turn, call, start, start, { content: `${tool.name}: ${TOO_EXPENSIVE}`, isError: true, ...effectOf(undefined, NO_CHANGES, []), faults: NO_FAULTS })
  const plan = planCall(state.dynamics, state.dynamicsState, {
    luck, intensity: identity.options.intensity, framePath: frame.path, agent: frame.agent,
    tool: { name: tool.name, effect, idempotent }, start, epoch: scenario.world.epoch,
  })
  const { outcome, changes, emitted } = plan.runs ? transact(state, tool, args, start, 'agent') : { outcome: undefined, changes: NO_CHANGES, emitted: [] }
  const shown = plan.surface === undefined && outcome ? { content: contentOf(outcome.json), isError: outcome.isError } : { content: plan.surface ?? 'ok', isError: true }
  return record(state, turn, call, start, start + plan.latency, { ...shown, ...effectOf(outcome, changes, emitted), faults: plan.faults as FaultMark[], ...(broke.length && { broke }) })
}

/** Rules that a call breaks as it begins. */
function brokenRules(state: EpisodeState, tool: string, args: unknown, start: number): string[] | 'too expensive' {
  const { ruleBook } = state.scenario
  if (!ruleBook?.concerns(tool)) return []
  const units = Math.max(0, Math.min(10 * CALL_UNITS, state.units))
  try {
    const { ids, cost } = ruleBook.broken({ base: baseOf(state), overlay: state.overlay, instruction: state.task.instruction, events: state.log.toArray(), clockMs: start, tool, args, units })
    state.units -= cost
    return ids
  } catch (error) {
    // Only what the agent said and did makes it dear.
    if (error instanceof CallLimit) {
      state.units -= units
      return 'too expensive'
    }
    throw error
  }
}

type Transacted = { outcome: ToolOutcome; changes: CallEvent['changes']; emitted: readonly Emission[] }

/** Runs a tool in a transaction of its own and commits it; its marks name the event that is recorded next. */
function transact(state: EpisodeState, tool: CompiledTool, args: unknown, start: number, cause: Cause): Transacted {
  const { identity, scenario, log } = state
  const tx = new Transaction(baseOf(state), state.overlay)
  const outcome = runTool(tool, args, tx, scenario.world.epoch + start, keyOf(['draw', identity.seed, log.length]), Math.max(0, Math.min(CALL_UNITS, state.units)))
  state.units -= outcome.cost
  const committed = tx.commit(cause, log.length)
  deliver(state, committed.emitted)
  return { outcome, ...committed }
}

/** Calls a tool of the simulated user, who meets no faults and no latency; gives the JSON of its result. */
export function performUserCall(state: EpisodeState, turn: number, id: string, name: string, args: Record<string, unknown>): unknown {
  const { world } = state.scenario
  const tool = world.tools.get(name)!
  const call: ReadCall = { id, name, arguments: args }
  const { clock } = state.frame
  const read = tool.read(args, '')
  if ('problem' in read) return rejectCall(state, turn, call, clock, 'invalid_arguments', describeMisfit(name, read), USER_FRAME).content
  if (tool.visible && !tool.visible(new Transaction(baseOf(state), state.overlay), world.epoch + clock, { left: CALL_UNITS })) return rejectCall(state, turn, call, clock, 'unknown_tool', `There is no ${name} now`, USER_FRAME).content
  const { outcome, changes, emitted } = transact(state, tool, read.value, clock, 'user')
  record(state, turn, call, clock, clock, { content: contentOf(outcome.json), isError: outcome.isError, ...effectOf(outcome, changes, emitted), faults: NO_FAULTS }, USER_FRAME)
  return outcome.json ?? null
}

function effectOf(outcome: ToolOutcome | undefined, changes: CallEvent['changes'], emitted: readonly Emission[]): Pick<Recorded, 'committed' | 'applications' | 'changes' | 'emits'> {
  const committed = outcome !== undefined && !outcome.isError
  return { committed, applications: committed ? 1 : 0, changes, ...(emitted.length && { emits: [...emitted] }) }
}

function contentOf(json: unknown): string {
  return json === undefined ? 'ok' : typeof json === 'string' ? json : JSON.stringify(json)
}

type Recorded = Pick<CallEvent, 'content' | 'rejected' | 'committed' | 'applications' | 'changes' | 'faults' | 'emits' | 'broke'> & { isError: boolean }

function record(state: EpisodeState, turn: number, call: ReadCall, at: number, returnsAt: number, recorded: Recorded, frame = state.frame.path): CallResult {
  const { isError, rejected, ...rest } = recorded
  state.log.push({
    type: 'call', index: state.log.length, frame, turn, call_id: call.id, tool: call.name,
    arguments: call.arguments ?? null, at, returns_at: returnsAt, is_error: isError, ...(rejected ? { rejected } : {}), ...rest,
  })
  requireFits(state)
  return { id: call.id, name: call.name, content: recorded.content, isError, returnsAt }
}
