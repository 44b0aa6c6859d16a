/** The gate: a scenario is admitted when it is solvable, deterministic, not trivially winnable, and breaks under nothing. */
import type { AdmissionReport } from '../../protocol/report.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import { calmOf } from '../compile/reference.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { brokenInvariants } from '../world/invariant.ts'
import { Overlay } from '../world/overlay.ts'
import { Transaction } from '../world/transaction.ts'
import { type DeadEnd, deadEnds } from '../dynamics/way-past.ts'
import { tryAround } from './around.ts'
import { tryCheating } from './ceiling.ts'
import { toolCosts, tryBase, tryCosts } from './cost.ts'
import { type AdmissionOptions, Gate, MOST_FAILURES } from './gate.ts'
import { sameAnswerLeaks, staticLeaks } from './leak.ts'
import { runWorldTests } from './world-tests.ts'
import { seedAt } from './seed.ts'
import { tryTeam } from './team.ts'
import { explain, faultOf, type Trial, tryDraw } from './trial.ts'

/** Share of seeds that may find no task of a template. */
const REFUSED_CEILING = 0.05
/** Seeds whose base worlds are looked at whole. */
const MOST_WORLDS = 20

/** Tries every task template with that many seeds. */
export function admitScenario(team: CompiledScenario, options: AdmissionOptions): AdmissionReport {
  // Who does what is no matter of the checks: all but the team itself is tried with one agent that has all tools.
  const scenario = team.flat()
  const gate = new Gate(scenario, options)
  const { checks, rules } = gate
  for (const { task, found } of options.spec ? staticLeaks(options.spec, scenario) : []) checks.leaks.add(false, () => ({ task, found }))
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
    proved += tryTask(gate, team, task)
  }
  gate.checkCosts.judge(checks.check_cost)
  const skipped = proved === 0 ? 'no witness scores 1' : undefined
  const { team: ofTeam, ...others } = checks
  const all = [...Object.values(others), ...(team !== scenario ? [ofTeam] : []), ...(rules ? [rules] : [])].map((tally) => tally.check(skipped))
  const { digest, summary, tasks, tools } = team
  return {
    format: 'fractal-gym.report/1', ok: all.every((check) => check.ok), name: scenario.name, digest, engine: ENGINE_VERSION,
    scenario: summary, tasks: [...tasks.keys()], tools: [...tools], seeds: options.seeds, episodes: gate.episodes, checks: all, costs,
    check_costs: gate.checkCosts.list(), mutations: gate.table, rewards: gate.rewards,
  }
}

/** Gives how many of its witnesses were paid 1. */
function tryTask(gate: Gate, team: CompiledScenario, task: string): number {
  const solved = trySolving(gate, task)
  if (team !== gate.scenario) tryTeam(gate, team, task, solved.map(({ episode }) => episode.identity.seed))
  for (const [i, { episode }] of solved.entries()) tryAround(gate, task, episode, i)
  for (const { found } of sameAnswerLeaks(task, solved.map(({ episode }) => episode), gate.scenario)) gate.checks.leaks.add(false, () => ({ task, found }))
  if (solved.length > 0) tryCheating(gate, task, solved.map(({ episode }) => episode.identity.seed))
  return solved.length
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
    const trial = gate.play('oracle', task, seed, calmOf(scenario))
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
