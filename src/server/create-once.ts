/** The one path on which episodes come into being: capacity first, and idempotent under a request_key. */
import type { MethodName } from '../../protocol/methods.ts'
import type { LiveEpisode } from './live-episode.ts'
import type { Call } from './method.ts'
import { RequestKeys } from './request-keys.ts'

/**
 * Runs `create` and registers what it made, or answers as the same request_key was answered before.
 * @throws GymError GYM_CAPACITY, GYM_REQUEST_KEY_CONFLICT, and what `create` throws
 */
export function createOnce<R>(
  method: MethodName, params: { request_key?: string | undefined }, { gym, caller }: Call, count: number,
  create: () => { created: LiveEpisode[]; result: R },
): R {
  const { episodes } = gym
  const key = params.request_key === undefined ? undefined : RequestKeys.nameOf(caller.principal, method, params.request_key)
  if (key !== undefined) {
    const before = episodes.keys.recall(key, params)
    if (before !== undefined) return before as R
  }
  episodes.reserve(count)
  const { created, result } = create()
  for (const live of created) {
    live.requestKey = key
    episodes.add(live)
    gym.tally.started += 1
  }
  if (key !== undefined) episodes.keys.remember(key, params, result, created.length)
  return result
}
