/** One turn of a frame: its calls in order, their times, and how it ends, if it does. */
import { CALL_UNITS } from '../world/evaluation.ts'
import type { Message } from '../../protocol/observation.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'
import { readCoerced } from '../world/coerce.ts'
import { describeMisfit } from '../world/tool.ts'
import type { Ending } from './ending.ts'
import { acceptSystemCall, type CallResult, performCall, rejectCall } from './perform-call.ts'
import type { EpisodeState } from './episode-state.ts'
import { shownTools } from './shown-tools.ts'
import { finishSchema, readUnable, UNABLE } from './system-tool.ts'
import type { ReadAction, ReadCall } from './turn-action.ts'
import { answerUser } from './user-turn.ts'

export type TurnResult = { readonly messages: Message[]; readonly ending: Ending | undefined; readonly outOfCalls: boolean }

const ENDING_TOOLS: ReadonlySet<string> = new Set(['finish', 'report_unable'])

/** What the calls of one turn may cost together, with the rules that judge them: no turn keeps others waiting for long. */
export const TURN_UNITS = 20 * CALL_UNITS

/**
 * Performs a turn. Calls start together, draw and commit in call order; those that forbid it run first, one after
 * another; an ending call comes after all others. The frame's clock goes on at the latest answer. What stands beside
 * calls is said to nobody; a message without calls goes to the simulated user, whose recorded answer may be given.
 */
export function performTurn(state: EpisodeState, action: ReadAction, turn: number, recorded?: UserAnswer): TurnResult {
  state.units = TURN_UNITS
  if (!action.calls.length) return sayText(state, action, turn, recorded)
  const { frame, identity } = state
  const results = new Map<ReadCall, CallResult>()
  let outOfCalls = false
  let ending: Ending | undefined
  let start = frame.clock
  let latest = start

  const perform = (call: ReadCall, at: number) => {
    if (frame.calls >= identity.options.budgets.calls) {
      outOfCalls = true
      results.set(call, rejectCall(state, turn, call, at, 'calls_budget', 'The budget of tool calls is used up'))
      return at
    }
    frame.calls++
    const result = performCall(state, turn, call, at)
    results.set(call, result)
    return result.returnsAt
  }

  const working = action.calls.filter((call) => call.problem !== undefined || !ENDING_TOOLS.has(call.name))
  for (const call of working.filter((c) => isSerial(state, c))) start = Math.max(start, perform(call, start))
  latest = start
  for (const call of working.filter((c) => !isSerial(state, c))) latest = Math.max(latest, perform(call, start))
  frame.clock = latest
  for (const call of action.calls) {
    if (results.has(call)) continue
    if (ending) {
      results.set(call, rejectCall(state, turn, call, latest, 'after_end', 'The task has already been ended by this turn'))
      continue
    }
    const ended = endWithCall(state, turn, call, latest)
    ending = ended.ending
    results.set(call, ended.result)
  }
  return { messages: action.calls.map((call) => toolMessage(results.get(call)!)), ending, outOfCalls }
}

function isSerial(state: EpisodeState, call: ReadCall): boolean {
  const { world } = state.scenario
  const name = state.dynamics.presenters.length ? shownTools(state, state.frame.clock).shown.get(call.name)?.real : call.name
  return (name !== undefined && world.tools.get(name)?.spec.disable_parallel) ?? false
}

function toolMessage({ id, name, content, isError }: CallResult): Message {
  return isError ? { role: 'tool', tool_call_id: id, name, content, is_error: true } : { role: 'tool', tool_call_id: id, name, content }
}

/**
 * A message without tool calls is said to the simulated user. Where there is none it is the answer if the answer is
 * text, and otherwise ends the episode unanswered.
 */
function sayText(state: EpisodeState, action: ReadAction, turn: number, recorded: UserAnswer | undefined): TurnResult {
  if (action.problem) return { messages: [{ role: 'user', content: `Malformed message: ${action.problem}` }], ending: undefined, outOfCalls: false }
  const { answer, user } = state.task.template
  if (user) {
    const { messages, leaves } = answerUser(state, user, action.text, turn, recorded)
    return { messages, ending: leaves && { reason: leaves }, outOfCalls: false }
  }
  const read = answer?.isText && action.text ? answer.read(action.text, 'answer') : undefined
  const ending: Ending = read && 'value' in read ? { reason: 'answered', answer: { value: read.value, json: action.text } } : { reason: 'stopped_without_answer' }
  return { messages: [], ending, outOfCalls: false }
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
