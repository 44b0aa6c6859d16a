/** Rows that stand in a CSV or JSON file beside a specification, with where each of them stands. */
import { parse } from 'csv-parse/sync'
import { LineCounter, parseDocument } from 'yaml'
import type { Column } from '../../protocol/spec/column.ts'
import type { Complaint, Path } from './complaint.ts'
import { checkValue } from './document-bounds.ts'
import { nearest } from '../core/nearest.ts'

/** The most that one file may hold. */
export const ROW_FILE_LIMITS = { characters: 4_000_000, rows: 100_000, complaints: 100 } as const

type Place = { readonly line: number; readonly column: number }

export type RowFile = {
  readonly rows: readonly Record<string, unknown>[]
  readonly complaints: readonly Complaint[]
  /** Where a row, or one of its columns, stands. */
  place(path: Path): Place
}

const START: Place = { line: 1, column: 1 }

function unreadable(file: string, message: string, at: Place = START): RowFile {
  return { rows: [], complaints: [{ code: 'file', message, file, ...at }], place: () => START }
}

/** Reads a file by the columns of the table that it is for. */
export function readRowFile(file: string, text: string, columns: Readonly<Record<string, Column>>): RowFile {
  if (text.length > ROW_FILE_LIMITS.characters) return unreadable(file, `a file of rows has at most ${ROW_FILE_LIMITS.characters} characters`)
  const read = file.endsWith('.json') ? readJson(file, text) : readCsv(file, text, columns)
  return read.rows.length > ROW_FILE_LIMITS.rows ? unreadable(file, `a file of rows has at most ${ROW_FILE_LIMITS.rows} of them`) : read
}

function readJson(file: string, text: string): RowFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const lines = new LineCounter()
    const [mistake] = text.length < 200_000 ? parseDocument(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false }).errors : []
    const at = mistake && lines.linePos(mistake.pos[0])
    return unreadable(file, `not JSON: ${(error as Error).message.slice(0, 200)}`, at ? { line: at.line, column: at.col } : START)
  }
  // Positions are worked out when something is wrong, which is seldom.
  const place = (path: Path): Place => {
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false })
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: [number] } | undefined
      if (!node?.range) continue
      const { line, col } = lines.linePos(node.range[0])
      return { line, column: col }
    }
    return START
  }
  if (!Array.isArray(value)) return unreadable(file, 'a JSON file of rows is a list of objects')
  const wrong = value.findIndex((row) => row === null || typeof row !== 'object' || Array.isArray(row) || Object.hasOwn(row, '__proto__') || checkValue(row) !== undefined)
  if (wrong >= 0) return unreadable(file, `row ${wrong + 1} is no object of columns, or too large`, place([wrong]))
  return { rows: value as Record<string, unknown>[], complaints: [], place }
}

type CsvRecord = { record: string[]; info: { lines: number }; raw: string }

function readCsv(file: string, text: string, columns: Readonly<Record<string, Column>>): RowFile {
  let records: CsvRecord[]
  try {
    records = parse(text.replace(/\r\n?/g, '\n'), { bom: true, info: true, raw: true, skip_empty_lines: true, relax_column_count: true, max_record_size: 200_000 }) as unknown as CsvRecord[]
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number }
    return unreadable(file, `not CSV: ${message}`, { line: lines ?? 1, column: 1 })
  }
  const [head, ...body] = records
  if (!head) return unreadable(file, 'an empty file: the first line names the columns')
  const complaints: Complaint[] = []
  const complain = (record: CsvRecord, cell: number, code: string, message: string, hint: { expected?: string; nearest?: string } = {}) => {
    if (complaints.length < ROW_FILE_LIMITS.complaints) complaints.push({ code, message, file, ...placeIn(record, cell), ...hint })
  }
  const names = head.record.map((name) => name.trim())
  names.forEach((name, i) => {
    const known = Object.keys(columns)
    const near = nearest(name, known)
    if (!known.includes(name)) complain(head, i, 'name', `no column '${name}'`, { expected: known.join(', '), ...(near !== undefined && { nearest: near }) })
    else if (names.indexOf(name) < i) complain(head, i, 'name', `the column '${name}' twice`)
  })
  if (complaints.length) return { rows: [], complaints, place: () => START }
  const rows = body.map((record) => {
    const whole = record.record.length === names.length
    if (!whole) complain(record, Math.min(record.record.length, names.length) - 1, 'row', `${record.record.length} cells`, { expected: `${names.length}, as in the first line` })
    const cells = names.map((name, i): [string, unknown] => {
      const read = readCell(columns[name]!, record.record[i] ?? '')
      if (whole && 'expected' in read) complain(record, i, 'value', `${name}: ${JSON.stringify(record.record[i] ?? '').slice(0, 60)} is no ${columns[name]!.type}`, { expected: read.expected })
      return [name, 'value' in read ? read.value : null]
    })
    return Object.fromEntries(cells.filter(([, value]) => value !== undefined))
  })
  return { rows, complaints, place: ([row, column]) => (typeof row === 'number' && body[row] ? placeIn(body[row], Math.max(0, names.indexOf(String(column)))) : START) }
}

/** A cell as JSON, by the type of its column; undefined leaves it out. */
function readCell(column: Column, cell: string): { value: unknown } | { expected: string } {
  if (cell === '') {
    if (column.nullable) return { value: null }
    if (column.value !== undefined) return { value: undefined }
    return { expected: `a ${column.type}; an empty cell is null, which needs nullable: true` }
  }
  switch (column.type) {
    case 'int': return /^-?\d{1,16}$/.test(cell) ? { value: Number(cell) + 0 } : { expected: 'a whole number such as 12' }
    case 'dec': return /^-?\d{1,15}(\.\d{1,8})?$/.test(cell) ? { value: Number(cell) + 0 } : { expected: 'a number such as 9.50' }
    case 'bool': return cell === 'true' || cell === 'false' ? { value: cell === 'true' } : { expected: 'true or false' }
    case 'json': case 'record': case 'list': case 'map': return readStructure(cell)
    default: return { value: cell }
  }
}

function readStructure(cell: string): { value: unknown } | { expected: string } {
  try {
    const value: unknown = JSON.parse(cell)
    return checkValue(value) === undefined ? { value } : { expected: 'a smaller structure' }
  } catch {
    return { expected: 'JSON such as {"a": 1} or [1, 2]' }
  }
}

/** Where a cell begins: the record's raw text is gone through once more. */
function placeIn({ info, raw }: CsvRecord, cell: number): Place {
  const text = raw.replace(/^\n+/, '').replace(/\n+$/, '')
  let [line, column] = [info.lines - (text.match(/\n/g)?.length ?? 0), 1]
  let quoted = false
  for (let i = 0, at = 0; i < text.length && at < cell; i++) {
    const c = text[i]!
    if (c === '"') quoted = !quoted
    if (c === ',' && !quoted) at++
    column++
    if (c === '\n') [line, column] = [line + 1, 1]
  }
  return { line, column }
}
