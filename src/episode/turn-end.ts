/** How a turn ends: its results go back to its agent, its frame is done, or the episode is. */
import type { CallEvent, FrameReason } from '../../protocol/event.ts'
import type { Message } from '../../protocol/observation.ts'
import { readCoerced } from '../world/coerce.ts'
import { describeMisfit } from '../world/tool.ts'
import type { CompiledAgent } from './compiled-agent.ts'
import { compact } from './compaction.ts'
import { MOST_MESSAGE } from './delegation.ts'
import type { Ending } from './ending.ts'
import type { EpisodeState } from './episode-state.ts'
import { type Frame, type PendingTurn, receive } from './frame.ts'
import { limitReached, refusedFor } from './frame-budget.ts'
import { releaseLocks } from './global-storage.ts'
import { takeMail } from './observe.ts'
import { openFrame, runFrame } from './open-frame.ts'
import { acceptInnerCall, acceptSystemCall, type CallResult, rejectCall } from './perform-call.ts'
import { finishSchema, readUnable, UNABLE } from './system-tool.ts'
import type { ReadAction, ReadCall } from './turn-action.ts'
import { answerUser } from './user-turn.ts'
import { takeChild } from './workflow-run.ts'

const ENDING_TOOLS: ReadonlySet<string> = new Set(['finish', 'report_unable'])
const TRANSFER = 'transfer_to_'

/** Whether a call ends the task of a frame, or hands it over: such calls come after all others. */
export function isEndingCall({ leads }: Frame, agent: CompiledAgent, { name }: ReadCall): boolean {
  return (leads && ENDING_TOOLS.has(name)) || handOffOf(agent, name) !== undefined
}

function handOffOf({ handOffs }: CompiledAgent, name: string): string | undefined {
  return name.startsWith(TRANSFER) ? handOffs.find(({ agent }) => agent === name.slice(TRANSFER.length))?.agent : undefined
}

/** Goes on with a turn when all that it began is done. */
export function completeTurn(state: EpisodeState, frame: Frame, pending: PendingTurn): void {
  const agent = state.scenario.agents.get(frame.agent)!
  state.frame = frame
  frame.pending = undefined
  frame.state = 'waiting'
  frame.clock = Math.max(frame.clock, pending.latest)
  let ending: Ending | undefined
  let over: ReadCall | undefined
  for (const call of pending.calls) {
    if (pending.results.has(call)) continue
    if (ending || over) pending.results.set(call, rejectCall(state, pending.turn, call, frame.clock, 'after_end', 'The task has already been ended by this turn'))
    else if (ENDING_TOOLS.has(call.name)) {
      const ended = endWithCall(state, pending.turn, call, frame.clock)
      ending = ended.ending
      pending.results.set(call, ended.result)
    } else if (handOver(state, frame, agent, pending, call)) over = call
  }
  if (over) return
  const messages = pending.calls.map((call) => toolMessage(pending.results.get(call)!))
  const stopped = agent.stopTools.size ? stoppedBy(state, frame, agent, pending) : undefined
  if (ending) {
    state.stop = { ending, natural: true }
    receive(frame, messages)
  } else if (stopped) endRun(state, frame, 'stop_tool', stopped.content)
  else goOn(state, frame, messages)
}

/** The first call of a stop tool that succeeded, whatever dynamics call that tool now. */
function stoppedBy({ log }: EpisodeState, { path }: Frame, { stopTools }: CompiledAgent, { turn }: PendingTurn): CallEvent | undefined {
  return log.since(turn).find((event): event is CallEvent => event.type === 'call' && event.turn === turn && event.frame === path && !event.is_error && stopTools.has(event.meant?.tool ?? event.tool))
}

/** Opens the frame that takes over; false where that is refused. */
function handOver(state: EpisodeState, frame: Frame, agent: CompiledAgent, pending: PendingTurn, call: ReadCall): boolean {
  const refuse = (rejected: Parameters<typeof rejectCall>[4], content: string) => {
    pending.results.set(call, rejectCall(state, pending.turn, call, frame.clock, rejected, content, { inner: true }))
    return false
  }
  const { message } = call.arguments as { message?: unknown }
  if (typeof message !== 'string' || message === '' || message.length > MOST_MESSAGE) return refuse('invalid_arguments', `Invalid arguments for ${call.name}: message: expected text of at most ${MOST_MESSAGE} characters`)
  const refused = refusedFor(state, frame, frame.depth)
  if (refused) {
    state.stop ??= { ending: { reason: refused }, natural: false }
    return refuse(refused, 'No further agent can be started: the budget of the episode is used up')
  }
  const child = openFrame(state, frame, handOffOf(agent, call.name)!, { at: frame.clock, takesOver: true })
  acceptInnerCall(state, pending.turn, call, { at: frame.clock, returnsAt: frame.clock, content: 'Handed over', isError: false, child: child.path, frame: frame.path })
  frame.state = 'joining'
  frame.pending = { ...pending, children: new Map([[child.path, { call, at: frame.clock }]]), handedOff: true }
  if (frame.leads) state.lead = child.path
  state.storage = releaseLocks(state.storage, frame.path)
  runFrame(state, child, message, { call_id: call.id })
  return true
}

/** Characters that a frame can give to the one above: more are cut off, so that no talk among agents fills the memory. */
const MOST_GIVEN = 100_000

/** What a frame gave goes to the one above; what the leading one said in the end is the answer. */
export function endRun(state: EpisodeState, frame: Frame, reason: FrameReason, said: string): void {
  if (frame.leads) {
    state.stop = { ending: reason === 'agent_turns_budget' || reason === 'agent_time_budget' ? { reason } : answerOf(state, said), natural: !reason.startsWith('agent_') }
    return
  }
  const content = said.length > MOST_GIVEN ? said.slice(0, MOST_GIVEN).toWellFormed() : said
  state.log.push({ type: 'return', index: state.log.length, frame: frame.path, reason, at: frame.clock, content })
  frame.state = 'done'
  frame.work = undefined
  state.storage = releaseLocks(state.storage, frame.path)
  giveTo(state, state.frames.get(frame.parent!)!, frame, reason, content)
}

/** Whether a frame ended before it was done. */
function isStopped(reason: FrameReason): boolean {
  return reason !== 'done' && reason !== 'stop_tool' && reason !== 'handed_off'
}

function giveTo(state: EpisodeState, parent: Frame, child: Frame, reason: FrameReason, content: string): void {
  if (parent.work) return takeChild(state, parent, child, content)
  const { pending } = parent
  if (!pending) return
  if (pending.handedOff) {
    parent.pending = undefined
    parent.clock = Math.max(parent.clock, child.clock)
    return endRun(state, parent, isStopped(reason) ? reason : 'handed_off', content)
  }
  const { call, at } = pending.children.get(child.path)!
  const isError = isStopped(reason)
  const told = JSON.stringify({ sub_agent_id: child.path, ...(isError && { stopped: reason }), result: content })
  pending.results.set(call, acceptInnerCall(state, pending.turn, call, { at, returnsAt: child.clock, content: told, isError, child: child.path, frame: parent.path }))
  pending.latest = Math.max(pending.latest, child.clock)
  pending.children.delete(child.path)
  if (!pending.children.size) completeTurn(state, parent, pending)
}

/** Goes on with the next turn, unless a bound of the agent ends its run. */
export function goOn(state: EpisodeState, frame: Frame, messages: readonly Message[]): void {
  receive(frame, messages)
  // A workflow reads no messages: where it leads, the world tells whoever has just acted.
  if (state.frames.get(state.lead)!.work) takeMail(state, frame)
  const reached = limitReached(state, frame)
  if (reached) return endRun(state, frame, reached, reached === 'agent_turns_budget' ? 'It used up its turns before it was done.' : 'It used up its time before it was done.')
  compact(state, frame)
}

function toolMessage({ id, name, content, isError }: CallResult): Message {
  return isError ? { role: 'tool', tool_call_id: id, name, content, is_error: true } : { role: 'tool', tool_call_id: id, name, content }
}

/**
 * A message without tool calls is the result of a frame, and goes to the one above. Of the leading frame it is said to
 * the simulated user; where there is none it is the answer if the answer is text, and otherwise ends the episode unanswered.
 */
export function sayText(state: EpisodeState, frame: Frame, action: ReadAction, turn: number): void {
  if (action.problem) return goOn(state, frame, [{ role: 'user', content: `Malformed message: ${action.problem}` }])
  if (!frame.leads) return endRun(state, frame, 'done', action.text)
  const { user } = state.task.template
  if (!user) return endRun(state, frame, 'done', action.text)
  const { messages, leaves } = answerUser(state, user, action.text, turn)
  if (!leaves) return goOn(state, frame, messages)
  receive(frame, messages)
  state.stop = { ending: { reason: leaves }, natural: true }
}

/** A text as the answer of a task. */
function answerOf({ task: { template: { answer } } }: EpisodeState, text: string): Ending {
  const read = answer?.isText && text ? answer.read(text, 'answer') : undefined
  return read && 'value' in read ? { reason: 'answered', answer: { value: read.value, json: text } } : { reason: 'stopped_without_answer' }
}

function endWithCall(state: EpisodeState, turn: number, call: ReadCall, at: number): { result: CallResult; ending: Ending | undefined } {
  const { template } = state.task
  const finishing = call.name === 'finish'
  const read = finishing ? readCoerced(finishSchema(template.answer?.schema), template.readFinish, call.arguments) : readCoerced(UNABLE, readUnable, call.arguments)
  if ('problem' in read) return { result: rejectCall(state, turn, call, at, 'invalid_arguments', describeMisfit(call.name, read)), ending: undefined }
  const result = acceptSystemCall(state, turn, call, at, at, 'Ended', read)
  if (!finishing) return { result, ending: { reason: 'reported_unable', unable: (read.value as { reason: string }).reason } }
  if (!template.answer) return { result, ending: { reason: 'finished' } }
  const { answer } = read.value as { answer: unknown }
  return { result, ending: { reason: 'finished', answer: { value: answer, json: (read.args as { answer: unknown }).answer } } }
}
