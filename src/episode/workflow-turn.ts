/** What a workflow does itself: it calls a tool, asks the user, and comes to its end. */
import type { Action } from '../../protocol/action.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { callAction } from './witness-step.ts'
import type { EpisodeState } from './episode-state.ts'
import type { Frame } from './frame.ts'
import { releaseLocks } from './global-storage.ts'
import { acceptSystemCall, performCall } from './perform-call.ts'
import { TURN_UNITS } from './turn.ts'
import { endRun } from './turn-end.ts'
import { answerUser } from './user-turn.ts'
import { WORKFLOW_PLAYER } from './workflow-player.ts'
import { retryLater, settleNode, stepWorkflow } from './workflow-run.ts'

/** Lets a workflow go on by one node. */
export function advanceWorkflow(state: EpisodeState, frame: Frame): void {
  state.frame = frame
  const step = stepWorkflow(state, frame)
  switch (step.does) {
    case 'on': return
    case 'call': return callTool(state, frame, step)
    case 'say': return ask(state, frame, step.node, step.text)
    case 'end': return end(state, frame, step.value, step.unable)
  }
}

function noteTurn(state: EpisodeState, frame: Frame, action: Action): number {
  const turn = state.log.length
  state.log.push({ type: 'turn', index: turn, frame: frame.path, seq: state.seq, action, at: frame.clock, tokens: 0, player: WORKFLOW_PLAYER })
  return turn
}

function callTool(state: EpisodeState, frame: Frame, { node, tool, args, retries }: { node: string; tool: string; args: Record<string, unknown>; retries: number }): void {
  const { spent, identity: { options: { budgets } } } = state
  if (spent.calls >= budgets.calls) {
    state.stop ??= { ending: { reason: 'calls_budget' }, natural: false }
    return
  }
  spent.calls++
  frame.calls++
  state.units = TURN_UNITS
  const turn = noteTurn(state, frame, callAction(tool, args))
  const result = performCall(state, turn, { id: `call_${node}_${frame.calls}`, name: tool, arguments: args }, frame.clock)
  if (result.isError && retries > 0 && retryLater(frame, node, result.returnsAt, retries)) return
  settleNode(state, frame, node, jsonOrText(result.content), result.returnsAt)
}

function ask(state: EpisodeState, frame: Frame, node: string, text: string): void {
  const { user } = state.task.template
  if (!user) {
    settleNode(state, frame, node, null, frame.clock, true)
    return
  }
  const turn = noteTurn(state, frame, { content: text })
  const { messages, leaves } = answerUser(state, user, text, turn)
  settleNode(state, frame, node, messages[0]?.content ?? null, frame.clock)
  if (leaves) state.stop ??= { ending: { reason: leaves }, natural: true }
}

/** Frames that it waits for are left as they are: nobody asks them any more. */
function end(state: EpisodeState, frame: Frame, value: unknown, unable: string | undefined): void {
  for (const other of state.frames.values()) {
    if (other.state === 'done' || !other.path.startsWith(`${frame.path}/`)) continue
    other.state = 'done'
    state.storage = releaseLocks(state.storage, other.path)
    state.log.push({ type: 'return', index: state.log.length, frame: other.path, reason: 'ended', at: frame.clock, content: '' })
  }
  if (!frame.leads) return endRun(state, frame, 'done', unable ?? (typeof value === 'string' ? value : JSON.stringify(value)))
  if (unable !== undefined) {
    noteEnding(state, frame, 'report_unable', { reason: unable })
    state.stop = { ending: { reason: 'reported_unable', unable }, natural: true }
    return
  }
  const { answer } = state.task.template
  const read = answer?.read(value, 'answer')
  if (read && 'problem' in read) {
    state.stop = { ending: { reason: 'stopped_without_answer' }, natural: true }
    return
  }
  noteEnding(state, frame, 'finish', read ? { answer: value } : {})
  state.stop = { ending: { reason: 'finished', ...(read && { answer: { value: read.value, json: value } }) }, natural: true }
}

/** Who ends a task calls for it, also a workflow: checks look at that call. */
function noteEnding(state: EpisodeState, frame: Frame, name: string, args: Record<string, unknown>): void {
  const turn = noteTurn(state, frame, callAction(name, args))
  acceptSystemCall(state, turn, { id: `call_end_${frame.calls}`, name, arguments: args }, frame.clock, frame.clock, 'Ended', { args, coerced: [] })
}
