/**
 * The bounded searcher: knows which rows and values the request is about, and has to find out which calls lead to the
 * goal. It tries what the tools allow on a copy of the world, cheapest plans first, and gives up after a number of tries.
 */
import { playPlan } from '../admit/minimal.ts'
import { calmOf } from '../compile/reference.ts'
import { Episode } from '../episode/episode.ts'
import { candidatesOf } from '../search/candidate.ts'
import type { Deed } from '../search/deed.ts'
import { firstState, modelOf } from '../search/model.ts'
import { type Move, type Node, searchPlan } from '../search/plan-search.ts'
import { writeTools } from '../search/repair.ts'
import { poolFor } from '../search/minimal.ts'

/** What the calls that it tries may cost, in units of the meter that tools and checks share. */
const UNITS = 40_000_000
/** Values of an argument, calls of a tool, and calls in all that it thinks of. */
const CAPS = { values: 4, ofTool: 24, inAll: 600 }

/** What it earns with so many tries: the reward of the plan that it found, and 0 without one. */
export function searchReward({ scenario, identity: { seed, task } }: Episode, tries: number): number {
  const episode = Episode.start(scenario.flat(), { seed, task, options: { dynamics: calmOf(scenario) } })
  const model = modelOf(episode.view)
  if (!model) return 0
  const { deeds } = candidatesOf(writeTools(episode.scenario.world, episode.scenario.root.tools), poolFor(model), CAPS)
  const free = model.script.deeds.filter(({ kind }) => kind !== 'call')
  const moves = ({ mark }: Node): Move[] => [
    ...free.flatMap((deed, i): Move[] => (mark & (1 << i) ? [] : [{ deed, cost: 0, mark: mark | (1 << i) }])),
    ...deeds.map((deed: Deed) => ({ deed, cost: 1, mark })),
  ]
  const { result } = searchPlan(model, firstState(model), { moves }, { tries, units: UNITS })
  return typeof result === 'object' ? playPlan(episode, result.plan) ?? 0 : 0
}
