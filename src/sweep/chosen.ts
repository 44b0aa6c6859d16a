/** Episodes that are worth looking at: the same task, played well by one policy and badly by another. */
import type { EpisodeLine } from '../../protocol/sweep-report.ts'
import type { Episode } from '../episode/episode.ts'
import { timelineOf } from '../survey/timeline.ts'
import { groupBy, isScored, type Played, type Scored, scenarioOf } from './played.ts'
import type { Plan } from './plan.ts'

const MOST_PAIRS = 3
const MOST_SPANS = 60
const MOST_TEXT = 300

function struck({ outcome }: Scored): number {
  return Object.values(outcome.faults).reduce((sum, count) => sum + count, 0)
}

/** Calls up to which an episode can be read at a glance. */
const LEGIBLE = 30

/** Shares of success, by policy. */
function sharesOf(plan: Plan, scored: readonly Scored[]): number[] {
  return plan.policies.map((_, policy) => {
    const own = scored.filter((episode) => episode.policy === policy)
    return own.filter(({ outcome }) => outcome.success).length / Math.max(1, own.length)
  })
}

/**
 * Pairs of episodes: the same task, dynamics and luck, finished by one policy and not by another. Those of good policies
 * say more than those of bad ones, and those that met many faults more than those that met none; each pair is of
 * another scenario.
 */
export function chooseEpisodes(plan: Plan, played: readonly Played[]): Scored[] {
  const scored = played.filter(isScored)
  const shares = sharesOf(plan, scored)
  const legible = scored.filter(({ outcome }) => outcome.calls > 0 && outcome.calls <= LEGIBLE)
  const best = (episodes: readonly Scored[]): Scored | undefined => episodes.toSorted((a, b) => shares[b.policy]! - shares[a.policy]! || a.unit - b.unit)[0]
  const pairs = [...groupBy(legible, ({ row, repeat, dynamics }) => `${row} ${repeat} ${dynamics}`).values()].flatMap((episodes) => {
    const good = best(episodes.filter(({ outcome }) => outcome.success))
    const bad = best(episodes.filter(({ outcome }) => !outcome.success))
    return good && bad && struck(bad) > 0 ? [{ good, bad }] : []
  }).sort((a, b) => shares[b.bad.policy]! - shares[a.bad.policy]! || struck(b.good) + struck(b.bad) - struck(a.good) - struck(a.bad) || a.good.unit - b.good.unit)
  const byScenario = groupBy(pairs, ({ good }) => scenarioOf(plan, good.row))
  return [...byScenario.values()].slice(0, MOST_PAIRS).flatMap(([first]) => [first!.good, first!.bad])
}

function short(text: string): string {
  return (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text).toWellFormed()
}

/** An episode on its virtual clock. */
export function lineOf(plan: Plan, { policy, dynamics }: Played, episode: Episode): EpisodeLine {
  const { name } = plan.policies[policy]!
  const { task, seed, luck, instruction, spans, ends, reason, reward, success } = timelineOf(episode, name)
  return {
    policy: name, scenario: episode.scenario.name.split('?')[0]!, task, seed, luck, dynamics: plan.dynamics[dynamics]!,
    reward, success, stop_reason: reason, ends_ms: ends, instruction: short(instruction),
    spans: spans.slice(0, MOST_SPANS).map(({ at, until, name: called, about, outcome, committed, faults }) => ({ at, until, name: called, about: short(about), outcome, committed, faults: faults.map(({ kind, phase }) => ({ kind, phase })) })),
  }
}
