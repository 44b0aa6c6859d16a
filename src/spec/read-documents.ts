/** YAML text to typed documents; every complaint carries file, line and column. */
import { type Document, isMap, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { Dynamics } from '../../protocol/spec/dynamics.ts'
import { Framework } from '../../protocol/spec/framework.ts'
import { Scenario } from '../../protocol/spec/scenario.ts'
import { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import type { Complaint, Finding, Path } from './complaint.ts'
import { checkNodes, checkValue } from './document-bounds.ts'
import { resolveRows } from './resolve-rows.ts'
import { findingsOf } from './schema-finding.ts'

/** A file, with the CSV and JSON files of rows beside it: text by the name that the file gives them. */
export type SpecFile = { readonly file: string; readonly text: string; readonly data?: Readonly<Record<string, string>> }

const KINDS = { World, Framework, Dynamics, Scenario } as const
export type Kind = keyof typeof KINDS

/** A document that fits its schema, with a way to say where a finding is. */
export type SpecDocument = {
  readonly kind: Kind
  readonly spec: World | Framework | Dynamics | Scenario
  /** The file that it stands in. */
  readonly file: string
  /** Names of the fields that it states; the others of `spec` are defaults. */
  readonly stated: ReadonlySet<string>
  locate(finding: Finding): Complaint
}

/** The most that one file may hold. */
export const SPEC_LIMITS = { characters: 600_000, documents: 100, aliases: 100, complaints: 200 } as const

/** Reads a file of one or several documents. */
export function readDocuments({ file, text, data = {} }: SpecFile): { documents: SpecDocument[]; complaints: Complaint[] } {
  const at = (line: number, column: number, code: string, message: string): Complaint => ({ code, message, file, line, column })
  if (text.length > SPEC_LIMITS.characters) return { documents: [], complaints: [at(1, 1, 'size', `a file has at most ${SPEC_LIMITS.characters} characters`)] }
  const separators = text.match(/^(---|\.\.\.)(?=\s|$)/gm)?.length ?? 0
  if (separators > 2 * SPEC_LIMITS.documents) return { documents: [], complaints: [at(1, 1, 'size', `a file has at most ${SPEC_LIMITS.documents} documents`)] }
  const lines = new LineCounter()
  let parsed: Document.Parsed[]
  try {
    const all = parseAllDocuments(text, { lineCounter: lines, strict: true, uniqueKeys: false, merge: false, logLevel: 'silent', prettyErrors: false })
    parsed = Array.isArray(all) ? all : []
  } catch (error) {
    return { documents: [], complaints: [at(1, 1, 'yaml', `not YAML: ${(error as Error).message.split('\n')[0]}`)] }
  }
  const documents: SpecDocument[] = []
  const complaints: Complaint[] = []
  if (parsed.length > SPEC_LIMITS.documents) return { documents, complaints: [at(1, 1, 'size', `a file has at most ${SPEC_LIMITS.documents} documents`)] }
  for (const document of parsed) {
    const wrong = checkNodes(document)
    for (const { code, offset, message, expected } of wrong.slice(0, SPEC_LIMITS.complaints)) {
      const { line, col } = lines.linePos(offset)
      complaints.push({ ...at(line, col, code, message), ...(expected === undefined ? {} : { expected }) })
    }
    if (wrong.length || document.contents === null) continue
    const locate = (finding: Finding) => locateFinding(file, document, lines, finding)
    const read = readDocument(file, document, locate)
    complaints.push(...read.complaints)
    if (!read.document) continue
    const { spec, complaints: ofRows, locate: among } = resolveRows(read.document.spec, read.document.kind, data, read.document.locate)
    complaints.push(...ofRows)
    if (!ofRows.length) documents.push({ ...read.document, spec, locate: among })
  }
  return { documents, complaints }
}

function readDocument(file: string, document: Document.Parsed, locate: (finding: Finding) => Complaint): { document?: SpecDocument; complaints: Complaint[] } {
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: SPEC_LIMITS.aliases })
  } catch (error) {
    return { complaints: [locate({ code: 'yaml', message: (error as Error).message, path: [] })] }
  }
  const size = checkValue(value)
  if (size) return { complaints: [locate({ code: 'size', message: size, path: [] })] }
  const kind = (value as { kind?: unknown } | null)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    const known = Object.keys(KINDS)
    return { complaints: [locate({ code: 'kind', message: kind === undefined ? 'the document has no kind' : `unknown kind '${String(kind)}'`, path: kind === undefined ? [] : ['kind'], expected: known.join(', '), nearest: nearest(String(kind), known) })] }
  }
  const schema: z.ZodType = KINDS[kind as Kind]
  const result = schema.safeParse(value)
  if (result.success) return { document: { kind: kind as Kind, spec: result.data as SpecDocument['spec'], file, stated: new Set(Object.keys(value as object)), locate }, complaints: [] }
  return { complaints: findingsOf(result.error, schema, value).slice(0, SPEC_LIMITS.complaints).map(locate) }
}

/** The deepest node that exists on a path; for a finding about a key, the key's own node. */
function nodeAt(document: Document.Parsed, path: Path, aboutKey: boolean): Node | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const parent = depth ? document.getIn(path.slice(0, depth - 1), true) : undefined
    if (aboutKey && depth === path.length && isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path[depth - 1])
      if (pair) return pair.key as Node
    }
    const node = depth ? document.getIn(path.slice(0, depth), true) : document.contents
    if (node && typeof node === 'object' && 'range' in node) return node as Node
  }
  return undefined
}

function locateFinding(file: string, document: Document.Parsed, lines: LineCounter, finding: Finding): Complaint {
  const { code, message, path, offset, expected, nearest: near } = finding
  const node = nodeAt(document, path, finding.key === true)
  let position = node?.range?.[0] ?? document.range[0]
  // Offsets hold for text on one line; a folded block is named by its start.
  if (offset !== undefined && isScalar(node) && (node.type === 'PLAIN' || node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE')) position += offset + (node.type === 'PLAIN' ? 0 : 1)
  const { line, col } = lines.linePos(position)
  return { code, message: path.length ? `${path.join('.')}: ${message}` : message, file, line, column: col, ...(expected === undefined ? {} : { expected }), ...(near === undefined ? {} : { nearest: near }) }
}
