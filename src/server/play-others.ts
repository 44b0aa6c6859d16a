/** Lets others take the turns that are theirs, before the trainer is asked again. */
import type { Action } from '../../protocol/action.ts'
import { GymError } from '../core/gym-error.ts'
import { EndpointError } from '../llm/endpoint.ts'
import type { Asked } from '../policy/cast.ts'
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

function * playOn({ cast }: LiveEpisode, call: Call): Work<void> {
  if (cast!.mustLearn) yield* cast!.learn()
  while (!cast!.isTrainers) {
    const asked = cast!.turn()
    if (asked) cast!.answer(asked.path, yield* askEndpoint(asked, call))
    else yield
  }
}

/** @throws GymError GYM_ENDPOINT, after which the episode stands where it stood */
function * askEndpoint({ player, path, history }: Asked, { gym }: Call): Work<Action> {
  const gone = new AbortController()
  let action: Action | undefined
  let failure: unknown
  try {
    yield gym.players.ask(player.endpoint ?? '', history, gone.signal).then((answer) => { action = answer }, (error: unknown) => { failure = error })
  } finally {
    gone.abort()
  }
  if (action) return action
  if (failure instanceof EndpointError) throw new GymError('GYM_ENDPOINT', `the endpoint '${player.endpoint}' that plays ${path}: ${failure.message}`, { fault: failure.fault })
  throw failure ?? new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing')
}
