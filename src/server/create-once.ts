/** The one path on which episodes come into being: capacity first, and idempotent under a request_key. */
import type { MethodName } from '../../protocol/methods.ts'
import { GymError } from '../core/gym-error.ts'
import type { Branch, LiveEpisode } from './live-episode.ts'
import { type Call, isWork, type Work } from './method.ts'
import { fingerprint, RequestKeys } from './request-keys.ts'

/** New episodes, and the parent that they were forked from. */
export type Made<R> = { readonly created: LiveEpisode[]; readonly result: R; readonly from?: { parent: LiveEpisode; shared: Branch['shared'] } }

export type Creation<R> = {
  readonly count: number
  create(): Made<R> | Work<Made<R>>
  /** The answer of before, from the episodes that it created; for keys that only the store remembers. */
  recall(episodes: readonly string[]): R | Work<R>
}

/**
 * Creates and registers episodes, or answers as the same request_key was answered before.
 * @throws GymError GYM_CAPACITY, GYM_REQUEST_KEY_CONFLICT, GYM_STORE, and what `create` throws
 */
export function createOnce<R>(method: MethodName, params: { request_key?: string | undefined }, call: Call, creation: Creation<R>): R | Work<R> {
  const key = params.request_key === undefined ? undefined : RequestKeys.nameOf(call.caller.principal, method, params.request_key)
  if (key === undefined) return create(undefined, params, call, creation)
  const { episodes, keeper } = call.gym
  const before = episodes.keys.recall(key, params)
  if (before) {
    keepAgain(before.episodes, call)
    return before.result as R
  }
  const kept = keeper?.store.findRequest(key)
  if (!kept) return create(key, params, call, creation)
  if (kept.params !== fingerprint(params)) throw RequestKeys.conflict()
  return creation.recall(kept.episodes)
}

/** The first answer may have been refused because it could not be kept. */
function keepAgain(ids: readonly string[], call: Call): void {
  const { episodes, keeper } = call.gym
  if (!keeper) return
  const lives = ids.filter((id) => episodes.has(id)).map((id) => episodes.use(id))
  for (const live of lives) keeper.record(live)
  call.kept = keeper.holdCreated(lives)
}

function create<R>(key: string | undefined, params: { request_key?: string | undefined }, call: Call, creation: Creation<R>): R | Work<R> {
  const { episodes, keeper } = call.gym
  keeper?.requireRoom()
  episodes.reserve(creation.count)
  const made = creation.create()
  return isWork(made) ? createLater(made, key, params, call, creation) : enter(made, key, params, call)
}

function * createLater<R>(work: Work<Made<R>>, key: string | undefined, params: { request_key?: string | undefined }, call: Call, { count }: Creation<R>): Work<R> {
  const { episodes, keeper } = call.gym
  const made = yield* work
  // The same key may have been used, and others may have come, in the meantime.
  const before = key === undefined ? undefined : episodes.keys.recall(key, params)
  if (before) {
    keepAgain(before.episodes, call)
    return before.result as R
  }
  keeper?.requireRoom()
  episodes.reserve(count)
  return enter(made, key, params, call)
}

function enter<R>({ created, result, from }: Made<R>, key: string | undefined, params: object, call: Call): R {
  const { gym } = call
  const { episodes, keeper } = gym
  const ids = created.map(({ id }) => id)
  if (key !== undefined) {
    episodes.keys.remember(key, params, result, ids)
    keeper?.request({ name: key, params: fingerprint(params), episodes: ids })
  }
  for (const live of created) {
    live.requestKey = key
    episodes.add(live)
    gym.tally.started += 1
    keeper?.open(live, from)
  }
  if (from) keeper?.forked(from.parent)
  call.kept = keeper?.holdCreated(created)
  if (from && call.kept) from.parent.holdBack(call.kept)
  return result
}

/** The one episode of a request that creates one. */
export function onlyOne(episodes: readonly string[]): string {
  if (episodes.length !== 1) throw new GymError('GYM_INTERNAL', `a request that created ${episodes.length} episodes instead of one`)
  return episodes[0]!
}
