/** Lets built-in policies take the turns that are theirs, before the trainer is asked again. */
import type { LiveEpisode } from './live-episode.ts'
import type { Call, Work } from './method.ts'

/** Turns that are taken at once; more make it work that gives way. */
const TURNS_AT_ONCE = 50

/** Plays others until it is the trainer's turn; undefined when that is done. */
export function playOthers(live: LiveEpisode, call: Call): Work<void> | undefined {
  const { cast } = live
  if (!cast || cast.isTrainers) return undefined
  if (!cast.mustLearn) for (let n = 0; n < TURNS_AT_ONCE && !cast.isAway; n++) {
    cast.turn()
    if (cast.isTrainers) return undefined
  }
  return playOn(live, call)
}

function * playOn({ cast }: LiveEpisode, _call: Call): Work<void> {
  if (cast!.mustLearn) yield* cast!.learn()
  while (!cast!.isTrainers) {
    cast!.turn()
    yield
  }
}
