/** The tables that hold the state of a server: read as JSON, and brought to what the server says. */
import type { ServerState } from '../../../protocol/cassette.ts'
import type { Mirror } from '../../../protocol/spec/world.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { Finding } from '../../spec/complaint.ts'
import { readLiteralRows, type LeftOut } from '../literal-rows.ts'
import { Site } from '../site.ts'
import type { CompiledTable } from '../table.ts'
import type { Transaction } from '../transaction.ts'

/** Names of the tables that a mirror is about. */
export function mirrored(mirror: Mirror | undefined): string[] {
  return [...(mirror?.files ? [mirror.files.table] : []), ...Object.keys(mirror?.lines?.tables ?? {}), ...(mirror?.calls ? [mirror.calls.table] : [])]
}

/** The rows of some tables as JSON, sorted by key. */
export function readState(tables: readonly CompiledTable[], tx: Transaction): ServerState {
  return Object.fromEntries(tables.map((table) => [table.name, tx.rows(table.position).toSorted((a, b) => (String(a[table.key]) < String(b[table.key]) ? -1 : 1)).map((row) => Object.fromEntries(table.columns.map(({ name, encode }) => [name, encode(row[name])])))])) as ServerState
}

const NOTHING: LeftOut = { isComputed: () => false }

/** Brings the tables to a state; undefined, or why the state does not fit them, and then nothing is changed. */
export function applyState(tables: readonly CompiledTable[], state: ServerState, tx: Transaction): string | undefined {
  const found = tables.map((table) => {
    const findings: Finding[] = []
    const rows = readLiteralRows(state[table.name] ?? [], table.key, table.columns, NOTHING, new Site([table.name], findings))
    return { table, rows, finding: findings[0] }
  })
  const wrong = found.find(({ finding }) => finding)?.finding
  if (wrong) return `${wrong.path.join('.')}: ${wrong.message}`
  const before = readState(tables, tx)
  for (const { table: { name, key, position, columns }, rows } of found) {
    const known = new Map(before[name]!.map((row) => [String(row[key]), canonicalJson(row)]))
    for (const row of rows) {
      const own = String(row[key])
      const text = canonicalJson(Object.fromEntries(columns.map((column) => [column.name, column.encode(row[column.name])])))
      if (known.get(own) !== text) tx.put(position, own, row)
      known.delete(own)
    }
    for (const gone of known.keys()) tx.remove(position, gone)
  }
  return undefined
}
