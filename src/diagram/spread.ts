/** Heights of boxes in columns: near to what they are joined with, and never over each other. */
import type { Layers } from './layers.ts'

const ROUNDS = 24

/** The middle of every slot, from 0 down. */
export function spread({ columns, ways }: Layers, heightOf: (id: string) => number, gap: number): Map<string, number> {
  const middles = new Map<string, number>()
  for (const column of columns) {
    let y = 0
    for (const { id } of column) {
      middles.set(id, y + heightOf(id) / 2)
      y += heightOf(id) + gap
    }
  }
  const neighbours = new Map<string, string[]>()
  const join = (a: string, b: string): void => void neighbours.set(a, [...(neighbours.get(a) ?? []), b])
  for (const way of ways.values()) way.slice(1).forEach((id, i) => (join(id, way[i]!), join(way[i]!, id)))
  for (let round = 0; round < ROUNDS; round++) {
    for (const column of round % 2 ? columns : [...columns].reverse()) {
      const wanted = column.map(({ id }) => {
        const near = (neighbours.get(id) ?? []).map((other) => middles.get(other)!)
        return near.length ? near.reduce((a, b) => a + b, 0) / near.length : middles.get(id)!
      })
      const apart = column.map(({ id }, i) => (i === 0 ? 0 : (heightOf(column[i - 1]!.id) + heightOf(id)) / 2 + gap))
      keepApart(wanted, apart).forEach((y, i) => middles.set(column[i]!.id, y))
    }
  }
  const top = Math.min(...[...middles].map(([id, y]) => y - heightOf(id) / 2))
  return new Map([...middles].map(([id, y]) => [id, y - top]))
}

/** Values in order, each at least so far from the one before, and together as near to what is wanted as can be. */
export function keepApart(wanted: readonly number[], apart: readonly number[]): number[] {
  const offsets: number[] = []
  for (const [i, distance] of apart.entries()) offsets.push((offsets[i - 1] ?? 0) + distance)
  // Without the distances it is a matter of pooling neighbours that are out of order.
  const pools: { sum: number; count: number }[] = []
  for (const [i, value] of wanted.entries()) {
    pools.push({ sum: value - offsets[i]!, count: 1 })
    for (let last = pools.at(-1)!, before = pools.at(-2); before && before.sum / before.count > last.sum / last.count; last = pools.at(-1)!, before = pools.at(-2)) {
      pools.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count })
    }
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count)).map((value, i) => value + offsets[i]!)
}
