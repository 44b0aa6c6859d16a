/** Every task of a scenario over many draws: who is paid what, and which faults fire. */
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import type { Episode, EpisodeRequest } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { seedOf, tryStart } from '../checkout.ts'

export type TaskAudit = {
  readonly task: string
  readonly draws: number
  /** Seeds that found no task. */
  readonly refused: number
  /** Draws in which the reward was exactly 1. */
  readonly oracle: number
  readonly robust: number
  /** Mean rewards. */
  readonly naive: number
  readonly noop: number
  readonly refuse: number
  readonly random: number
}

export type CatalogueAudit = {
  readonly tasks: readonly TaskAudit[]
  /** Share of robust episodes under flaky in which a kind of fault fired. */
  readonly kinds: Readonly<Record<string, number>>
  /** Share of robust episodes in which a write took effect and its answer was lost. */
  readonly lostWrites: number
  readonly naive: number
  /** Counter-examples: episodes in which an oracle was not paid 1. */
  readonly failures: readonly string[]
}

/** Plays all policies over `draws` seeds of each task; the random policy over a quarter of them. */
export function auditCatalogue(scenario: CompiledScenario, draws: number, progress: (done: number, of: number) => void = () => {}): CatalogueAudit {
  const fired: Record<string, number> = {}
  let robustEpisodes = 0
  let lostWrites = 0
  const failures: string[] = []
  const names = [...scenario.tasks.keys()]
  const play = (policy: string, request: EpisodeRequest): { episode: Episode; reward: number } => {
    const episode = tryStart(scenario, request)!
    return { episode, reward: playOut(episode, createPolicy(policy, episode)!) ?? Number.NaN }
  }
  const tasks = names.map((task, t): TaskAudit => {
    const sums = { refused: 0, oracle: 0, robust: 0, naive: 0, noop: 0, refuse: 0, random: 0, drawn: 0, randomDrawn: 0 }
    for (let i = 0; i < draws; i++) {
      if (i % 50 === 0) progress(t * draws + i, names.length * draws)
      const seed = seedOf('audit', i)
      const clean = { seed, task, options: { dynamics: 'clean' } }
      if (!tryStart(scenario, clean)) {
        sums.refused++
        continue
      }
      sums.drawn++
      const flaky = { seed, task, options: { dynamics: 'flaky' } }
      const proved = play('oracle', clean)
      const robust = play('robust', flaky)
      if (proved.reward === 1) sums.oracle++
      else failures.push(`${task} seed ${seed}: oracle ${proved.reward}`)
      if (robust.reward === 1) sums.robust++
      else failures.push(`${task} seed ${seed}: robust ${robust.reward}`)
      sums.naive += play('naive', flaky).reward
      sums.noop += play('noop', clean).reward
      sums.refuse += play('refuse', clean).reward
      if (i % 4 === 0) {
        sums.random += play('random', clean).reward
        sums.randomDrawn++
      }
      robustEpisodes++
      const calls = robust.episode.events().filter((event) => event.type === 'call')
      for (const kind of new Set(calls.flatMap((call) => call.faults.map((fault) => fault.kind)))) fired[kind] = (fired[kind] ?? 0) + 1
      if (calls.some((call) => call.committed && call.is_error && call.changes.length > 0)) lostWrites++
    }
    const mean = (sum: number, of: number) => (of ? sum / of : 0)
    return {
      task, draws: sums.drawn, refused: sums.refused, oracle: sums.oracle, robust: sums.robust,
      naive: mean(sums.naive, sums.drawn), noop: mean(sums.noop, sums.drawn), refuse: mean(sums.refuse, sums.drawn), random: mean(sums.random, sums.randomDrawn),
    }
  })
  const kinds = Object.fromEntries(Object.entries(fired).map(([kind, n]) => [kind, n / robustEpisodes]))
  const naive = tasks.reduce((sum, task) => sum + task.naive * task.draws, 0) / robustEpisodes
  return { tasks, kinds, lostWrites: lostWrites / robustEpisodes, naive, failures }
}

/** Kinds of fault that the flaky profile must show, and in which share of episodes at least. The bucket fills while a user answers. */
export const FLAKY_KINDS = { 'error.abort': 0.1, 'rate_limit.token_bucket': 0.05, 'timeout.post_commit': 0.1 }

/** What does not hold of the demands, in words; empty when all does. */
export function judgeCatalogue(audit: CatalogueAudit): string[] {
  const wrong = [...audit.failures]
  for (const task of audit.tasks) {
    if (task.refused > (task.draws + task.refused) * 0.05) wrong.push(`${task.task}: ${task.refused} seeds refused`)
    for (const policy of ['noop', 'refuse', 'random'] as const) if (!(task[policy] < 0.05)) wrong.push(`${task.task}: ${policy} gets ${task[policy]}`)
  }
  for (const [kind, least] of Object.entries(FLAKY_KINDS)) if (!((audit.kinds[kind] ?? 0) >= least)) wrong.push(`${kind} fires in ${audit.kinds[kind] ?? 0} of the episodes`)
  if (!(audit.lostWrites >= 0.1)) wrong.push(`lost acknowledgements of writes in ${audit.lostWrites} of the episodes`)
  if (!(audit.naive <= 0.85)) wrong.push(`naive gets ${audit.naive}`)
  return wrong
}
