/** Every scenario under every profile: who is paid what, and which kinds of dynamics fire. */
import type { Event } from '../../protocol/event.ts'
import type { CompiledDynamics } from '../../src/dynamics/compiled-dynamics.ts'
import { kindList } from '../../src/dynamics/kind-table.ts'
import type { Passage } from '../../src/dynamics/passage.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import type { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { Plan } from '../../src/policy/plan.ts'
import { seedOf, tryStart } from '../checkout.ts'

export type ProfileAudit = {
  readonly scenario: string
  readonly profile: string
  readonly episodes: number
  /** Episodes in which the robust oracle was paid exactly 1. */
  readonly robust: number
  /** Mean rewards; undefined where they were not played. */
  readonly oracle: number | undefined
  readonly naive: number | undefined
  /** Episodes of the robust oracle in which something other than time came in its way. */
  readonly faulted: number
  /** Episodes of the robust oracle by kinds that fired in them. */
  readonly kinds: Readonly<Record<string, number>>
}

export type DynamicsAudit = {
  readonly profiles: readonly ProfileAudit[]
  /** Kinds in the profiles that ship. */
  readonly shipped: ReadonlySet<string>
  /** Kinds that fired, for whomever. */
  readonly fired: ReadonlySet<string>
  readonly failures: readonly string[]
}

export type DynamicsAuditOptions = {
  readonly seeds: number
  /** Default: all that the scenario offers. */
  readonly profiles?: readonly string[]
  /** Profiles under which the plain and the naive oracle play as well; default: all. */
  readonly blind?: readonly string[]
  readonly progress?: (done: number, of: number) => void
}

/** Plays the oracles over so many seeds of each task under each profile. */
export function auditDynamics(scenarios: readonly CompiledScenario[], { seeds, profiles, blind, progress = () => {} }: DynamicsAuditOptions): DynamicsAudit {
  const rounds = scenarios.flatMap((scenario) => scenario.profiles.filter((name) => !profiles || profiles.includes(name)).map((profile) => ({ scenario, profile })))
  const shipped = new Set<string>()
  const fired = new Set<string>()
  const failures: string[] = []
  const audits = rounds.map(({ scenario, profile }, i) => {
    progress(i, rounds.length)
    const { dynamics } = scenario.dynamicsOf(profile)!
    for (const { spec } of dynamics.entries) shipped.add(spec.kind)
    const round = new Round(scenario, profile, failures)
    // Nobody else acts in a world behind a server: what others change stands in no recording.
    const isBlind = (blind?.includes(profile) ?? true) && !(profile === 'actors' && scenario.world.server)
    for (const task of scenario.tasks.keys()) for (let n = 0; n < seeds; n++) round.play(task, n, isBlind)
    for (const kind of [...round.fired, ...crowd(scenario, profile)]) fired.add(kind)
    return round.audit
  })
  return { profiles: audits, shipped, fired, failures }
}

class Round {
  readonly #scenario: CompiledScenario
  readonly #profile: string
  readonly #failures: string[]
  readonly #time: ReadonlySet<string>
  readonly #kinds: Record<string, number> = {}
  /** Kinds that fired for any of the policies. */
  readonly fired = new Set<string>()
  readonly #sums = { episodes: 0, robust: 0, oracle: 0, naive: 0, blind: 0, faulted: 0 }

  constructor(scenario: CompiledScenario, profile: string, failures: string[]) {
    this.#scenario = scenario
    this.#profile = profile
    this.#failures = failures
    this.#time = watchTime(scenario.dynamicsOf(profile)!.dynamics)
  }

  /** Plays one seed of a task, if it has the task. */
  play(task: string, n: number, blind: boolean): void {
    const seed = seedOf(`dynamics ${this.#scenario.name} ${task}`, n)
    const robust = this.#episode(task, seed, 'robust')
    if (!robust) return
    const sums = this.#sums
    sums.episodes++
    if (robust.reward === 1) sums.robust++
    else this.#fail(task, seed, 'robust', robust)
    const kinds = kindsIn(robust.episode)
    if (kinds.size) sums.faulted++
    for (const kind of [...kinds, ...this.#time]) {
      this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1
      this.fired.add(kind)
    }
    if (!blind) return
    sums.blind++
    for (const policy of ['oracle', 'naive'] as const) {
      const played = this.#episode(task, seed, policy)!
      sums[policy] += played.reward
      for (const kind of kindsIn(played.episode)) this.fired.add(kind)
      // Whatever a policy does, the environment may not break.
      if (Number.isNaN(played.reward)) this.#fail(task, seed, policy, played)
    }
  }

  #episode(task: string, seed: number, policy: string): { readonly episode: Episode; readonly reward: number } | undefined {
    const episode = tryStart(this.#scenario, { seed, task, options: { dynamics: this.#profile } })
    if (policy === 'robust') (this.#time as Set<string>).clear()
    return episode && { episode, reward: playOut(episode, createPolicy(policy, episode)!) ?? Number.NaN }
  }

  #fail(task: string, seed: number, policy: string, { episode, reward }: { readonly episode: Episode; readonly reward: number }): void {
    const end = episode.events().at(-1) as Extract<Event, { type: 'end' }>
    const why = end.fault ?? end.verdict.issues.map(({ check, category }) => `${check} ${category}`).join(', ')
    this.#failures.push(`${this.#scenario.name} ${this.#profile} ${task} seed ${seed}: ${policy} gets ${reward} (${end.reason}: ${why})`)
  }

  get audit(): ProfileAudit {
    const { episodes, robust, oracle, naive, blind, faulted } = this.#sums
    return {
      scenario: this.#scenario.name, profile: this.#profile, episodes, robust, faulted, kinds: this.#kinds,
      oracle: blind ? oracle / blind : undefined, naive: blind ? naive / blind : undefined,
    }
  }
}

/** Kinds of which an episode's log tells. */
function kindsIn(episode: Episode): Set<string> {
  const kinds = new Set<string>()
  const { entries } = episode.dynamics
  const { luck, options: { intensity } } = episode.identity
  const keys = entries.flatMap(({ spec }) => (spec.kind === 'idempotency.key' ? [spec.param] : []))
  for (const event of episode.events()) {
    if (event.type === 'timer' && event.timer.startsWith('event.') && event.changes.length) kinds.add('world.event')
    if (event.type === 'call' || event.type === 'user') for (const { kind } of event.faults ?? []) kinds.add(kind)
    if (event.type === 'call' && event.arguments !== null && typeof event.arguments === 'object' && keys.some((key) => Object.hasOwn(event.arguments as object, key))) kinds.add('idempotency.key')
  }
  if (entries.some(({ hooks }) => hooks.deadline?.({ luck, intensity }) !== undefined)) kinds.add('deadline')
  return kinds
}

const watched = new WeakMap<CompiledDynamics, Set<string>>()

/** Kinds that added time since the set was last cleared: they leave no marks. */
function watchTime(dynamics: CompiledDynamics): ReadonlySet<string> {
  const known = watched.get(dynamics)
  if (known) return known
  const slow = new Set<string>()
  for (const { hooks, spec } of dynamics.entries) {
    for (const name of ['delay', 'weigh'] as const) {
      const taken = hooks[name]?.bind(hooks)
      if (taken) hooks[name] = (call: Passage) => {
        const ms = taken(call)
        if (ms > 0) slow.add(spec.kind)
        return ms
      }
    }
  }
  watched.set(dynamics, slow)
  return slow
}

/** What fires for someone who makes the first call of a plan six times at once. */
function crowd(scenario: CompiledScenario, profile: string): Set<string> {
  const kinds = new Set<string>()
  for (const task of scenario.tasks.keys()) {
    const episode = tryStart(scenario, { seed: seedOf('crowd', 0), task, options: { dynamics: profile } })
    const step = episode && new Plan(episode).current()
    if (!episode || step?.kind !== 'call') continue
    episode.step({ tool_calls: Array.from({ length: 6 }, () => ({ name: step.call, arguments: step.args })) })
    for (const kind of kindsIn(episode)) kinds.add(kind)
    break
  }
  return kinds
}

/** What does not hold, in words; empty when all does. */
export function judgeDynamics({ profiles, shipped, fired, failures }: DynamicsAudit): string[] {
  const wrong = [...failures]
  for (const { scenario, profile, episodes } of profiles) if (episodes === 0) wrong.push(`${scenario} ${profile}: nothing was played`)
  for (const { kind } of kindList()) {
    if (!shipped.has(kind)) wrong.push(`${kind} is in no profile that ships`)
    else if (!fired.has(kind)) wrong.push(`${kind} never fires`)
  }
  for (const scenario of new Set(profiles.map((one) => one.scenario))) {
    for (const [profile, most] of Object.entries(MOST_BLIND)) {
      const found = profiles.find((one) => one.scenario === scenario && one.profile === profile)
      if (found?.oracle !== undefined && !(found.oracle <= most)) wrong.push(`${scenario} ${profile}: who plays the plan whatever happens gets ${found.oracle}`)
    }
  }
  return wrong
}

/** What the plain oracle may get at most where a profile matters to the tasks. */
const MOST_BLIND: Readonly<Record<string, number>> = { actors: 0.95, hostile: 0.7 }
