/** Graphs of names: what is reached, what is in a circle, an order. */

/** Names by name; targets that are no keys are left out. */
export type Graph = ReadonlyMap<string, readonly string[]>

/** All names that one leads to, itself included. */
export function reachedFrom(start: string, graph: Graph): Set<string> {
  const reached = new Set<string>([start])
  for (const name of reached) for (const next of graph.get(name) ?? []) if (graph.has(next)) reached.add(next)
  return reached
}

/** The circles of a graph, each as the names on it, the first again at the end: one for every edge that leads back. */
export function circlesOf(graph: Graph): string[][] {
  const circles: string[][] = []
  const done = new Set<string>()
  for (const start of graph.keys()) {
    if (done.has(start)) continue
    // By hand, not by calls: a chain of agents may be long.
    const way: { name: string; at: number }[] = [{ name: start, at: 0 }]
    const on = new Map([[start, 0]])
    while (way.length) {
      const top = way.at(-1)!
      const next = (graph.get(top.name) ?? [])[top.at++]
      if (next === undefined) {
        done.add(top.name)
        on.delete(top.name)
        way.pop()
      } else if (on.has(next)) circles.push([...way.slice(on.get(next)!).map(({ name }) => name), next])
      else if (!done.has(next) && graph.has(next)) {
        on.set(next, way.length)
        way.push({ name: next, at: 0 })
      }
    }
  }
  return circles
}

/** Names with every name after those that lead to it, otherwise in the order of the graph; circles must be out. */
export function inOrder(graph: Graph): string[] {
  const left = new Map([...graph.keys()].map((name) => [name, 0]))
  for (const targets of graph.values()) for (const target of new Set(targets)) if (left.has(target)) left.set(target, left.get(target)! + 1)
  const order: string[] = []
  while (left.size) {
    const next = [...left].find(([, count]) => count === 0)?.[0]
    if (next === undefined) break
    left.delete(next)
    order.push(next)
    for (const target of new Set(graph.get(next))) if (left.has(target)) left.set(target, left.get(target)! - 1)
  }
  return order
}
