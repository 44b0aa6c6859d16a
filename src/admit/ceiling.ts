/** What is paid to those who do not do the task: little, in each template. */
import { calmOf } from '../compile/reference.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { readsChangeNothing } from './around.ts'
import { type Gate, TRIVIAL_CEILING } from './gate.ts'
import { talkers } from './attacker.ts'
import { seedAt } from './seed.ts'
import { explain, type Trial, tryDraw } from './trial.ts'
import { walkers } from './walker.ts'

/** Seeds that a policy which acts is tried with, unless it earns too much there. */
const WALKED_SEEDS = 4
/** Seeds by which it is told whether a policy was lucky: in few of them one stroke of luck is more than the ceiling. */
export const CERTAIN = 60

/** Trivial policies that only talk and end, those that call tools, and of all of them those that say no. */
export const TALKERS: readonly string[] = ['noop', 'refuse', ...Object.keys(talkers)]
export const WALKERS: readonly string[] = ['random', ...Object.keys(walkers)]
export const REFUSERS: readonly string[] = ['refuse', 'ask-and-refuse', 'parrot-the-prompt', 'read-all-and-refuse']

/** Tries all trivial policies on the seeds of a template that were solved. */
export function tryCheating(gate: Gate, task: string, solved: readonly number[]): void {
  const { scenario } = gate
  const calm = calmOf(scenario)
  const rewards: Record<string, number> = (gate.rewards[task] = {})
  for (const policy of TALKERS) rewards[policy] = tryPolicy(gate, policy, task, solved, calm)
  for (const policy of WALKERS) rewards[policy] = tryPolicy(gate, policy, task, policy === 'random' ? solved : solved.slice(0, WALKED_SEEDS), calm)
  for (const profile of lockedProfiles(scenario)) for (const policy of REFUSERS) tryPolicy(gate, policy, task, solved.slice(0, WALKED_SEEDS), profile)
}

/** Profiles with faults that nothing gets past, under which refusing can be right. */
export function lockedProfiles(scenario: CompiledScenario): string[] {
  return scenario.profiles.filter((name) => scenario.dynamicsOf(name)!.dynamics.entries.some(({ unable }) => unable))
}

/** Plays a policy on these seeds, and on more where it seems to earn too much; gives its mean reward. */
function tryPolicy(gate: Gate, policy: string, task: string, seeds: readonly number[], dynamics: string): number {
  const { checks } = gate
  const trials = seeds.map((seed) => tryOnce(gate, policy, task, seed, dynamics))
  // Luck is told from skill by more seeds, never by fewer.
  if (isTooMuch(trials, trials.length) && !isTooMuch(trials, CERTAIN)) {
    for (const seed of otherSeeds(gate, task, seeds)) {
      trials.push(tryOnce(gate, policy, task, seed, dynamics))
      if (trials.length >= CERTAIN || isTooMuch(trials, CERTAIN)) break
    }
  }
  const mean = sumOf(trials) / trials.length
  checks.trivial.add(mean <= TRIVIAL_CEILING, () => {
    const paid = trials.find(({ reward }) => reward !== null && reward > 0)!
    return { task, seed: paid.episode.identity.seed, policy, ...(dynamics === calmOf(gate.scenario) ? {} : { dynamics }), found: `earns ${mean} on average over ${trials.length} seeds`, episode: paid.episode }
  })
  return mean
}

/** Whether a policy earned more than the ceiling lets it earn over so many seeds. */
function isTooMuch(trials: readonly Trial[], seeds: number): boolean {
  return sumOf(trials) > TRIVIAL_CEILING * seeds
}

/** Seeds that have the task and were not tried. */
function* otherSeeds({ scenario }: Gate, task: string, tried: readonly number[]): Generator<number> {
  for (let i = 0; i < 2 * CERTAIN; i += 1) {
    const seed = seedAt(i)
    if (!tried.includes(seed) && tryDraw(scenario, seed, task).drawn) yield seed
  }
}

function tryOnce(gate: Gate, policy: string, task: string, seed: number, dynamics: string): Trial {
  const trial = gate.play(policy, task, seed, dynamics)
  gate.checks.faultless.add(trial.reward !== null, () => ({ task, seed, policy, found: explain(trial), episode: trial.episode }))
  gate.checks.reads.add(readsChangeNothing(trial.episode), () => ({ task, seed, policy, found: 'a read tool changed the world', episode: trial.episode }))
  return trial
}

function sumOf(trials: readonly Trial[]): number {
  return trials.reduce((sum, { reward }) => sum + (reward ?? 0), 0)
}
