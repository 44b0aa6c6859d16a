/** The gate: a scenario is admitted when it is solvable, deterministic, not trivially winnable, and breaks under nothing. */
import type { AdmissionReport } from '../../protocol/report.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import { GymError } from '../core/gym-error.ts'
import { calmOf } from '../compile/reference.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { brokenInvariants } from '../world/invariant.ts'
import { Overlay } from '../world/overlay.ts'
import { Transaction } from '../world/transaction.ts'
import { type DeadEnd, deadEnds } from '../dynamics/way-past.ts'
import { attackers } from './attacker.ts'
import { CheckCosts } from './check-cost.ts'
import { toolCosts, tryBase, tryCosts } from './cost.ts'
import { fuzzEpisodes } from './fuzz.ts'
import { holdsAnswer, staticLeaks } from './leak.ts'
import { MinimalProofs } from './minimal.ts'
import { mutationsOf, playMutation } from './mutation.ts'
import { RuleCoverage, ruleProbes } from './rule-probe.ts'
import { Tally } from './tally.ts'
import { runWorldTests } from './world-tests.ts'
import { explain, faultOf, playTrial, seedAt, type Trial, tryDraw } from './trial.ts'

/** Mean reward that a trivial policy may have in one task template. */
export const TRIVIAL_CEILING = 0.05
/** Share of seeds that may find no task of a template. */
const REFUSED_CEILING = 0.05
/** Seeds of a template after which nothing is hoped for any more. */
const MOST_FAILURES = 3
/** Seeds whose base worlds are looked at whole. */
const MOST_WORLDS = 20
/** Seeds of each template that odd arguments are tried with. */
const FUZZED_SEEDS = 2

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
    robust: new Tally('robust', 'the robust oracle scores exactly 1 under the dynamics profiles'),
    minimal: new MinimalProofs(),
    mutations: new Tally('mutations', 'mutated witnesses score as they must'),
    trivial: new Tally('trivial', `trivial policies earn at most ${TRIVIAL_CEILING} by template`),
    deterministic: new Tally('deterministic', 'episodes replay to the same events and hash'),
    faultless: new Tally('faultless', 'episodes of trivial policies and random valid calls end without env_error'),
    fuzzed: new Tally('fuzzed', 'odd arguments to every tool end no episode with env_error'),
    reads: new Tally('reads', 'read tools change nothing'),
    leaks: new Tally('leaks', 'what the agent is shown does not hold the answer'),
    cost: new Tally('cost', 'no tool costs too much whatever it is given, nor do the seeded rows'),
    check_cost: new Tally('check_cost', 'checks cost little, and go through no large table row by row'),
    invariants: new Tally('invariants', 'the invariants hold in base worlds, and those of tasks where they start'),
    tests: new Tally('tests', 'the tests of the world pass'),
  }
}

type Gate = { readonly scenario: CompiledScenario; readonly options: AdmissionOptions; readonly checks: ReturnType<typeof checklist>; readonly rules: RuleCoverage | undefined; readonly checkCosts: CheckCosts; readonly rewards: Record<string, Record<string, number>>; episodes: number }

/** Tries every task template with that many seeds. */
export function admitScenario(scenario: CompiledScenario, options: AdmissionOptions): AdmissionReport {
  const gate: Gate = { scenario, options, checks: checklist(), rules: scenario.ruleIds.length ? new RuleCoverage(scenario.ruleIds) : undefined, checkCosts: new CheckCosts(scenario.world), rewards: {}, episodes: 0 }
  const { checks } = gate
  const { seeds } = options
  for (const { task, found } of options.spec ? staticLeaks(options.spec) : []) checks.leaks.add(false, () => ({ task, found }))
  tryWorlds(gate)
  tryRecovery(gate)
  const costs = toolCosts(scenario, options.spec)
  tryCosts(scenario, costs, checks.cost)
  tryBase(scenario, checks.cost)
  for (const { ok, findings } of runWorldTests(scenario.world.tests)) checks.tests.add(ok, () => ({ found: findings[0]!.message }))
  let begun = 0
  let proved = 0
  for (const task of scenario.tasks.keys()) {
    options.onProgress?.(begun++ / scenario.tasks.size)
    const solved = trySolving(gate, task)
    proved += solved.length
    for (const [i, trial] of solved.entries()) tryAround(gate, task, trial, i)
    if (solved.length > 0) tryCheating(gate, task, solved)
  }
  gate.checkCosts.judge(checks.check_cost)
  const skipped = proved === 0 ? 'no witness scores 1' : undefined
  const all = [...Object.values(checks), ...(gate.rules ? [gate.rules] : [])].map((tally) => tally.check(skipped))
  const { digest, summary, tasks, root } = scenario
  return {
    format: 'fractal-gym.report/1', ok: all.every((check) => check.ok), name: scenario.name, digest, engine: ENGINE_VERSION,
    scenario: summary, tasks: [...tasks.keys()], tools: [...root.tools], seeds, episodes: gate.episodes, checks: all, costs, check_costs: gate.checkCosts.list(), rewards: gate.rewards,
  }
}

function play(gate: Gate, policy: string, task: string, seed: number, dynamics: string): Trial {
  gate.episodes += 1
  return playTrial(gate.scenario, policy, { seed, task, options: { dynamics } })
}

/** Looks for faults that nothing gets past. */
function tryRecovery({ scenario, options, checks }: Gate): void {
  for (const profile of options.profiles ?? scenario.profiles) {
    const found = deadEnds(scenario.dynamicsOf(profile)!.dynamics, scenario.root.tools, scenario.root.name)
    checks.recovery.add(found.length === 0, () => {
      const [{ entry, kind, tool, remedy }] = found as [DeadEnd, ...DeadEnd[]]
      const others = found.length > 1 ? `; and ${found.length - 1} more` : ''
      return { dynamics: profile, found: `nothing gets past '${entry}' (${kind}) on ${tool}: it needs ${remedy}${others}` }
    })
  }
}

function tryWorlds({ scenario, options, checks }: Gate): void {
  const { invariants, tables } = scenario.world
  for (let i = 0; i < Math.min(options.seeds, MOST_WORLDS) && checks.invariants.failed < MOST_FAILURES; i++) {
    const seed = seedAt(i)
    const broken = attempt(() => {
      const base = scenario.baseOf(seed)
      // Reading a unique column fails where it is not.
      for (const { position, columns } of tables) for (const { name, spec } of columns) if (spec.unique) base.lookup(position, name, null)
      return brokenInvariants(invariants, new Transaction(base, new Overlay(tables.length)))
    })
    checks.invariants.add(broken.length === 0, () => ({ seed, found: `broken: ${broken.join(', ')}` }))
  }
}

function attempt(run: () => string[]): string[] {
  try {
    return run()
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return [fault]
  }
}

/** Draws a template with every seed and plays its witness; gives the episodes that were paid 1. */
function trySolving(gate: Gate, task: string): Trial[] {
  const { scenario, options: { seeds }, checks } = gate
  const solved: Trial[] = []
  let [drawn, failures, fault] = [0, 0, undefined as string | undefined]
  for (let i = 0; i < seeds && failures < MOST_FAILURES; i++) {
    const seed = seedAt(i)
    const draw = tryDraw(scenario, seed, task)
    fault ??= draw.fault
    if (draw.fault !== undefined) failures += 1
    if (!draw.drawn) continue
    drawn += 1
    const trial = play(gate, 'oracle', task, seed, calmOf(scenario))
    gate.rules?.addWitness(trial.episode)
    tryStart(gate, trial)
    checks.solvable.add(trial.reward === 1, () => ({ task, seed, policy: 'oracle', found: explain(trial), episode: trial.episode }))
    if (trial.reward === 1) {
      solved.push(trial)
      gate.checkCosts.add(trial.episode.task.template, trial.episode.view)
    } else failures += 1
  }
  const enough = failures >= MOST_FAILURES ? fault === undefined : drawn >= seeds * (1 - REFUSED_CEILING)
  checks.draws.add(enough, () => ({ task, found: fault ?? `${drawn} of ${seeds} seeds find a task` }))
  return solved
}

/** What a task wants to hold all the time has to hold before the agent comes. */
function tryStart({ checks }: Gate, { episode: { view: { task, base, start } } }: Trial): void {
  const { name, watch } = task.template
  if (!watch) return
  const broken = attempt(() => [...watch.broken({ task, base, overlay: start, clockMs: 0 })])
  checks.invariants.add(broken.length === 0, () => ({ task: name, seed: task.seed, found: `does not hold at the start: ${broken.join(', ')}` }))
}

/** What has to hold around one solved episode. */
function tryAround(gate: Gate, task: string, { episode }: Trial, at: number): void {
  const { scenario, options, checks } = gate
  const { seed } = episode.identity
  checks.deterministic.add(replaysEqual(episode), () => ({ task, seed, policy: 'oracle', found: 'played again it comes out different', episode }))
  checks.leaks.add(!holdsAnswer(episode), () => ({ task, seed, found: 'the instruction holds the whole answer', episode }))
  checks.minimal.add(task, episode, at)
  for (const dynamics of options.profiles ?? scenario.profiles) {
    if (checks.robust.failed >= MOST_FAILURES * 3) break
    const recovered = play(gate, 'robust', task, seed, dynamics)
    checks.robust.add(recovered.reward === 1, () => ({ task, seed, policy: 'robust', dynamics, found: explain(recovered), episode: recovered.episode }))
  }
  const request = { seed, task, options: { dynamics: calmOf(scenario) } }
  for (const mutation of mutationsOf(episode)) {
    gate.episodes += 1
    const mutant = Episode.start(scenario, request)
    const result = playMutation(mutant, mutation)
    if (result) checks.mutations.add(result.ok, () => ({ task, seed, policy: mutation.name, found: `reward ${result.reward ?? 'void'} must be ${mutation.must}`, episode: mutant }))
  }
  for (const probe of gate.rules ? ruleProbes(episode) : []) {
    gate.episodes += 1
    const probed = Episode.start(scenario, request)
    gate.rules!.addProbe(probed, probe.name, playMutation(probed, probe)?.reward ?? null)
  }
  if (at >= FUZZED_SEEDS) return
  for (const fuzzed of fuzzEpisodes(scenario, request)) {
    gate.episodes += 1
    const broke = fuzzed.last.info.stop_reason === 'env_error'
    checks.fuzzed.add(!broke, () => ({ task, seed, policy: 'odd arguments', found: explain({ episode: fuzzed, reward: null }), episode: fuzzed }))
    checks.reads.add(readsChangeNothing(fuzzed), () => ({ task, seed, policy: 'odd arguments', found: 'a read tool changed the world', episode: fuzzed }))
    if (checks.fuzzed.failed >= MOST_FAILURES) return
  }
}

/** What is paid to those who do not do the task. */
function tryCheating(gate: Gate, task: string, solved: readonly Trial[]): void {
  const { scenario, checks } = gate
  const rewards: Record<string, number> = {}
  for (const policy of ['noop', 'refuse', 'random', ...Object.keys(attackers)]) {
    const trials = solved.map(({ episode }) => play(gate, policy, task, episode.identity.seed, calmOf(scenario)))
    for (const trial of trials) {
      const { seed } = trial.episode.identity
      checks.faultless.add(trial.reward !== null, () => ({ task, seed, policy, found: explain(trial), episode: trial.episode }))
      checks.reads.add(readsChangeNothing(trial.episode), () => ({ task, seed, policy, found: 'a read tool changed the world', episode: trial.episode }))
    }
    const mean = trials.reduce((sum, { reward }) => sum + (reward ?? 0), 0) / trials.length
    rewards[policy] = mean
    checks.trivial.add(mean <= TRIVIAL_CEILING, () => {
      const paid = trials.find(({ reward }) => reward !== null && reward > 0)!
      return { task, seed: paid.episode.identity.seed, policy, found: `earns ${mean} on average`, episode: paid.episode }
    })
  }
  gate.rewards[task] = rewards
}

function replaysEqual(episode: Episode): boolean {
  try {
    const again = Episode.restore(episode.scenario, episode.snapshot())
    return canonicalJson(again.events()) === canonicalJson(episode.events())
  } catch (error) {
    // The hash did not come out.
    if (error instanceof GymError) return false
    throw error
  }
}

function readsChangeNothing(episode: Episode): boolean {
  const { tools } = episode.scenario.world
  return episode.events().every((event) => event.type !== 'call' || tools.get(event.meant?.tool ?? event.tool)?.spec.effect !== 'read' || event.changes.length === 0)
}
