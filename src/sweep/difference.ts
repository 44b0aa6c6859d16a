/** Paired comparisons: episodes of the same task, dynamics, repeat and luck, and whether they differ by more than luck. */
import type { Difference } from '../../protocol/sweep-report.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { clustersOf } from '../statistics/clustered-bootstrap.ts'
import { holm } from '../statistics/holm.ts'
import { signFlip } from '../statistics/sign-flip.ts'
import { estimateDifference } from './estimate.ts'
import { rewardOf, type Scored, successOf } from './played.ts'

/** Two that are compared: `a` by the names of its episodes, and `b`. */
export type Sides = { readonly a: string; readonly b: string; readonly pairs: readonly (readonly [Scored, Scored])[] }

export type Uncorrected = Omit<Difference, 'p_holm'>

const METRICS = { success: successOf, reward: rewardOf } as const

/** Pairs of episodes that have the same name; of two sweeps, each names its own. */
export function pairUp(a: readonly Scored[], b: readonly Scored[], nameOf: (episode: Scored) => string, nameOfOther = nameOf): [Scored, Scored][] {
  const others = new Map(b.map((episode) => [nameOfOther(episode), episode]))
  return a.flatMap((episode): [Scored, Scored][] => {
    const other = others.get(nameOf(episode))
    return other ? [[episode, other]] : []
  })
}

export function compare({ a, b, pairs }: Sides, metric: Difference['metric'], key: Key): Uncorrected {
  const own = keyOf([a, b, metric], key)
  const values = pairs.map(([one, other]) => ({ task: one.row, value: METRICS[metric](other) - METRICS[metric](one) }))
  const sums = clustersOf(values, ({ task }) => String(task), ({ value }) => value).map(({ sum }) => sum)
  return {
    a, b, metric,
    difference: estimateDifference(values, keyOf(['difference'], own), 1),
    better: values.filter(({ value }) => value > 0).length,
    worse: values.filter(({ value }) => value < 0).length,
    p: signFlip(sums, keyOf(['flips'], own)),
  }
}

/** Corrects the p-values of one list for how many there are, each metric for itself. */
export function correct(list: readonly Uncorrected[]): Difference[] {
  const corrected = new Map<Uncorrected, number>()
  for (const metric of Object.keys(METRICS)) {
    const own = list.filter((each) => each.metric === metric)
    holm(own.map(({ p }) => p)).forEach((p, i) => corrected.set(own[i]!, p))
  }
  return list.map((each) => ({ ...each, p_holm: corrected.get(each)! }))
}

/** Both metrics of each, corrected together. */
export function compareAll(sides: readonly Sides[], key: Key): Difference[] {
  return correct(sides.filter(({ pairs }) => pairs.length > 0).flatMap((each) => [compare(each, 'success', key), compare(each, 'reward', key)]))
}
