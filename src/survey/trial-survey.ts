/** What comes of tasks under a profile: many episodes of a policy, how they ended, and what each entry did in them. */
import { type Event, type FaultMark, USER_FRAME } from '../../protocol/event.ts'
import type { DynamicsChoice } from '../../protocol/identity.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import type { CompiledEntry } from '../dynamics/compiled-entry.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { createPolicy, playOut } from '../policy/builtin.ts'
import { surveySeed, tryStart } from './call-sample.ts'

/** What an entry did; `of` says what `met` counts. */
export type Strikes = {
  readonly entry: string
  readonly of: 'calls' | 'messages' | 'episodes'
  /** Calls that the entry is about, messages to the user, or episodes. */
  readonly met: number
  /** Those that it did something to, or in which it happened. */
  readonly struck: number
  /** Of the struck calls, those that the agent saw fail. */
  readonly failed: number
}

export type Trial = {
  readonly policy: string
  readonly episodes: number
  readonly successes: number
  readonly reward: number
  /** Episodes that the environment itself broke. */
  readonly voided: number
  /** Of all episodes together, waits left out. */
  readonly calls: number
  readonly failed: number
  /** Virtual milliseconds of an episode, on average. */
  readonly ms: number
  readonly strikes: readonly Strikes[]
}

/** Seeds looked at for each episode that is wanted. */
const SEEDS_PER_EPISODE = 20

/** Plays so many episodes, of seeds that all surveys of a scenario share; calls of each episode go through `progress`. */
export function surveyTrial(scenario: CompiledScenario, dynamics: CompiledDynamics, choice: DynamicsChoice, policy: string, wanted: number, progress: (share: number) => void): Trial {
  const counts = dynamics.entries.map((entry) => new Count(entry, dynamics, scenario))
  const sum = { successes: 0, reward: 0, voided: 0, calls: 0, failed: 0, ms: 0 }
  let episodes = 0
  for (let n = 0; episodes < wanted && n < wanted * SEEDS_PER_EPISODE; n++) {
    const episode = tryStart(scenario, { seed: surveySeed('trial', n), options: { dynamics: choice } })
    if (!episode) continue
    const reward = playOut(episode, createPolicy(policy, episode)!)
    const events = episode.events()
    for (const count of counts) count.add(events)
    const calls = events.filter(isAgentCall)
    sum.calls += calls.length
    sum.failed += calls.filter(({ is_error }) => is_error).length
    sum.reward += reward ?? 0
    sum.voided += reward === null ? 1 : 0
    sum.successes += succeeded(episode) ? 1 : 0
    sum.ms += episode.observation.clock_ms
    progress(++episodes / wanted)
  }
  return { policy, episodes, ...sum, reward: episodes ? sum.reward / episodes : 0, ms: episodes ? sum.ms / episodes : 0, strikes: counts.map((count) => count.strikes) }
}

function succeeded(episode: Episode): boolean {
  const end = episode.events().at(-1)
  return end?.type === 'end' && end.verdict.success
}

const NO_SERVICE: ReadonlySet<string> = new Set(['wait', 'finish', 'report_unable'])

/** Whether an event is a call of the agent to a tool that does something. */
function isAgentCall(event: Event): event is Extract<Event, { type: 'call' }> {
  return event.type === 'call' && event.frame !== USER_FRAME && !NO_SERVICE.has(event.tool)
}

/** Counts what one entry does. */
class Count {
  readonly #entry: CompiledEntry
  readonly #meets: (event: Extract<Event, { type: 'call' }>) => boolean
  #met = 0
  #struck = 0
  #failed = 0

  constructor(entry: CompiledEntry, dynamics: CompiledDynamics, scenario: CompiledScenario) {
    this.#entry = entry
    this.#meets = ({ meant, tool: called, arguments: given }) => {
      const traits = dynamics.tools.get(meant?.tool ?? called)
      return traits !== undefined && dynamics.matches(entry, traits, scenario.root.name) && (!entry.where || entry.where(meant?.arguments ?? given))
    }
  }

  get #of(): Strikes['of'] {
    const { hooks } = this.#entry
    return hooks.hear ? 'messages' : hooks.event || hooks.deadline ? 'episodes' : 'calls'
  }

  add(events: readonly Event[]): void {
    const of = this.#of
    if (of === 'episodes') {
      this.#met++
      this.#struck += events.some((event) => this.#happened(event)) ? 1 : 0
      return
    }
    for (const event of events) {
      if (of === 'messages' ? event.type !== 'user' : !isAgentCall(event)) continue
      const isStruck = this.#isMarked(event)
      // A dead tool has no traits: what struck was met.
      if (!isStruck && event.type === 'call' && !this.#meets(event)) continue
      this.#met++
      if (!isStruck) continue
      this.#struck++
      this.#failed += event.type === 'call' && event.is_error ? 1 : 0
    }
  }

  #happened(event: Event): boolean {
    const { spec: { id }, hooks } = this.#entry
    return hooks.deadline ? event.type === 'end' && event.reason === 'deadline' : event.type === 'timer' && event.timer === `event.${id}`
  }

  #isMarked(event: Event): boolean {
    const faults: readonly FaultMark[] = event.type === 'call' || event.type === 'user' ? event.faults ?? [] : []
    return faults.some(({ entry }) => entry === this.#entry.spec.id)
  }

  get strikes(): Strikes {
    return { entry: this.#entry.spec.id, of: this.#of, met: this.#met, struck: this.#struck, failed: this.#failed }
  }
}
