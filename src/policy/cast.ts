/** Who plays the agents that the trainer does not play: a policy for each frame, asked when it is that frame's turn. */
import type { Action } from '../../protocol/action.ts'
import type { Player } from '../../protocol/identity.ts'
import type { Episode } from '../episode/episode.ts'
import { learnersOf, playerOf } from '../episode/team-options.ts'
import { Lift } from './lift.ts'
import type { Policy } from './policy.ts'
import type { Seat } from './seat.ts'
import { teamPlayer } from './team-player.ts'
import { noop, random } from './trivial.ts'

type Seated = { readonly seat: Seat; readonly policy: Policy; readonly name: string }

/** A question that only an endpoint can answer: the frame's observation is the episode's latest. */
export type Asked = { readonly player: Exclude<Player, string>; readonly path: string }

/** One plan for all frames of an episode that are played along the witness. */
const lifts = new WeakMap<Episode, Map<number, Lift>>()

/** The plan of an episode; those of the same competence share one. */
export function liftOf(episode: Episode, competence = 1): Lift {
  let ofEpisode = lifts.get(episode)
  if (!ofEpisode) lifts.set(episode, (ofEpisode = new Map()))
  let lift = ofEpisode.get(competence)
  if (!lift) ofEpisode.set(competence, (lift = new Lift(episode, competence)))
  return lift
}

/** A built-in policy for the frame of a seat. @throws TypeError for an endpoint, which is asked elsewhere */
export function policyFor(seat: Seat, player: Player): Policy {
  const { policy, competence = 1 } = typeof player === 'string' ? { policy: player } : player
  switch (policy) {
    case 'robust': return teamPlayer(seat, liftOf(seat.episode, competence), 'careful')
    case 'oracle': return teamPlayer(seat, liftOf(seat.episode, competence), 0)
    case 'naive': return teamPlayer(seat, liftOf(seat.episode, competence), 2)
    case 'random': return random(seat.episode, seat.episode.identity.seed, seat.path)
    case 'noop': return frameNoop(seat)
    case 'endpoint': throw new TypeError('an endpoint is no built-in policy')
  }
}

/** Does nothing: gives an empty result, or ends the task with one. */
function frameNoop(seat: Seat): Policy {
  const ending = noop(seat.episode)
  return { act: (observation) => (seat.episode.frames.get(seat.path)!.leads ? ending.act(observation) : { content: 'Nothing to report.' }) }
}

export class Cast {
  #episode: Episode
  readonly #learners: ReadonlySet<string>
  readonly #seated = new Map<string, Seated>()

  constructor(episode: Episode) {
    this.#episode = episode
    this.#learners = learnersOf(episode.scenario, episode.identity.options)
  }

  /** Whether it is the trainer's turn, or nobody's any more. */
  get isTrainers(): boolean {
    return this.#episode.ended || this.#learners.has(this.#episode.due.agent)
  }

  /** Takes one turn of a built-in policy; gives what has to be asked elsewhere instead. */
  turn(): Asked | undefined {
    const { due, observation } = this.#episode
    const player = playerOf(due.agent, this.#episode.identity.options.others)
    if (typeof player !== 'string' && player.policy === 'endpoint') return { player, path: due.path }
    const { policy, name } = this.#seatOf(due.path, due.agent, player)
    this.#episode.play(policy.act(observation) as Action, name)
    return undefined
  }

  /** Takes turns until it is the trainer's, or an endpoint has to be asked. */
  play(): Asked | undefined {
    while (!this.isTrainers) {
      const asked = this.turn()
      if (asked) return asked
    }
    return undefined
  }

  #seatOf(path: string, agent: string, player: Player): Seated {
    let seated = this.#seated.get(path)
    if (!seated) {
      const seat: Seat = { episode: this.#episode, path, agent }
      const name = typeof player === 'string' ? player : player.policy
      this.#seated.set(path, (seated = { seat, policy: policyFor(seat, player), name }))
    }
    return seated
  }
}
