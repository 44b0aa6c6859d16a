/** A server's files as rows, and rows as its files: how a live server is brought to a state, and how its state is read. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { ServerState } from '../../../protocol/cassette.ts'
import type { Mirror } from '../../../protocol/spec/world.ts'

/** The most that is read back after a call: a server that floods its folder gives no state at all. */
export const FOLDER_LIMITS = { files: 2000, bytes: 4_000_000 } as const

type Row = ServerState[string][number]

/** Thrown for a folder that holds no state that rows could show. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** Writes the rows of a state as the files of an empty folder, in the order of their keys: that in which a server once wrote them is not kept. */
export function writeFolder(folder: string, { files, lines }: Mirror, state: ServerState): void {
  if (files) {
    for (const row of state[files.table] ?? []) {
      const path = inside(folder, String(row[files.path]))
      const content = row[files.content]
      mkdirSync(content === null || content === undefined ? path : dirname(path), { recursive: true })
      if (typeof content === 'string') writeFileSync(path, content)
    }
  }
  if (lines) {
    const texts = Object.entries(lines.tables).flatMap(([table, { where, columns }]) => (state[table] ?? []).map((row) => JSON.stringify({ ...where, ...Object.fromEntries(Object.entries(columns).map(([column, key]) => [key, row[column]])) })))
    writeFileSync(join(folder, lines.file), texts.join('\n'))
  }
}

/**
 * Reads a folder as rows.
 * @throws Unreadable when it is gone, there is too much of it, or it is no text
 */
export function readFolder(folder: string, { files, lines }: Mirror): ServerState {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Unreadable('its folder is gone')
  if (files) return { [files.table]: readFiles(folder).map(({ path, content }) => ({ [files.path]: path, [files.content]: content })) }
  if (lines) return readLines(join(folder, lines.file), lines.tables)
  return {}
}

/** @throws Unreadable for a path that leads out of the folder */
function inside(folder: string, path: string): string {
  const full = join(folder, path)
  if (full !== folder && !full.startsWith(folder + sep)) throw new Unreadable(`the path '${path.slice(0, 200)}' leads out of the folder`)
  return full
}

function readFiles(folder: string): { path: string; content: string | null }[] {
  const found: { path: string; content: string | null }[] = []
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name)
    const path = relative(folder, full).split(sep).join('/')
    if (found.length >= FOLDER_LIMITS.files) throw new Unreadable(`more than ${FOLDER_LIMITS.files} files`)
    if (entry.isDirectory()) found.push({ path, content: null })
    else if (entry.isFile()) {
      bytes += lstatSync(full).size
      if (bytes > FOLDER_LIMITS.bytes) throw new Unreadable(`more than ${FOLDER_LIMITS.bytes} bytes`)
      found.push({ path, content: textOf(readFileSync(full), path) })
    } else throw new Unreadable(`${path} is neither a file nor a directory`)
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function textOf(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Unreadable(`${path} is no UTF-8 text`)
  }
}

function readLines(file: string, tables: NonNullable<Mirror['lines']>['tables']): ServerState {
  const found = lstatSync(file, { throwIfNoEntry: false })
  // A link could lead anywhere.
  if (found && !found.isFile()) throw new Unreadable('what should be its file is none')
  const size = found?.size ?? 0
  if (size > FOLDER_LIMITS.bytes) throw new Unreadable(`more than ${FOLDER_LIMITS.bytes} bytes`)
  const text = size === 0 ? '' : textOf(readFileSync(file), file)
  const state: ServerState = Object.fromEntries(Object.keys(tables).map((table) => [table, []]))
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const value = parsed(line)
    const home = Object.entries(tables).find(([, { where }]) => Object.entries(where).every(([key, wanted]) => value[key] === wanted))
    if (!home) throw new Unreadable('a line is of no table')
    const [table, { columns, key }] = home
    const row = Object.fromEntries(Object.entries(columns).map(([column, name]) => [column, value[name] ?? null])) as Row
    state[table]!.push(key ? { ...row, id: key.map((column) => String(row[column])).join(' | ') } : row)
  }
  return state
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new Unreadable('a line is no JSON object')
}
