/** How every method gets at the episode it was called on: in memory, or brought back from the store first. */
import type { LiveEpisode } from './live-episode.ts'
import type { Call, Work } from './method.ts'

/**
 * Runs a method on an episode and has what it did kept. In real time its answers wait in line, this call's too.
 * An episode that has to come back from the store makes this work that gives way; calls that arrive meanwhile stand
 * in line behind it, so that those on one episode are answered in order.
 * @param whenGone the answer when a call before this one in the line has closed it
 * @throws GymError GYM_UNKNOWN_EPISODE, and what `run` throws
 */
export function onEpisode<R>(id: string, call: Call, run: (live: LiveEpisode) => R, whenGone?: () => R): R | Work<R> {
  const { episodes, keeper } = call.gym
  const waits = episodes.returning.has(id)
  if (!waits && (episodes.has(id) || !keeper?.store.has(id))) return act(episodes.use(id), call, run)
  const leave = standInLine(id, call)
  call.abandon = leave
  return bringBack(id, call, run, whenGone, leave)
}

/**
 * The same where an earlier moment of the episode is asked for: it is played again a little at a time, while others go on.
 * @param seq the moment; undefined, or one that has not been, is the method's business
 */
export function onEpisodeAt<R>(id: string, seq: number | undefined, call: Call, run: (live: LiveEpisode) => R): R | Work<R> {
  const { episodes } = call.gym
  const present = episodes.has(id)
  if (seq === undefined || (!present && !call.gym.keeper?.store.has(id))) return onEpisode(id, call, run)
  if (present && !episodes.returning.has(id) && !episodes.use(id).mustReturnTo(seq)) return onEpisode(id, call, run)
  const leave = standInLine(id, call)
  call.abandon = leave
  return goBack(id, seq, call, run, leave)
}

function * goBack<R>(id: string, seq: number, call: Call, run: (live: LiveEpisode) => R, leave: () => void): Work<R> {
  try {
    // Looks only: what is to be done is done at once, when the moment is there.
    const live = yield* bringBack(id, call, (found) => found, undefined, () => {})
    if (live.mustReturnTo(seq)) yield* live.returnTo(seq)
    return act(call.gym.episodes.use(id), call, run)
  } finally {
    leave()
  }
}

/** Takes a place in an episode's line; the function gives it up, once. */
function standInLine(id: string, { gym }: Call): () => void {
  const line = gym.episodes.returning
  line.set(id, (line.get(id) ?? 0) + 1)
  let stands = true
  return () => {
    if (!stands) return
    stands = false
    const left = line.get(id)! - 1
    if (left === 0) line.delete(id)
    else line.set(id, left)
  }
}

function act<R>(live: LiveEpisode, call: Call, run: (live: LiveEpisode) => R): R {
  const { keeper, episodes } = call.gym
  if (live.pace > 0) call.hold = { live, ms: 0 }
  try {
    return run(live)
  } finally {
    if (keeper && episodes.has(live.id)) {
      keeper.record(live)
      call.kept ??= live.waitBehind(keeper.hold(live))
    }
  }
}

function * bringBack<R>(id: string, call: Call, run: (live: LiveEpisode) => R, whenGone: (() => R) | undefined, leave: () => void): Work<R> {
  const { episodes, keeper, tally } = call.gym
  try {
    if (!episodes.has(id) && keeper?.store.has(id)) {
      episodes.reserve(1)
      const live = yield* keeper.rebuild(id)
      // Somebody who did not stand in line may have been faster.
      if (!episodes.has(id)) episodes.add(live)
      tally.rebuilt += 1
    }
    if (whenGone && !episodes.has(id)) return whenGone()
    return act(episodes.use(id), call, run)
  } finally {
    leave()
  }
}
