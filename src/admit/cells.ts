/** What the agent changed in a world, net of what it restored: cells of rows that were there, rows that came and went. */
import { canonicalJson } from '../core/canonical-json.ts'
import type { Episode } from '../episode/episode.ts'
import type { Row } from '../world/evaluation.ts'
import { startRow } from '../verify/start-row.ts'
import { sameValue } from '../world/json-value.ts'
import type { CompiledTable } from '../world/table.ts'

/** The row of a table with one row an actor that is the agent's own: where it stands in its session, not what it did. */
const OWN_ROW = 'agent'

export type Cells = {
  /** Changed cells as `table/key/column`, removed rows as `table/key`. */
  readonly changed: ReadonlySet<string>
  /** What inserted rows hold, by table and `table/key`. */
  readonly inserted: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** What a row holds as text: its key may have been generated, and its times tell when it was written. */
function contentOf({ columns, key }: CompiledTable, row: Row): string {
  return canonicalJson(columns.filter(({ name, spec }) => name !== key && spec.type !== 'time').map(({ name, encode }) => encode(row[name]) ?? null))
}

/** Looks at an episode as it stands. */
export function cellsOf(episode: Episode): Cells {
  const { view } = episode
  const { base, overlay } = view
  const changed = new Set<string>()
  const inserted = new Map<string, Map<string, string>>()
  for (const table of base.world.tables) {
    const { name, position, columns, single } = table
    for (const [key, { row, columns: marks, mark }] of overlay.entries(position) ?? []) {
      if (single === 'actor' && key === OWN_ROW) continue
      const found = startRow(view, position, key) ?? null
      const place = `${name}/${key}`
      if (found !== null && row !== null) {
        for (const column of columns) if ((marks[column.name] ?? mark).cause === 'agent' && !sameValue(found[column.name], row[column.name])) changed.add(`${place}/${column.name}`)
      } else if (mark.cause === 'agent' && row !== null) {
        inserted.set(name, (inserted.get(name) ?? new Map()).set(place, contentOf(table, row)))
      } else if (mark.cause === 'agent' && found !== null) changed.add(place)
    }
  }
  return { changed, inserted }
}

/** What was changed beyond another's changes: a cell or a row that the other left alone, one more row of a table, or another row in its stead. */
export function beyond(cells: Cells, other: Cells): string[] {
  const rows = [...cells.inserted].flatMap(([table, mine]) => {
    const theirs = other.inserted.get(table)
    const contents = new Set(theirs?.values())
    return [...mine].filter(([, content]) => mine.size > (theirs?.size ?? 0) || !contents.has(content)).map(([place]) => place)
  })
  return [...[...cells.changed].filter((cell) => !other.changed.has(cell)), ...rows]
}
