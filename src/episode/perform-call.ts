/** One tool call of a turn: resolve, validate, ask the dynamics, run the transaction, record. */
import type { CallEvent, FaultMark } from '../../protocol/event.ts'
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { planCall } from '../dynamics/plan-call.ts'
import { type CompiledTool, describeMisfit, runTool, type ToolOutcome } from '../world/tool.ts'
import { type Emission, Transaction } from '../world/transaction.ts'
import { deliver, isVisible } from './advance-world.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import { readWait } from './system-tool.ts'
import type { ReadCall } from './turn-action.ts'

/** What the agent sees of a call, and when. */
export type CallResult = { readonly id: string; readonly name: string; readonly content: string; readonly isError: boolean; readonly returnsAt: number }

type Rejected = NonNullable<CallEvent['rejected']>

const NO_CHANGES: CallEvent['changes'] = []
const NO_FAULTS: FaultMark[] = []

/** A call that never reaches a tool: it costs no time, and the log has it. */
export function rejectCall(state: EpisodeState, turn: number, call: ReadCall, start: number, rejected: Rejected, content: string): CallResult {
  return record(state, turn, call, start, start, { content, isError: true, rejected, committed: false, applications: 0, changes: NO_CHANGES, faults: NO_FAULTS })
}

/** A call of a system tool that took effect. */
export function acceptSystemCall(state: EpisodeState, turn: number, call: ReadCall, start: number, returnsAt: number, content: string): CallResult {
  return record(state, turn, call, start, returnsAt, { content, isError: false, committed: false, applications: 0, changes: NO_CHANGES, faults: NO_FAULTS })
}

/** Performs a call that starts at a virtual time; ending calls are not its business. */
export function performCall(state: EpisodeState, turn: number, call: ReadCall, start: number): CallResult {
  if (call.problem !== undefined) return rejectCall(state, turn, call, start, 'malformed', `Malformed tool call: ${call.problem}`)
  if (call.name === 'wait') return performWait(state, turn, call, start)
  const { root, world } = state.scenario
  const tool = isVisible(state, call.name) ? world.tools.get(call.name) : undefined
  if (!tool) {
    const close = nearest(call.name, root.tools.filter((name) => isVisible(state, name)))
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
  const plan = planCall(state.dynamics, state.dynamicsState, {
    luck, intensity: identity.options.intensity, framePath: frame.path, agent: frame.agent,
    tool: { name: tool.name, effect, idempotent }, start, epoch: scenario.world.epoch,
  })
  const index = state.log.length
  let outcome: ToolOutcome | undefined
  let changes = NO_CHANGES
  let emitted: readonly Emission[] = []
  if (plan.runs) {
    const tx = new Transaction(baseOf(state), state.overlay)
    outcome = runTool(tool, args, tx, scenario.world.epoch + start, keyOf(['draw', identity.seed, index]));
    ({ changes, emitted } = tx.commit('agent', index))
    deliver(state, emitted)
  }
  const shown = plan.surface === undefined && outcome ? { content: contentOf(outcome.json), isError: outcome.isError } : { content: plan.surface ?? 'ok', isError: true }
  const committed = outcome !== undefined && !outcome.isError
  return record(state, turn, call, start, start + plan.latency, { ...shown, committed, applications: committed ? 1 : 0, changes, faults: plan.faults as FaultMark[], ...(emitted.length && { emits: [...emitted] }) })
}

function contentOf(json: unknown): string {
  return json === undefined ? 'ok' : typeof json === 'string' ? json : JSON.stringify(json)
}

type Recorded = Pick<CallEvent, 'content' | 'rejected' | 'committed' | 'applications' | 'changes' | 'faults' | 'emits'> & { isError: boolean }

function record(state: EpisodeState, turn: number, call: ReadCall, at: number, returnsAt: number, recorded: Recorded): CallResult {
  const { isError, rejected, ...rest } = recorded
  state.log.push({
    type: 'call', index: state.log.length, frame: state.frame.path, turn, call_id: call.id, tool: call.name,
    arguments: call.arguments ?? null, at, returns_at: returnsAt, is_error: isError, ...(rejected ? { rejected } : {}), ...rest,
  })
  return { id: call.id, name: call.name, content: recorded.content, isError, returnsAt }
}
