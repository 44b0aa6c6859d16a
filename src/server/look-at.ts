/** Looks at an episode from within the server, as a method would: brought back from the store first where it has to be. */
import type { Caller, Gym } from './gym.ts'
import type { LiveEpisode } from './live-episode.ts'
import { type Call, isWork, type Work } from './method.ts'
import { runInSlices } from './slices.ts'
import { onEpisode } from './use-episode.ts'

/** @throws GymError GYM_UNKNOWN_EPISODE, GYM_EPISODE_LOST, GYM_SHUTTING_DOWN when `gone` is aborted first, and what `look` throws */
export async function lookAt<R>(gym: Gym, caller: Caller, id: string, look: (live: LiveEpisode) => R | Work<R>, gone: AbortSignal): Promise<R> {
  const call: Call = { gym, caller, hold: undefined, kept: undefined, abandon: undefined }
  const found = onEpisode(id, call, look)
  if (!isWork(found)) return found
  try {
    return await runInSlices(found, gone)
  } catch (error) {
    call.abandon?.()
    throw error
  }
}
