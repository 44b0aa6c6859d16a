/** What has to hold around one solved episode: played again, under faults, and with its witness changed. */
import { canonicalJson } from '../core/canonical-json.ts'
import { GymError } from '../core/gym-error.ts'
import { calmOf } from '../compile/reference.ts'
import { Episode } from '../episode/episode.ts'
import { fuzzEpisodes } from './fuzz.ts'
import { type Gate, MOST_FAILURES } from './gate.ts'
import { holdsAnswer } from './leak.ts'
import { playMutation } from './mutant.ts'
import type { Effort } from './mutation.ts'
import { MUTATION_TABLE } from './mutation-table.ts'
import { unreachable } from './reachable.ts'
import { ruleProbes } from './rule-probe.ts'
import { explain } from './trial.ts'
import { misreadings } from './unambiguous.ts'
import { runWitness, type WitnessRun } from './witness-run.ts'

/** Seeds of each template that odd arguments are tried with, those that twins are looked for in, and those that a naive policy plays. */
const FUZZED_SEEDS = 2
const TWIN_SEEDS = 2
const NAIVE_SEEDS = 8
/** Tools whose stray writes are tried with each seed, at one place each; seeds take turns. */
const STRAY_TOOLS = 2

/** Rows of the table that are no mutations of one witness. */
const ROBUST = { id: 'robust', about: 'the witness under faults, with read-back and retry', must: 'one' } as const
const NAIVE = { about: 'the witness under faults, with blind retries: the robustness that is demanded', must: 'reported' } as const
/** The profile of everyday faults, which a naive policy meets wherever it is offered. */
const EVERYDAY = 'flaky'

/** @param at how many seeds of the template came before */
export function tryAround(gate: Gate, task: string, episode: Episode, at: number): void {
  const { scenario, checks } = gate
  const { seed } = episode.identity
  checks.deterministic.add(replaysEqual(episode), () => ({ task, seed, policy: 'oracle', found: 'played again it comes out different', episode }))
  checks.leaks.add(!holdsAnswer(episode), () => ({ task, seed, found: 'the instruction holds the whole answer', episode }))
  checks.minimal.add(task, episode, at)
  tryFaults(gate, task, seed, at)
  const run = runWitness(scenario, { seed, task, options: { dynamics: calmOf(scenario) } })
  if (run) {
    tryMutations(gate, task, run, at)
    tryRules(gate, run)
    if (at < TWIN_SEEDS) tryTwins(gate, task, run)
    const found = unreachable(run)
    checks.reachable.add(found === undefined, () => ({ task, seed, policy: 'oracle', found: found!, episode: run.end }))
  }
  if (at < FUZZED_SEEDS) tryOddArguments(gate, task, seed)
}

function tryFaults(gate: Gate, task: string, seed: number, at: number): void {
  const { checks } = gate
  for (const dynamics of gate.profiles) {
    if (checks.robust.failed >= MOST_FAILURES * 3) break
    const recovered = gate.play('robust', task, seed, dynamics)
    checks.robust.add(recovered.reward === 1, () => ({ task, seed, policy: 'robust', dynamics, found: explain(recovered), episode: recovered.episode }))
    gate.count(ROBUST, recovered.reward === 1, recovered.reward)
  }
  const faulted = gate.scenario.profiles.includes(EVERYDAY) ? [EVERYDAY] : []
  for (const dynamics of at < NAIVE_SEEDS ? new Set([...gate.profiles, ...faulted]) : []) gate.count({ ...NAIVE, id: `naive under ${dynamics}` }, true, gate.play('naive', task, seed, dynamics).reward)
}

function tryMutations(gate: Gate, task: string, run: WitnessRun, at: number): void {
  const { seed } = run.end.identity
  const effort: Effort = { tools: STRAY_TOOLS, places: 1, turn: at }
  for (const row of MUTATION_TABLE) {
    for (const mutation of row.of(run, gate.poolOf(seed), effort)) {
      gate.episodes += 1
      const played = playMutation(run, mutation)
      if (!played) continue
      gate.checks.mutations.add(played.ok, () => ({ task, seed, policy: mutation.name, found: `${row.about}: ${played.found}`, episode: played.episode }))
      gate.count(row, played.ok, played.reward)
    }
  }
}

function tryRules(gate: Gate, run: WitnessRun): void {
  if (!gate.rules) return
  for (const probe of ruleProbes(run)) {
    gate.episodes += 1
    const played = playMutation(run, probe)
    if (played) gate.rules.addProbe(played.episode, probe.name, played.reward)
  }
}

function tryTwins({ checks }: Gate, task: string, run: WitnessRun): void {
  const [first] = misreadings(run)
  checks.unambiguous.add(!first, () => ({ task, seed: run.end.identity.seed, policy: 'the twin\'s witness', found: first!.found, episode: first!.episode }))
}

function tryOddArguments(gate: Gate, task: string, seed: number): void {
  const { scenario, checks } = gate
  for (const fuzzed of fuzzEpisodes(scenario, { seed, task, options: { dynamics: calmOf(scenario) } })) {
    gate.episodes += 1
    const broke = fuzzed.last.info.stop_reason === 'env_error'
    checks.fuzzed.add(!broke, () => ({ task, seed, policy: 'odd arguments', found: explain({ episode: fuzzed, reward: null }), episode: fuzzed }))
    checks.reads.add(readsChangeNothing(fuzzed), () => ({ task, seed, policy: 'odd arguments', found: 'a read tool changed the world', episode: fuzzed }))
    if (checks.fuzzed.failed >= MOST_FAILURES) return
  }
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

/** Whether no tool that reads changed anything. */
export function readsChangeNothing(episode: Episode): boolean {
  const { tools } = episode.scenario.world
  return episode.events().every((event) => event.type !== 'call' || tools.get(event.meant?.tool ?? event.tool)?.spec.effect !== 'read' || event.changes.length === 0)
}
