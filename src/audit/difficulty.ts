/**
 * Whether an axis means something: for each, the policy that measures it, its levels, and where the other axes stand.
 * The table is fixed; what is measured with it is seeds that nothing was tuned on.
 */
import { type Key, keyOf, word53 } from '../core/keyed.ts'
import { Episode } from '../episode/episode.ts'
import type { AxisName } from '../generate/axis.ts'
import { createPolicy, playOut } from '../policy/builtin.ts'
import type { Supply } from '../supply/supply.ts'
import { hasty, losesThread, shortMemory, shy } from './limited-policy.ts'
import { searchReward } from './searcher.ts'

/** The reward that a policy earns; `key` names its luck. */
type Play = (episode: Episode, key: Key) => number

export type Measure = { readonly axis: AxisName; readonly levels: readonly number[]; /** In words. */ readonly policy: string; readonly play: Play; /** Where other axes stand instead of `STILL`. */ readonly others?: Readonly<Record<string, number | string>> }

/** Where the axes stand that are not moved. */
const STILL: Readonly<Record<string, number | string>> = { depth: 2, joins: 0, tools: 4, decoys: 0, lifecycle: 4, missing: 0, context: 1, delegation: 0, faults: 0 }

const thread: Play = (episode, key) => playOut(episode, losesThread(episode, key)) ?? 0

export const MEASURES: readonly Measure[] = [
  { axis: 'depth', levels: [1, 2, 3, 4, 5], policy: 'bounded search, 10,000 tries', play: (episode) => searchReward(episode, 10_000), others: { lifecycle: 6 } },
  { axis: 'joins', levels: [0, 1, 2, 3, 4], policy: 'the plan, the thread lost in 8% of the turns', play: thread, others: { tools: 10, depth: 3, context: 2 } },
  { axis: 'tools', levels: [2, 3, 4, 6, 9], policy: 'bounded search, 10,000 tries', play: (episode) => searchReward(episode, 10_000) },
  { axis: 'decoys', levels: [0, 0.1, 0.2, 0.3, 0.5], policy: 'the plan, but the first row of a name is taken', play: (episode) => playOut(episode, hasty(episode)) ?? 0 },
  { axis: 'lifecycle', levels: [2, 3, 4, 6, 8], policy: 'bounded search, 130 tries', play: (episode) => searchReward(episode, 130), others: { depth: 1, tools: 3 } },
  { axis: 'missing', levels: [0, 1, 2, 3, 4], policy: 'the plan, 25% of the questions forgotten', play: (episode, key) => playOut(episode, shy(episode, key)) ?? 0, others: { tools: 8 } },
  { axis: 'context', levels: [0, 1, 2, 3, 4], policy: 'the plan, with 20,000 characters of memory', play: (episode) => playOut(episode, shortMemory(episode)) ?? 0, others: { tools: 6, joins: 2 } },
  { axis: 'delegation', levels: [0, 1, 2, 3, 4, 5], policy: 'the plan, the thread lost in 8% of the turns of any agent', play: thread },
  { axis: 'faults', levels: [0, 0.25, 0.5, 0.75, 1], policy: 'naive: the plan, failed calls repeated blindly', play: (episode) => playOut(episode, createPolicy('naive', episode)!) ?? 0, others: { profile: 'hostile' } },
]

/** The reference of a level. */
export function referenceAt({ axis, others }: Measure, level: number): string {
  return `gen:1/any?${Object.entries({ ...STILL, ...others, [axis]: level }).map(([name, value]) => `${name}=${value}`).join('&')}`
}

/** The reward of one episode of a level; the same seeds serve all levels. */
export function measureOne(supply: Supply, measure: Measure, level: number, index: number): number {
  const seed = word53(keyOf(['difficulty', index]))
  const { scenario, task } = supply.find(referenceAt(measure, level), seed)
  return measure.play(Episode.start(scenario, { seed, task }), keyOf(['luck', index]))
}
