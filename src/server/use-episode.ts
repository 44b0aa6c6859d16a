/** How every method finds the episode it was called on. */
import type { LiveEpisode } from './live-episode.ts'
import type { Call } from './method.ts'

/**
 * The live episode of an id. In real time its answers wait in line, this call's too.
 * @throws GymError GYM_UNKNOWN_EPISODE
 */
export function useEpisode(id: string, call: Call): LiveEpisode {
  const live = call.gym.episodes.use(id)
  if (live.pace > 0) call.hold = { live, ms: 0 }
  return live
}
