/** `rows: {file: …}` of a document's tables, and its recording, resolved: they stand in the specification as if written there. */
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import type { Complaint, Finding, Path } from './complaint.ts'
import { resolveCassette } from './resolve-cassette.ts'
import { readRowFile, type RowFile } from './row-file.ts'

type Locate = (finding: Finding) => Complaint

/** Resolves the tables of a World, or of the one inside a Scenario; complaints about rows then name the file of rows. */
export function resolveRows<T>(spec: T, kind: string, data: Readonly<Record<string, string>>, locate: Locate): { spec: T; complaints: Complaint[]; locate: Locate } {
  const inline = kind === 'Scenario' && typeof (spec as Scenario).world === 'object'
  const written = kind === 'World' ? (spec as World) : inline ? ((spec as Scenario).world as World) : undefined
  const prefix: Path = inline ? ['world'] : []
  const complaints: Complaint[] = []
  const recorded = written && resolveCassette(written, data)
  const world = recorded?.world
  if (recorded?.wrong) {
    const { file, ...finding } = recorded.wrong
    const at = locate({ ...finding, path: [...prefix, ...finding.path] })
    complaints.push(file === undefined ? at : { ...at, message: `${at.message} (in ${file})` })
  }
  const files = new Map<string, { file: string; read: RowFile }>()
  for (const [name, { rows, columns }] of Object.entries(world?.tables ?? {})) {
    if (rows === undefined || Array.isArray(rows)) continue
    const { file } = rows
    if (!Object.hasOwn(data, file)) {
      const near = nearest(file, Object.keys(data))
      complaints.push(locate({ code: 'file', message: `no file '${file}'`, path: [...prefix, 'tables', name, 'rows', 'file'], expected: 'a file beside the specification', ...(near !== undefined && { nearest: near }) }))
      continue
    }
    const read = readRowFile(file, data[file]!, columns)
    complaints.push(...read.complaints)
    files.set(name, { file, read })
  }
  if (!world || (files.size === 0 && world === written)) return { spec, complaints, locate }
  const tables = Object.fromEntries(Object.entries(world.tables).map(([name, table]) => [name, files.has(name) ? { ...table, rows: [...files.get(name)!.read.rows] } : table]))
  const resolved = { ...world, tables }
  return {
    spec: (inline ? { ...spec, world: resolved } : resolved) as T,
    complaints,
    locate: (finding) => {
      const [tablesWord, name, rowsWord, ...inside] = finding.path.slice(prefix.length)
      const from = tablesWord === 'tables' && rowsWord === 'rows' ? files.get(String(name)) : undefined
      if (!from || inside.length === 0) return locate(finding)
      const { code, message, expected, nearest: near } = finding
      return { code, message: `${finding.path.join('.')}: ${message}`, file: from.file, ...from.read.place(inside), ...(expected !== undefined && { expected }), ...(near !== undefined && { nearest: near }) }
    },
  }
}
