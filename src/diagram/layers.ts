/** Boxes in columns: each to the right of all that lead to it, with as few crossings as a few sweeps find. */

export type Edge = { readonly from: string; readonly to: string }
/** A place in a column: a box, or where an arrow passes by. */
export type Slot = { readonly id: string; readonly isBox: boolean }
/** Columns from the left, and each edge as the slots that it goes through, one a column. */
export type Layers = { readonly columns: readonly (readonly Slot[])[]; readonly ways: ReadonlyMap<Edge, readonly string[]> }

const SWEEPS = 12

/** Arranges boxes; edges must not come back. */
export function arrange(boxes: readonly string[], edges: readonly Edge[]): Layers {
  const column = columnsOf(boxes, edges)
  const columns: Slot[][] = Array.from({ length: Math.max(0, ...column.values()) + 1 }, () => [])
  for (const id of boxes) columns[column.get(id)!]!.push({ id, isBox: true })
  const ways = new Map<Edge, string[]>()
  for (const edge of edges) {
    const [from, to] = [column.get(edge.from)!, column.get(edge.to)!]
    const between = Array.from({ length: to - from - 1 }, (_, i) => ({ at: from + 1 + i, slot: { id: `${edge.from}>${edge.to}#${ways.size}@${i}`, isBox: false } }))
    for (const { at, slot } of between) columns[at]!.push(slot)
    ways.set(edge, [edge.from, ...between.map(({ slot }) => slot.id), edge.to])
  }
  return { columns: sweep(columns, [...ways.values()]), ways }
}

/** The longest way to each box from where nothing leads to. */
function columnsOf(boxes: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const column = new Map(boxes.map((id) => [id, 0]))
  // Each round settles at least one column more.
  for (let changed = true, round = 0; changed && round <= boxes.length; round++) {
    changed = false
    for (const { from, to } of edges) {
      if (column.get(to)! > column.get(from)!) continue
      column.set(to, column.get(from)! + 1)
      changed = true
    }
  }
  return column
}

function sweep(columns: readonly Slot[][], ways: readonly (readonly string[])[]): Slot[][] {
  const [left, right] = [new Map<string, string[]>(), new Map<string, string[]>()]
  const add = (map: Map<string, string[]>, from: string, to: string): void => void map.set(from, [...(map.get(from) ?? []), to])
  for (const way of ways) way.slice(1).forEach((id, i) => (add(left, id, way[i]!), add(right, way[i]!, id)))
  let [best, fewest] = [columns.map((one) => [...one]), Infinity]
  const current = columns.map((one) => [...one])
  for (let round = 0; round < SWEEPS && fewest > 0; round++) {
    const forward = round % 2 === 0
    for (const i of forward ? current.keys() : [...current.keys()].reverse()) {
      const beside = current[forward ? i - 1 : i + 1]
      if (beside) current[i] = byNeighbours(current[i]!, beside, forward ? left : right)
    }
    const crossings = crossingsOf(current, right)
    if (crossings < fewest) [best, fewest] = [current.map((one) => [...one]), crossings]
  }
  return best
}

function byNeighbours(column: readonly Slot[], beside: readonly Slot[], neighbours: ReadonlyMap<string, readonly string[]>): Slot[] {
  const place = new Map(beside.map(({ id }, i) => [id, i]))
  const mean = new Map(column.map(({ id }, i) => {
    const found = (neighbours.get(id) ?? []).flatMap((other) => place.get(other) ?? [])
    return [id, found.length ? found.reduce((a, b) => a + b, 0) / found.length : (i / Math.max(1, column.length)) * beside.length]
  }))
  return column.map((slot, i) => ({ slot, i })).sort((a, b) => mean.get(a.slot.id)! - mean.get(b.slot.id)! || a.i - b.i).map(({ slot }) => slot)
}

function crossingsOf(columns: readonly (readonly Slot[])[], right: ReadonlyMap<string, readonly string[]>): number {
  return columns.slice(0, -1).reduce((sum, column, i) => {
    const place = new Map(columns[i + 1]!.map(({ id }, at) => [id, at]))
    const ends = column.flatMap(({ id }, from) => (right.get(id) ?? []).flatMap((to) => (place.has(to) ? [[from, place.get(to)!] as const] : [])))
    return sum + ends.reduce((count, [from, to], at) => count + ends.slice(at + 1).filter(([otherFrom, otherTo]) => (from - otherFrom) * (to - otherTo) < 0).length, 0)
  }, 0)
}
