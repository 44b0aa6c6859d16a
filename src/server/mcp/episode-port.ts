/** Plays one episode the way the native dialect does, for whoever speaks another protocol. */
import type { Action } from '../../../protocol/action.ts'
import type { Trajectory } from '../../../protocol/event.ts'
import type { Identity } from '../../../protocol/identity.ts'
import type { Result, StepResult } from '../../../protocol/methods.ts'
import type { Observation } from '../../../protocol/observation.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Listed } from '../../episode/frame.ts'
import type { Opening } from '../live-episode.ts'
import { openingOf } from '../live-episode.ts'
import { lookAt } from '../look-at.ts'
import type { Work } from '../method.ts'
import { passTime } from '../pacer.ts'
import type { Answer, Session } from '../session.ts'
import { traitsOf, type Traits } from './tool-traits.ts'

/** Who hears what the acting agent says without calling a tool; `agents below` where only calls in the text are heard. */
export type Listener = 'user' | 'agent above' | 'agents below'

/** How an episode stands, as far as its player may know. */
export type Moment = {
  readonly seq: number
  readonly ended: boolean
  readonly frame: string
  readonly clockMs: number
  readonly budgets: Observation['budgets']
  /** As they were last shown to the acting frame. */
  readonly tools: readonly Listed[]
  readonly traits: ReadonlyMap<string, Traits>
  /** Whether a name that is not listed leads somewhere all the same: the dynamics renamed a tool and told nobody. */
  readonly leads: boolean
  readonly hears: Listener | undefined
  /** Whether the acting agent calls others in what it says. */
  readonly callsInText: boolean
  readonly worldTools: ReadonlySet<string>
  readonly rules: string | null
  readonly identity: Identity
}

/** A step's answer, and a function that lets a share of the real time pass that belongs to it; who no longer waits is kept no longer. */
export type Step = { readonly result: StepResult; /** What the call's own answer holds, where it is more than text. */ readonly blocks: readonly unknown[] | undefined; pass(share: number, cancelled: AbortSignal): Promise<void> }

/** Asks a method of the native dialect. @throws GymError as the method does */
export async function ask<R>(session: Session, method: string, params: unknown, gone: AbortSignal): Promise<{ result: R; answer: Answer }> {
  const answer = await session.settle({ jsonrpc: '2.0', id: 0, method, params }, gone)
  const { reply } = answer
  if ('error' in reply) throw new GymError(reply.error.data.code, reply.error.message, reply.error.data)
  return { result: reply.result as R, answer }
}

export class EpisodePort {
  readonly id: string
  readonly #session: Session
  /** Aborted when the server goes down: nothing else breaks a step off. */
  readonly #gone: AbortSignal

  constructor(session: Session, id: string, gone: AbortSignal) {
    this.#session = session
    this.id = id
    this.#gone = gone
  }

  /**
   * How the episode stands.
   * @param called a name that somebody wants to call, for `leads`
   * @throws GymError GYM_UNKNOWN_EPISODE, GYM_EPISODE_LOST
   */
  moment(called?: string): Promise<Moment> {
    const { gym, caller } = this.#session
    return lookAt(gym, caller, this.id, ({ episode }): Moment => {
      const { seq, ended, due, observation, listed, scenario, task, identity } = episode
      const { leads, agent } = episode.frames.get(due.path)!
      const { delegation, subAgents } = scenario.agents.get(agent)!
      const callsInText = delegation === 'xml' && subAgents.length > 0
      const hears = !leads ? 'agent above' : task.template.user ? 'user' : callsInText ? 'agents below' : undefined
      return {
        seq, ended, frame: due.path, clockMs: observation.clock_ms, budgets: observation.budgets, tools: listed, traits: traitsOf(scenario), hears, callsInText, rules: scenario.rules, identity,
        worldTools: new Set(scenario.world.tools.keys()),
        leads: called !== undefined && !ended && !listed.some(({ schema }) => schema.name === called) && episode.tools.some(({ name }) => name === called),
      }
    }, this.#gone)
  }

  /** What the reset showed; it is played again where the episode has gone on. */
  opening(): Promise<Opening> {
    const { gym, caller } = this.#session
    return lookAt(gym, caller, this.id, ({ id, episode }): Work<Opening> => (function* () {
      return openingOf(id, episode.seq === 0 ? episode : yield* episode.rewindStepwise(0))
    })(), this.#gone)
  }

  /**
   * Takes one step.
   * @throws GymError GYM_SEQ_GAP, GYM_SEQ_CONFLICT, GYM_EPISODE_ENDED, GYM_CAPACITY, GYM_STORE
   */
  async step(action: Action, seq: number | undefined): Promise<Step> {
    const { result, answer } = await ask<StepResult>(this.#session, 'env/step', { episode: this.id, action, ...(seq !== undefined && { seq }) }, this.#gone)
    const { hold } = answer
    const { clock } = this.#session.gym
    return {
      result,
      blocks: await this.#blocks(result.seq),
      pass: async (share, cancelled) => {
        if (hold) await passTime([{ ...hold, ms: hold.ms * share }], AbortSignal.any([this.#gone, cancelled]), (live) => { live.usedAt = clock.now() })
      },
    }
  }

  /** What a server of others gave in the last step, where its content is more than text. */
  #blocks(seq: number): Promise<readonly unknown[] | undefined> {
    const { gym, caller } = this.#session
    return lookAt(gym, caller, this.id, ({ episode }) => {
      if (!episode.scenario.world.server || episode.seq !== seq) return undefined
      const events = episode.events()
      const from = events.findLastIndex((event) => event.type === 'turn' && event.player === undefined)
      const own = events.slice(from).find((event) => event.type === 'call')
      return own?.type === 'call' ? own.blocks : undefined
    }, this.#gone)
  }

  /** The last answer. */
  async last(): Promise<Result<'env/resume'>> {
    return (await ask<Result<'env/resume'>>(this.#session, 'env/resume', { episode: this.id }, this.#gone)).result
  }

  /** Its public events so far. */
  async trajectory(): Promise<Trajectory> {
    return (await ask<Result<'trajectory/get'>>(this.#session, 'trajectory/get', { episode: this.id }, this.#gone)).result.trajectory
  }
}
