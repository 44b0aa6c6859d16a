/** Who plays the agents that the trainer does not play: a policy for each frame, asked when it is that frame's turn. */
import type { Action } from '../../protocol/action.ts'
import type { Player } from '../../protocol/identity.ts'
import { Episode } from '../episode/episode.ts'
import { learnersOf, modelAgents, playerOf } from '../episode/team-options.ts'
import { ChatHistory } from './chat-history.ts'
import { Lift } from './lift.ts'
import type { Policy } from './policy.ts'
import type { Seat } from './seat.ts'
import { teamPlayer } from './team-player.ts'
import { noop, random } from './trivial.ts'

type Seated = { readonly seat: Seat; readonly policy: Policy; readonly name: string }

/** A question that only an endpoint can answer: the history ends with the episode's latest observation. */
export type Asked = { readonly player: Exclude<Player, string>; readonly path: string; readonly agent: string; readonly history: ChatHistory }

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

/** The plans of one episode go on with another that has the same past. */
function moveLifts(from: Episode, to: Episode): void {
  const plans = lifts.get(from)
  if (!plans) return
  for (const lift of plans.values()) lift.episode = to
  lifts.set(to, plans)
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
  readonly #episode: Episode
  readonly #learners: ReadonlySet<string>
  readonly #seated = new Map<string, Seated>()
  /** Of frames that an endpoint plays. */
  readonly #histories = new Map<string, ChatHistory>()
  /** Whether turns were taken by policies that this one knows nothing of. */
  mustLearn: boolean

  constructor(episode: Episode) {
    this.#episode = episode
    this.#learners = learnersOf(episode.scenario, episode.identity.options)
    this.mustLearn = episode.journalFrom(0).entries.some((entry) => 'action' in entry && entry.player !== undefined)
  }

  /** A cast where one is needed. */
  static for(episode: Episode): Cast | undefined {
    const { scenario, identity } = episode
    const learners = learnersOf(scenario, identity.options)
    return modelAgents(scenario).every((name) => learners.has(name)) ? undefined : new Cast(episode)
  }

  /** Whether it is the trainer's turn, or nobody's any more. */
  get isTrainers(): boolean {
    return this.#episode.ended || this.#learners.has(this.#episode.due.agent)
  }

  /** Whether who has to act now has to be asked elsewhere. */
  get isAway(): boolean {
    const player = this.#playerOf(this.#episode.due.agent)
    return typeof player !== 'string' && player.policy === 'endpoint'
  }

  /** Takes one turn of a built-in policy; gives what has to be asked elsewhere instead. */
  turn(): Asked | undefined {
    const { due, observation } = this.#episode
    const player = this.#playerOf(due.agent)
    if (typeof player !== 'string' && player.policy === 'endpoint') {
      const history = this.#historyOf(due.path)
      // One that did not answer is asked once more.
      if (!history.isCurrent) history.see(observation)
      return { player, path: due.path, agent: due.agent, history }
    }
    const { policy, name } = this.#seatOf(this.#episode, due.path, due.agent, player)
    this.#episode.play(policy.act(observation) as Action, name)
    return undefined
  }

  /** Takes the turn of a frame as an endpoint answered it. @throws TypeError when another frame is due by now */
  answer(path: string, action: Action): void {
    if (this.#episode.due.path !== path) throw new TypeError(`${path} was asked, and ${this.#episode.due.path} is due`)
    this.#episode.play(action, 'endpoint')
    this.#historyOf(path).say(action)
  }

  /** Takes turns until it is the trainer's, or an endpoint has to be asked. */
  play(): Asked | undefined {
    while (!this.isTrainers) {
      const asked = this.turn()
      if (asked) return asked
    }
    return undefined
  }

  /**
   * Lets policies see again what happened before they came: after a fork, a restore, or a return from the store. What
   * they would do is not done: the journal has what was done.
   */
  * learn(): Generator<void, void> {
    if (!this.mustLearn) return
    const episode = this.#episode
    // Whoever began to learn before may not have come to the end.
    this.#seated.clear()
    this.#histories.clear()
    const twin = yield* Episode.replayStepwise(episode.scenario, episode.identity, episode.journalFrom(0).entries, (past, entry) => {
      const { due, observation } = past
      if (!('action' in entry) || this.#learners.has(due.agent)) return
      const player = this.#playerOf(due.agent)
      if (typeof player !== 'string' && player.policy === 'endpoint') {
        // Steps of several actions are replayed one by one: a frame may be shown in parts what it was shown at once.
        this.#historyOf(due.path).see(observation)
        if (entry.player !== undefined) this.#historyOf(due.path).say(entry.action)
      } else if (entry.player !== undefined) this.#seatOf(past, due.path, due.agent, player).policy.act(observation)
    })
    for (const { seat } of this.#seated.values()) seat.episode = episode
    moveLifts(twin, episode)
    this.mustLearn = false
  }

  #playerOf(agent: string): Player {
    return playerOf(agent, this.#episode.identity.options.others)
  }

  #historyOf(path: string): ChatHistory {
    let history = this.#histories.get(path)
    if (!history) this.#histories.set(path, (history = new ChatHistory()))
    return history
  }

  #seatOf(episode: Episode, path: string, agent: string, player: Player): Seated {
    let seated = this.#seated.get(path)
    if (!seated) {
      const seat: Seat = { episode, path, agent }
      const name = typeof player === 'string' ? player : player.policy
      this.#seated.set(path, (seated = { seat, policy: policyFor(seat, player), name }))
    }
    return seated
  }
}
