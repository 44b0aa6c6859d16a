/** How every method gets at the episode it was called on: in memory, or brought back from the store first. */
import type { LiveEpisode } from './live-episode.ts'
import { playOthers } from './play-others.ts'
import { type Call, isWork, type Work } from './method.ts'

/**
 * Runs a method on an episode and has what it did kept. In real time its answers wait in line, this call's too.
 * An episode that has to come back from the store makes this work that gives way; calls that arrive meanwhile stand
 * in line behind it, so that those on one episode are answered in order.
 * @param whenGone the answer when a call before this one in the line has closed it
 * @throws GymError GYM_UNKNOWN_EPISODE, and what `run` throws
 */
export function onEpisode<R>(id: string, call: Call, run: (live: LiveEpisode) => R | Work<R>, whenGone?: () => R): R | Work<R> {
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
export function onEpisodeAt<R>(id: string, seq: number | undefined, call: Call, run: (live: LiveEpisode) => R | Work<R>): R | Work<R> {
  const { episodes } = call.gym
  const present = episodes.has(id)
  if (seq === undefined || (!present && !call.gym.keeper?.store.has(id))) return onEpisode(id, call, run)
  if (present && !episodes.returning.has(id) && !episodes.use(id).mustReturnTo(seq)) return onEpisode(id, call, run)
  const leave = standInLine(id, call)
  call.abandon = leave
  return goBack(id, seq, call, run, leave)
}

function * goBack<R>(id: string, seq: number, call: Call, run: (live: LiveEpisode) => R | Work<R>, leave: () => void): Work<R> {
  try {
    // Looks only: what is to be done is done at once, when the moment is there.
    const live = yield* bringBack(id, call, (found) => found, undefined, () => {})
    if (live.mustReturnTo(seq)) yield* live.returnTo(seq)
    const result = act(call.gym.episodes.use(id), call, run)
    return isWork(result) ? yield* result : result
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

function act<R>(live: LiveEpisode, call: Call, run: (live: LiveEpisode) => R | Work<R>): R | Work<R> {
  if (live.pace > 0) call.hold = { live, ms: 0 }
  let result: R | Work<R> | undefined
  try {
    result = run(live)
  } finally {
    if (!isWork(result)) keep(live, call)
  }
  return isWork(result) ? goOn(live, call, result) : result
}

/** What takes long keeps its place in the episode's line until it is done. */
function goOn<R>(live: LiveEpisode, call: Call, work: Work<R>): Work<R> {
  const leave = standInLine(live.id, call)
  const before = call.abandon
  let free = (): void => {}
  live.busy = new Promise((resolve) => { free = resolve })
  const end = (): void => {
    live.busy = undefined
    leave()
    free()
  }
  call.abandon = () => {
    end()
    before?.()
  }
  return (function* () {
    try {
      return yield* work
    } finally {
      keep(live, call)
      end()
    }
  })()
}

function keep(live: LiveEpisode, call: Call): void {
  const { keeper, episodes, sweeps } = call.gym
  // Whichever call brought it to its end: of a team, that may be one that was sent again, or one that failed itself.
  if (live.episode.ended) sweeps?.leases.ended(live.id, live.episode)
  if (!keeper || !episodes.has(live.id)) return
  keeper.record(live)
  call.kept ??= live.waitBehind(keeper.hold(live))
}

/** What an episode waits for before it can be used. */
function busyOf(id: string, { gym: { episodes } }: Call): Promise<void> | undefined {
  return episodes.has(id) ? episodes.use(id).busy : undefined
}

function * bringBack<R>(id: string, call: Call, run: (live: LiveEpisode) => R | Work<R>, whenGone: (() => R) | undefined, leave: () => void): Work<R> {
  const { episodes, keeper, tally } = call.gym
  try {
    if (!episodes.has(id) && keeper?.store.has(id)) {
      episodes.reserve(1)
      const live = yield* keeper.rebuild(id)
      // Somebody who did not stand in line may have been faster.
      if (!episodes.has(id)) episodes.add(live)
      // A crash may have taken what others did last.
      const playing = playOthers(live, call)
      if (playing) yield* playing
      tally.rebuilt += 1
    }
    for (let busy = busyOf(id, call); busy; busy = busyOf(id, call)) yield busy
    if (whenGone && !episodes.has(id)) return whenGone()
    const result = act(episodes.use(id), call, run)
    return isWork(result) ? yield* result : result
  } finally {
    leave()
  }
}
