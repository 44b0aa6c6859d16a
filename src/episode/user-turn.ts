/** A message to the simulated user: it may use its own tools, then it answers, is satisfied, or leaves. */
import type { FaultMark } from '../../protocol/event.ts'
import type { Message } from '../../protocol/observation.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'
import { inWindow } from '../dynamics/schedule.ts'
import { digestOf } from '../core/digest.ts'
import { keyOf } from '../core/keyed.ts'
import { GymError } from '../core/gym-error.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import { oddsOf } from './shown-tools.ts'
import { performUserCall } from './perform-call.ts'
import type { UserHands, UserScript } from './user-script.ts'

/** What the user answered, and whether that ended the episode. */
export type UserTurn = { readonly messages: Message[]; readonly leaves: UserAnswer['leaves'] }

/** Longer messages are heard up to here. */
const MAX_HEARD = 20_000

/**
 * Lets the user answer. A recorded answer is taken as it is and its calls are made again; without one the script is
 * asked. A recording without its private part asks the script, which must say the same.
 * @throws GymError GYM_SNAPSHOT_INVALID when the recorded answer cannot be
 */
export function answerUser(state: EpisodeState, script: UserScript, text: string, turn: number): UserTurn {
  const recorded = state.replay?.take(state.frame.path)
  const noise = noiseOf(state)
  const received = noise?.said === undefined ? state.mail.user : []
  if (noise?.said === undefined) state.mail = { ...state.mail, user: [] }
  const answer = recorded?.memory ? repeatAnswer(state, script, turn, recorded) : noise?.said === undefined ? askScript(state, script, text, received, turn) : { said: noise.said, taken: `noise.${noise.entry}`, memory: state.user ?? script.opening }
  if (recorded && (recorded.said !== answer.said || recorded.leaves !== answer.leaves)) {
    throw new GymError('GYM_SNAPSHOT_INVALID', 'the user does not say what the journal says', { path: 'snapshot.journal', expected: answer.said })
  }
  state.user = answer.memory
  state.journal.push({ user: answer, ...(state.frames.size > 1 && { frame: state.frame.path }) })
  state.talk = digestOf({ before: state.talk, answer })
  state.frame.clock += script.replyMs + (noise?.lateMs ?? 0)
  state.log.push({ type: 'user', index: state.log.length, frame: state.frame.path, turn, at: state.frame.clock, ...answer, ...(noise && { faults: [noise.mark] }) })
  return { messages: [{ role: 'user', content: answer.said }], leaves: answer.leaves }
}

/** What comes between the agent and the user this time; the first entry that does anything decides. */
function noiseOf(state: EpisodeState): { readonly entry: string; readonly mark: FaultMark; readonly lateMs: number; readonly said?: string } | undefined {
  const { dynamics, frame, task } = state
  if (!dynamics.noises.length) return undefined
  const odds = oddsOf(state)
  // The n-th message to the user, whoever answers it.
  const heard = state.dynamicsState.ordinals.get(SPOKEN) ?? 0
  state.dynamicsState.ordinals.set(SPOKEN, heard + 1)
  for (const entry of dynamics.noises) {
    const { id, kind } = entry.spec
    const noise = inWindow(entry, frame.clock) ? entry.hooks.hear!(keyOf([odds.luck, id, frame.path, heard]), odds, task.instruction) : undefined
    if (noise) return { entry: id, mark: { entry: id, kind, phase: 'response' }, ...noise }
  }
  return undefined
}

/** Counts messages to the user. */
const SPOKEN = 'said to the user'

function askScript(state: EpisodeState, script: UserScript, text: string, received: readonly string[], turn: number): UserAnswer {
  const did: NonNullable<UserAnswer['did']> = []
  const call: UserHands = (name, args) => {
    did.push({ call: name, with: args })
    return performUserCall(state, turn, `user_${turn}_${did.length - 1}`, name, args)
  }
  const { task, overlay, frame } = state
  const answer = script.answer({ task, base: baseOf(state), overlay, text: text.slice(0, MAX_HEARD), received, memory: state.user ?? script.opening, clockMs: frame.clock }, call)
  return did.length ? { ...answer, did } : answer
}

function repeatAnswer(state: EpisodeState, script: UserScript, turn: number, recorded: UserAnswer): UserAnswer {
  const calls = recorded.did ?? []
  calls.forEach(({ call, with: args }, i) => {
    if (!script.tools.includes(call)) throw new GymError('GYM_SNAPSHOT_INVALID', `the user has no tool '${call}'`, { path: 'snapshot.journal' })
    performUserCall(state, turn, `user_${turn}_${i}`, call, args)
  })
  return recorded
}
