/** The gate: a scenario is admitted when it is solvable, deterministic and not trivially winnable. */
import { canonicalJson } from '../core/canonical-json.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { Episode, type EpisodeRequest } from '../episode/episode.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { createPolicy, playOut } from '../policy/builtin.ts'
import { Overlay } from '../world/overlay.ts'
import { Transaction } from '../world/transaction.ts'
import { brokenInvariants } from '../world/invariant.ts'
import { attackers } from './attacker.ts'
import { mutationsOf, playMutation } from './mutation.ts'
import { type AdmissionReport, Tally } from './report.ts'

/** Mean reward that a trivial policy may have in one task template. */
export const TRIVIAL_CEILING = 0.05
/** Share of seeds that may find no task of a template. */
const REFUSED_CEILING = 0.05

/** `onProgress` is told the share of the work that is done, from 0 to 1. */
export type AdmissionOptions = { readonly seeds: number; readonly onProgress?: (share: number) => void }

/** Tries every task template with that many seeds. */
export function admitScenario(scenario: CompiledScenario, { seeds, onProgress }: AdmissionOptions): AdmissionReport {
  const checks = {
    draws: new Tally('draws', 'templates that find a task for nearly every seed'),
    solvable: new Tally('solvable', 'witnesses that score exactly 1'),
    robust: new Tally('robust', 'robust oracle exactly 1 under every profile'),
    mutations: new Tally('mutations', 'mutated witnesses that score as they must'),
    trivial: new Tally('trivial', `trivial policies at most ${TRIVIAL_CEILING} by template`),
    deterministic: new Tally('deterministic', 'episodes that replay to the same events and hash'),
    faultless: new Tally('faultless', 'episodes of random valid calls without env_error'),
    reads: new Tally('reads', 'episodes in which read tools changed nothing'),
    leaks: new Tally('leaks', 'instructions that do not hold the answer'),
    invariants: new Tally('invariants', 'base worlds in which the invariants hold'),
  }
  const rewards: Record<string, Record<string, number>> = {}
  let episodes = 0
  const play = (policy: string, request: EpisodeRequest): { episode: Episode; reward: number | null } => {
    const episode = Episode.start(scenario, request)
    episodes++
    return { episode, reward: playOut(episode, createPolicy(policy, episode) ?? attackers[policy]!(episode)) }
  }

  let begun = 0
  for (const task of scenario.tasks.keys()) {
    onProgress?.(begun++ / scenario.tasks.size)
    const drawn = drawSeeds(scenario, task, seeds)
    checks.draws.add(drawn.length >= seeds * (1 - REFUSED_CEILING), () => `${task}: ${drawn.length} of ${seeds} seeds`)
    const totals: Record<string, number[]> = {}
    for (const seed of drawn) {
      const where = (what = '') => `${task}, seed ${seed}${what}`
      const request = { seed, task, options: { dynamics: 'clean' } }
      const { episode, reward } = play('oracle', request)
      checks.solvable.add(reward === 1, () => where(`: ${explain(episode)}`))
      checks.deterministic.add(replaysEqual(episode), () => where())
      checks.leaks.add(!holdsAnswer(episode), () => where())
      for (const profile of scenario.profiles) {
        const recovered = play('robust', { seed, task, options: { dynamics: profile } })
        checks.robust.add(recovered.reward === 1, () => where(` under ${profile}: ${explain(recovered.episode)}`))
      }
      for (const mutation of mutationsOf(episode)) {
        episodes++
        const result = playMutation(Episode.start(scenario, request), mutation)
        if (result) checks.mutations.add(result.ok, () => where(`, ${mutation.name}: ${result.reward}`))
      }
      for (const policy of ['noop', 'refuse', 'random', ...Object.keys(attackers)]) {
        const trivial = play(policy, request)
        checks.faultless.add(trivial.reward !== null, () => where(`, ${policy}: ${explain(trivial.episode)}`))
        checks.reads.add(readsChangeNothing(trivial.episode), () => where(`, ${policy}`))
        ;(totals[policy] ??= []).push(trivial.reward ?? 0)
      }
    }
    rewards[task] = Object.fromEntries(Object.entries(totals).map(([policy, all]) => [policy, all.reduce((a, b) => a + b, 0) / all.length]))
    for (const [policy, mean] of Object.entries(rewards[task])) checks.trivial.add(mean <= TRIVIAL_CEILING, () => `${task}, ${policy}: ${mean}`)
  }
  for (let i = 0; i < Math.min(seeds, 20); i++) {
    const seed = seedAt(i)
    const broken = brokenInvariants(scenario.world.invariants, new Transaction(scenario.baseOf(seed), new Overlay(scenario.world.tables.length)))
    checks.invariants.add(broken.length === 0, () => `seed ${seed}: ${broken.join(', ')}`)
  }
  const all = Object.values(checks).map((tally) => tally.check())
  return { ok: all.every((check) => check.ok), checks: all, rewards, episodes }
}

function seedAt(i: number): number {
  return word53(keyOf(['admission', i]))
}

function drawSeeds(scenario: CompiledScenario, task: string, seeds: number): number[] {
  return Array.from({ length: seeds }, (_, i) => seedAt(i)).filter((seed) => {
    try {
      scenario.drawTask(seed, task)
      return true
    } catch (error) {
      if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return false
      throw error
    }
  })
}

/** Why an episode ended as it did, in one line. */
function explain(episode: Episode): string {
  const end = episode.events().at(-1)
  if (end?.type !== 'end') return 'did not end'
  const failed = end.verdict.components.filter((component) => component.score < 1).map((component) => `${component.id} ${JSON.stringify(component.evidence ?? [])}`)
  return [end.reason, end.fault, ...failed].filter(Boolean).join(', ').slice(0, 400)
}

function replaysEqual(episode: Episode): boolean {
  const again = Episode.restore(episode.scenario, episode.snapshot())
  return canonicalJson(again.events()) === canonicalJson(episode.events())
}

function readsChangeNothing(episode: Episode): boolean {
  const { tools } = episode.scenario.world
  return episode.events().every((event) => event.type !== 'call' || tools.get(event.tool)?.spec.effect !== 'read' || event.changes.length === 0)
}

/** Whether the whole answer stands in the first messages. Short answers say nothing: they stand everywhere. */
function holdsAnswer(episode: Episode): boolean {
  const end = episode.events().at(-1)
  if (end?.type !== 'end' || end.answer === undefined) return false
  const text = typeof end.answer === 'string' ? end.answer : JSON.stringify(end.answer)
  return text.length >= 4 && episode.task.instruction.includes(text)
}
