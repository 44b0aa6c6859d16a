/** The order of milestones: what each needs before it, without circles. */
import { nearest } from '../core/nearest.ts'
import type { Site } from '../world/site.ts'

/** Names that each milestone has under `after`. */
export type MilestoneGraph = ReadonlyMap<string, readonly string[]>

/** Checks the order; mistakes become findings of the site. */
export function checkGraph(graph: MilestoneGraph, site: Site): void {
  for (const [name, after] of graph) {
    after.forEach((other, i) => {
      const at = site.at(name, 'after', i)
      if (!graph.has(other)) at.complain('name', `unknown milestone '${other}'`, { nearest: nearest(other, graph.keys()), expected: [...graph.keys()].join(', ') })
      else if (after.indexOf(other) < i) at.complain('name', `'${other}' stands here twice`, { expected: 'each milestone once' })
      else if (reaches(graph, other, name)) at.complain('milestones', other === name ? `'${name}' comes after itself` : `'${name}' and '${other}' come after each other`, { expected: 'an order without circles' })
    })
  }
}

/** Whether one milestone comes, over others or not, after another. */
function reaches(graph: MilestoneGraph, from: string, to: string): boolean {
  const seen = new Set<string>([from])
  for (const name of seen) {
    if (name === to) return true
    for (const next of graph.get(name) ?? []) seen.add(next)
  }
  return false
}

/**
 * All milestones that one needs before it, near and far; itself is none of them.
 * In a graph with a circle, which has been complained about, it ends as well.
 */
export function ancestorsOf(graph: MilestoneGraph, name: string): ReadonlySet<string> {
  const all = new Set<string>(graph.get(name))
  for (const near of all) for (const far of graph.get(near) ?? []) all.add(far)
  return all
}
