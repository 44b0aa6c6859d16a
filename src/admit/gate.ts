/** What the parts of admission share: the scenario under trial, what has to hold, and what was found so far. */
import type { MutationRow } from '../../protocol/report.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { CheckCosts } from './check-cost.ts'
import { CallPool } from './call-pool.ts'
import { MinimalProofs } from './minimal.ts'
import { RuleCoverage } from './rule-probe.ts'
import { Tally } from './tally.ts'
import { playTrial, type Trial } from './trial.ts'

/** Mean reward that a trivial policy may have in one task template. */
export const TRIVIAL_CEILING = 0.05
/** Seeds of a template after which nothing is hoped for any more. */
export const MOST_FAILURES = 3
/** Worlds whose good calls are kept. */
const MOST_POOLS = 32

export type AdmissionOptions = {
  /** Seeds that each task template is tried with. */
  readonly seeds: number
  /** Profiles under which the robust oracle has to be paid 1; default: all that the scenario offers. */
  readonly profiles?: readonly string[]
  /** The document itself, for what its text gives away. */
  readonly spec?: Scenario
  /** Told the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

function checklist() {
  return {
    draws: new Tally('draws', 'nearly every seed finds a task of every template'),
    solvable: new Tally('solvable', 'witnesses score exactly 1'),
    recovery: new Tally('recovery', 'every fault that a tool can meet has a declared way past it'),
    team: new Tally('team', 'the witness scores exactly 1 through the hierarchy, clean and flaky'),
    robust: new Tally('robust', 'the robust oracle scores exactly 1 under the dynamics profiles'),
    minimal: new MinimalProofs(),
    mutations: new Tally('mutations', 'mutated witnesses score as they must'),
    trivial: new Tally('trivial', `trivial policies earn at most ${TRIVIAL_CEILING} by template`),
    deterministic: new Tally('deterministic', 'episodes replay to the same events and hash'),
    faultless: new Tally('faultless', 'episodes of trivial policies and random valid calls end without env_error'),
    fuzzed: new Tally('fuzzed', 'odd arguments to every tool end no episode with env_error'),
    reads: new Tally('reads', 'read tools change nothing'),
    leaks: new Tally('leaks', 'what the agent is shown does not hold the answer'),
    unambiguous: new Tally('unambiguous', 'an instruction means one row: what reads the same is as good'),
    reachable: new Tally('reachable', 'a witness knows only what was asked and what it had read'),
    cost: new Tally('cost', 'no tool costs too much whatever it is given, nor do the seeded rows'),
    check_cost: new Tally('check_cost', 'checks cost little, and go through no large table row by row'),
    invariants: new Tally('invariants', 'the invariants hold in base worlds, and those of tasks where they start'),
    tests: new Tally('tests', 'the tests of the world pass'),
  }
}

export class Gate {
  readonly scenario: CompiledScenario
  readonly options: AdmissionOptions
  readonly checks = checklist()
  readonly rules: RuleCoverage | undefined
  readonly checkCosts: CheckCosts
  /** Mean rewards of trivial policies by task. */
  readonly rewards: Record<string, Record<string, number>> = {}
  /** Episodes played. */
  episodes = 0
  readonly #rows = new Map<string, { readonly about: string; readonly must: MutationRow['must']; played: number; held: number; sum: number }>()
  readonly #pools = new Map<number, CallPool>()

  constructor(scenario: CompiledScenario, options: AdmissionOptions) {
    this.scenario = scenario
    this.options = options
    this.checkCosts = new CheckCosts(scenario.world)
    this.rules = scenario.ruleIds.length ? new RuleCoverage(scenario.ruleIds) : undefined
  }

  /** The profiles that the oracles play under. */
  get profiles(): readonly string[] {
    return this.options.profiles ?? this.scenario.profiles
  }

  /** Plays an episode by a policy's name. */
  play(policy: string, task: string, seed: number, dynamics: string): Trial {
    this.episodes += 1
    return playTrial(this.scenario, policy, { seed, task, options: { dynamics } })
  }

  /** Good calls in the world of a seed. */
  poolOf(seed: number): CallPool {
    const known = this.#pools.get(seed)
    if (known) return known
    const pool = new CallPool(this.scenario, seed)
    this.#pools.set(seed, pool)
    if (this.#pools.size > MOST_POOLS) this.#pools.delete(this.#pools.keys().next().value!)
    return pool
  }

  /** Counts one play into the table of mutations. */
  count({ id, about, must }: Pick<MutationRow, 'id' | 'about' | 'must'>, ok: boolean, reward: number | null): void {
    const row = this.#rows.get(id) ?? { about, must, played: 0, held: 0, sum: 0 }
    this.#rows.set(id, row)
    row.played += 1
    if (ok) row.held += 1
    row.sum += reward ?? 0
  }

  /** The table of mutations as it was played. */
  get table(): MutationRow[] {
    return [...this.#rows].map(([id, { about, must, played, held, sum }]) => ({ id, about, must, played, held, mean: sum / played }))
  }
}
