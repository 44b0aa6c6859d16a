/** Tools that a live server answers: an episode asks nobody itself, it says what has to be asked and is stepped with the answers. */
import type { ServedReply } from '../../protocol/cassette.ts'
import { GymError } from '../core/gym-error.ts'
import type { Served, ServedCall } from '../world/served/served.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import type { EpisodeState } from './episode-state.ts'
import { modelAgents } from './team-options.ts'

export type { ServedCall } from '../world/served/served.ts'

/** Thrown out of a step that meets a call whose answer nobody has. */
export class AnswerNeeded extends Error {
  override readonly name = 'AnswerNeeded'
  readonly call: ServedCall

  constructor(call: ServedCall) {
    super(`the answer of a live server to ${call.tool} is needed`)
    this.call = call
  }
}

/**
 * Whether served tools of an episode are to be answered by their servers.
 * @throws GymError GYM_INVALID_PARAMS where that cannot be
 */
export function resolveTools(scenario: CompiledScenario, tools: 'live' | 'recorded' | undefined, learners: readonly string[]): { tools?: 'live' } {
  if (tools !== 'live') return {}
  const refuse = (why: string) => new GymError('GYM_INVALID_PARAMS', why, { path: 'options.tools', expected: 'recorded' })
  if (!scenario.world.server) throw refuse(`the world of ${scenario.name} has no server`)
  // Others play between two steps, where nobody could be asked.
  if (scenario.root.workflow || modelAgents(scenario).some((agent) => !learners.includes(agent))) throw refuse('with live tools the trainer plays all agents (options.learner: all), and none of them is a workflow')
  return { tools: 'live' }
}

/** What answers the server's tools in this episode; undefined leaves it to the recording. */
export function servedBy(state: EpisodeState): Served | undefined {
  return state.identity.options.tools === 'live' ? (call) => take(state, call) : undefined
}

function take(state: EpisodeState, call: ServedCall): ServedReply {
  const { frame: { path }, frames } = state
  const reply = state.replay ? state.replay.takeServed(path) : state.answers.shift()
  if (!reply) throw new AnswerNeeded(call)
  state.journal.push({ served: reply, ...(frames.size > 1 && { frame: path }) })
  return reply
}
