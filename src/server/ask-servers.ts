/** Asks live servers what a step needs to know, before the step is taken. */
import type { Action } from '../../protocol/action.ts'
import type { ServedReply } from '../../protocol/cassette.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Gym } from './gym.ts'
import type { LiveEpisode } from './live-episode.ts'
import type { Call, Work } from './method.ts'

/** @throws GymError GYM_FORBIDDEN where live tools are asked for that the operator does not allow */
export function requireLive(tools: 'recorded' | 'live' | undefined, scenario: CompiledScenario, { toolServers, scenarios }: Gym): void {
  if (tools === 'live' && scenario.world.server) toolServers.requireAllowed(scenario, scenarios.originOf(scenario) === 'registered')
}

/**
 * The answers that a step needs, one call after another. Nothing of the episode has happened when this ends early.
 * @throws GymError GYM_CAPACITY, GYM_SHUTTING_DOWN
 */
export function * askServers(live: LiveEpisode, actions: readonly Action[], { gym }: Call): Work<ServedReply[]> {
  const answers: ServedReply[] = []
  for (let asked = live.episode.asks(actions, answers); asked; asked = live.episode.asks(actions, answers)) {
    let reply: ServedReply | undefined
    let failure: unknown
    yield gym.toolServers.answer(live, asked).then((answer) => { reply = answer }, (error: unknown) => { failure = error })
    if (!reply) throw failure ?? new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing')
    answers.push(reply)
  }
  return answers
}
