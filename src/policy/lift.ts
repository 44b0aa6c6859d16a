/** The witness lifted to a team: which of its steps are done, and which one an agent can make or have made now. */
import type { Action } from '../../protocol/action.ts'
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import type { CompiledAgent } from '../episode/compiled-agent.ts'
import type { Episode } from '../episode/episode.ts'
import type { Frame } from '../episode/frame.ts'
import type { WitnessStep } from '../episode/task.ts'
import { endingOf, type PlannedStep, planStep } from '../episode/witness-step.ts'
import { SpecFault } from '../world/fault.ts'

/** Calls of other players that are compared with a step. */
const MOST_MISSES = 2

export class Lift {
  episode: Episode
  readonly #done: boolean[]
  readonly #captured: Record<string, unknown> = {}
  /** What came of each step. */
  readonly #told: unknown[] = []
  /** Frames that are at a step, by step. */
  readonly #claims = new Map<number, string>()
  /** Frames that tell themselves what came of their steps. */
  readonly #own = new Set<string>()
  /** How often a step was delegated and came back undone. */
  readonly #missed = new Map<number, number>()
  readonly #ways = new Map<number, Map<string, number>>()
  #read = 0
  /** Whether something that nothing gets past was met. */
  isImpossible = false

  constructor(episode: Episode, competence = 1) {
    this.episode = episode
    this.#done = this.steps.map((_, i) => competence < 1 && word53(keyOf(['competence', episode.identity.luck, i])) / 2 ** 53 >= competence)
  }

  get steps(): readonly WitnessStep[] {
    return this.episode.task.template.witness.steps
  }

  get isComplete(): boolean {
    return this.#done.every(Boolean)
  }

  /** A frame that is played along the plan. */
  join(path: string): void {
    this.#own.add(path)
  }

  /** Looks at what frames did that are played by others: a step that they made is done. */
  absorb(): void {
    const events = this.episode.eventsFrom(this.#read)
    this.#read += events.length
    // A stop tool or a limit ends its frame before that can tell what came of it.
    const stopped = new Set(events.flatMap((event) => (event.type === 'return' && event.reason !== 'done' && event.reason !== 'handed_off' ? [event.frame] : [])))
    for (const event of events) {
      if (event.type !== 'call' || event.frame === USER_FRAME || event.inner || event.is_error || event.unseen || (this.#own.has(event.frame) && !stopped.has(event.frame))) continue
      const at = this.steps.findIndex((step, i) => !this.#done[i] && step.kind === 'call' && step.call === (event.meant?.tool ?? event.tool) && this.#fits(i, (event.meant?.arguments ?? event.arguments) as Record<string, unknown>))
      if (at < 0) continue
      // Nobody could look closer at an answer on which something came between.
      if (!this.#own.has(event.frame) || event.faults.every(({ phase }) => phase !== 'response')) this.take(at, jsonOrText(event.content))
    }
    for (const [at, path] of this.#claims) if (stopped.has(path)) this.release(at)
  }

  /** Whether arguments of another player are those of a step, but for what is worded freely. */
  #fits(at: number, given: Record<string, unknown>): boolean {
    const step = this.plan(at)
    if (step?.kind !== 'call') return false
    return Object.entries(step.args).every(([name, value]) => given[name] === undefined || JSON.stringify(given[name]) === JSON.stringify(value) || (typeof value === 'string' && value.includes(' ')))
  }

  /** A step with its values; undefined while they cannot be worked out. */
  plan(at: number): PlannedStep | undefined {
    const { task, scenario, identity } = this.episode
    try {
      return planStep(this.steps[at]!, task, scenario.baseOf(identity.seed), this.#captured)
    } catch (error) {
      if (error instanceof SpecFault) return undefined
      throw error
    }
  }

  /** Notes what came of a step. */
  take(at: number, result: unknown): void {
    const { as } = this.steps[at]!
    if (as !== undefined && result !== undefined) this.#captured[as] = result
    this.#told[at] = result
    this.#done[at] = true
    this.#claims.delete(at)
  }

  claim(at: number, path: string): void {
    this.#claims.set(at, path)
  }

  /** Whoever was at a step has left it. */
  release(at: number): void {
    this.#claims.delete(at)
  }

  /** The reads right before a step are to be made again, as far as somebody can: what they told no longer holds. */
  lookAgain(at: number, canBeMade: (step: number) => boolean): void {
    for (let i = at - 1; i >= 0; i--) {
      const step = this.steps[i]!
      if (step.kind !== 'call' || step.write) return
      if (canBeMade(i)) this.#done[i] = false
    }
  }

  /** Steps came back undone: after a few times nobody waits for them any more. */
  miss(steps: readonly number[]): void {
    for (const at of steps) {
      if (this.#done[at]) continue
      const times = (this.#missed.get(at) ?? 0) + 1
      this.#missed.set(at, times)
      if (times >= MOST_MISSES) this.#done[at] = true
      return
    }
  }

  /** The steps that could be made now, in order, whoever makes them. */
  ready(): number[] {
    const undone = this.steps.flatMap((step, i) => (this.#done[i] ? [] : [{ step, i }]))
    const captures = new Set(undone.flatMap(({ step: { as } }) => as ?? []))
    return undone.filter(({ step, i }) => {
      if (this.#claims.has(i) || step.needs.some((name) => captures.has(name))) return false
      // Also a read may tell what a later one asks for.
      return undone.every(({ step: other, i: j }) => j >= i || other.commutes)
    }).map(({ i }) => i)
  }

  /** Whether something is left that an agent, or those that it can call, could make. */
  isWanted(agent: CompiledAgent, leads: boolean): boolean {
    return this.steps.some((_, i) => !this.#done[i] && (this.canMake(agent, leads, i) || this.wayTo(agent, i) !== undefined))
  }

  /** Whether an agent makes a step itself. */
  canMake(agent: CompiledAgent, leads: boolean, at: number): boolean {
    const step = this.steps[at]!
    if (step.by !== undefined) return step.by === agent.name
    if (step.kind === 'say') return leads
    return step.kind === 'wait' || agent.tools.includes(step.call)
  }

  /** The agent that has to be called, or handed over to, for a step: of several the one from which the way is shortest. */
  wayTo(agent: CompiledAgent, at: number): { readonly agent: string; readonly over: boolean } | undefined {
    if (this.steps[at]!.kind !== 'call') return undefined
    const ways = this.#distances(at)
    const nearest = (names: readonly string[]) => names.reduce<string | undefined>((best, name) => ((ways.get(name) ?? Infinity) < (best === undefined ? Infinity : ways.get(best)!) ? name : best), undefined)
    const below = nearest(agent.subAgents.map((one) => one.agent))
    if (below !== undefined) return { agent: below, over: false }
    const peer = nearest(agent.handOffs.map((one) => one.agent))
    return peer === undefined ? undefined : { agent: peer, over: true }
  }

  /** How many calls or hand-offs lead from each agent to one that makes a step; absent where none does. */
  #distances(at: number): ReadonlyMap<string, number> {
    let ways = this.#ways.get(at)
    if (!ways) {
      const agents = [...this.episode.scenario.agents.values()]
      ways = new Map(agents.filter((one) => this.canMake(one, false, at)).map(({ name }) => [name, 0]))
      for (let far = 1, grown = ways.size; grown > 0; far++) {
        const found = ways
        const next = agents.filter(({ name, calls }) => !found.has(name) && calls.some((one) => found.has(one)))
        grown = next.length
        for (const { name } of next) ways.set(name, far)
      }
      this.#ways.set(at, ways)
    }
    return ways
  }

  /** Whether a frame that is at work beside this one could make what has to come first. */
  isAwaited(frame: Readonly<Frame>): boolean {
    const first = this.#done.indexOf(false)
    // What is to be waited for takes long: who is called for the rest is called afterwards.
    if (first < 0 || this.steps[first]!.kind === 'wait') return false
    const holder = this.#claims.get(first)
    const others = [...this.episode.frames.values()].filter((one) => one.state !== 'done' && one.path !== frame.path && !frame.path.startsWith(`${one.path}/`))
    if (holder !== undefined && holder !== frame.path) return others.some(({ path }) => path === holder)
    return others.some((one) => {
      const agent = this.episode.scenario.agents.get(one.agent)!
      return one.state === 'waiting' && this.canMake(agent, one.leads, first)
    })
  }

  /** What is known that steps need, by the tools that told it. */
  known(steps: readonly number[]): Record<string, unknown> {
    const names = new Set(steps.flatMap((at) => this.steps[at]!.needs))
    return this.results(this.steps.flatMap(({ as }, i) => (as !== undefined && names.has(as) ? [i] : [])))
  }

  /**
   * Results of steps by their tools, a second one of the same as `tool_2`: what captures are called is the author's
   * business, and no agent's.
   */
  results(steps: readonly number[]): Record<string, unknown> {
    const results: Record<string, unknown> = {}
    for (const at of steps) {
      const told = this.#told[at]
      if (told === undefined) continue
      const step = this.steps[at]!
      const name = step.kind === 'call' ? step.call : step.kind
      let key = name
      for (let n = 2; Object.hasOwn(results, key); n++) key = `${name}_${n}`
      results[key] = told
    }
    return results
  }

  /** Steps from the first of them that can be done, and on as long as the same agent is called for them. */
  errand(agent: CompiledAgent, first: number, to: string): number[] {
    const steps: number[] = []
    for (let at = first; at < this.steps.length; at++) {
      if (this.#done[at]) continue
      if (this.canMake(agent, true, at) || this.wayTo(agent, at)?.agent !== to) break
      steps.push(at)
    }
    return steps
  }

  /** The action that ends the task; undefined where its values cannot be worked out. */
  ending(): Action | undefined {
    const { task, scenario, identity } = this.episode
    try {
      return endingOf(task, scenario.baseOf(identity.seed), this.#captured)
    } catch (error) {
      if (error instanceof SpecFault) return undefined
      throw error
    }
  }

  /** What happened since an event. */
  since(index: number): Event[] {
    return this.episode.eventsFrom(index)
  }
}

