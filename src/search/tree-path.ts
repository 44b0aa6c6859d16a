/** Where a row of a tree stands, as the tools of such worlds name it. */
import type { BaseWorld } from '../world/base-world.ts'
import type { Row } from '../world/evaluation.ts'
import type { Overlay } from '../world/overlay.ts'
import type { CompiledTable } from '../world/table.ts'

/** Rows above a row that are followed. */
const MOST_ABOVE = 64

/** The path of a row from the top; undefined where its table is no tree, or the way up does not end. */
export function pathOf(base: BaseWorld, overlay: Overlay, { spec: { tree }, position }: CompiledTable, row: Row): string | undefined {
  if (!tree) return undefined
  const names: string[] = []
  for (let at: Row | undefined = row; at; at = rowAt(base, overlay, position, at[tree.parent])) {
    if (names.unshift(String(at[tree.name] ?? '')) > MOST_ABOVE) return undefined
  }
  return names[0] === '/' || names[0] === '' ? `/${names.slice(1).join('/')}` : names.join('/')
}

function rowAt(base: BaseWorld, overlay: Overlay, table: number, key: unknown): Row | undefined {
  if (typeof key !== 'string') return undefined
  const entry = overlay.entries(table)?.get(key)
  return entry ? entry.row ?? undefined : base.get(table, key)
}
