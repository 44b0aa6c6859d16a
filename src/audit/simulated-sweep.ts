/** Sweeps whose truth is known: episodes of one task are alike, and each succeeds with the same probability all in all. */
import { joined, type Key, keyOf, nth, word } from '../core/keyed.ts'
import type { Valued } from '../sweep/estimate.ts'

/** Episodes of each task. */
export type Sizes = readonly number[]

/**
 * How episodes of a task come to be alike. `hardness`: each task has a probability of its own, from a beta distribution.
 * `copies`: an episode takes, with probability √ρ, the one outcome that its task has drawn for all.
 */
export type Likeness = 'hardness' | 'copies'

export type Simulated = { readonly sizes: Sizes; readonly likeness: Likeness; /** Of two episodes of one task. */ readonly correlation: number; /** Probability of success. */ readonly share: number }

const TWO_32 = 4294967296

/** So many clusters of each size. */
export function sizesOf(...groups: readonly (readonly [clusters: number, size: number])[]): Sizes {
  return groups.flatMap(([clusters, size]) => new Array<number>(clusters).fill(size))
}

/** Whether the episodes of one task succeed. A beta distribution is drawn from by Pólya's urn: each success makes the next one likelier. */
function drawTask(size: number, { likeness, correlation, share }: Simulated, key: Key): boolean[] {
  const uniform = (i: number): number => word(key, i) / TWO_32
  if (correlation === 0) return Array.from({ length: size }, (_, i) => uniform(i) < share)
  if (likeness === 'copies') {
    const [common, copied] = [uniform(0) < share, Math.sqrt(correlation)]
    return Array.from({ length: size }, (_, i) => (uniform(2 * i + 1) < copied ? common : uniform(2 * i + 2) < share))
  }
  const balls = (1 - correlation) / correlation
  let successes = 0
  return Array.from({ length: size }, (_, i) => {
    const succeeds = uniform(i) < (share * balls + successes) / (balls + i)
    if (succeeds) successes += 1
    return succeeds
  })
}

/** One sweep, episode by episode. */
export function drawSweep(simulated: Simulated, key: Key): Valued[] {
  return simulated.sizes.flatMap((size, task) => drawTask(size, simulated, nth(key, task)).map((succeeds) => ({ task, value: succeeds ? 1 : 0 })))
}

/**
 * Differences of two policies on the same tasks under the same luck: a share of episodes comes of draws that both meet
 * alike, so that with the same probability of success they end alike.
 */
export function drawPairs(simulated: Simulated, other: number, alike: number, key: Key): Valued[] {
  const second = { ...simulated, share: other }
  const [own, like, apart] = [drawSweep(simulated, key), drawSweep(second, key), drawSweep(second, joined(key, keyOf(['apart'])))]
  const which = joined(key, keyOf(['alike']))
  return own.map(({ task, value }, i) => ({ task, value: (word(which, i) < alike * TWO_32 ? like : apart)[i]!.value - value }))
}
