/** A YAML or JSON file with the place of every value. */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { Path } from '../spec/complaint.ts'
import { checkNodes, checkValue } from '../spec/document-bounds.ts'
import type { Place, Remarks } from './remark.ts'

/** The most that one file may hold. */
export const FILE_LIMITS = { characters: 600_000, aliases: 100, mistakes: 50 } as const

/** A file that was parsed. */
export type LocatedFile = {
  readonly file: string
  readonly value: unknown
  /** Where the value at a path stands, or its key; the nearest value around it where there is none. */
  place(path: Path, isKey?: boolean): Place
  /** Whether the value at a path is text without quotes, which YAML may read as a number. */
  isPlain(path: Path): boolean
}

/** A complaint of the parser without the text that it quotes, which may hold a secret; the place says where it stands. */
function withoutText(message: string): string {
  return message.replace(/(?<=\w): .*$/, '')
}

/** Parses one document; what is no YAML, or too much of it, is remarked. */
export function readLocated(file: string, text: string, remarks: Remarks): LocatedFile | undefined {
  const start: Place = { file, line: 1, column: 1 }
  if (text.length > FILE_LIMITS.characters) {
    remarks.error('size', `a file has at most ${FILE_LIMITS.characters} characters`, start)
    return undefined
  }
  const lines = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  let document: Document.Parsed
  let value: unknown
  try {
    // PyYAML merges `<<`; its other habits (yes and no, dates) are met where a value is read.
    document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: false, merge: true, logLevel: 'silent', prettyErrors: false })
    const mistakes = checkNodes(document)
    for (const { code, offset, message, expected } of mistakes.slice(0, FILE_LIMITS.mistakes)) remarks.error(code, withoutText(message), placeAt(offset), expected === undefined ? {} : { expected: placeholderAdvice(text, offset) ?? expected })
    if (mistakes.length) return undefined
    value = document.toJS({ maxAliasCount: FILE_LIMITS.aliases })
  } catch (error) {
    remarks.error('yaml', `not YAML: ${withoutText((error as Error).message.split('\n')[0]!)}`, start)
    return undefined
  }
  const size = checkValue(value)
  if (size !== undefined) {
    remarks.error('size', size, start)
    return undefined
  }
  return {
    file, value,
    place: (path, isKey = false) => placeAt(nodeAt(document, path, isKey)?.range?.[0] ?? document.range[0]),
    isPlain(path) {
      const node = nodeAt(document, path, false)
      return isScalar(node) && node.type === 'PLAIN'
    },
  }
}

/** `{a: ${env.X}}` is no YAML before the placeholder is filled. */
function placeholderAdvice(text: string, offset: number): string | undefined {
  return /\$\{[\w.]*$/.test(text.slice(Math.max(0, offset - 80), offset + 2)) ? "quotes around '${…}' inside { } or [ ]" : undefined
}

/** The node at a path, or the deepest one on the way to it. */
function nodeAt(document: Document.Parsed, path: Path, isKey: boolean): Node | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const parent: unknown = depth > 1 ? document.getIn(path.slice(0, depth - 1), true) : document.contents
    if (isKey && depth === path.length && isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[depth - 1]))
      if (pair) return pair.key as Node
    }
    const node: unknown = document.getIn(path.slice(0, depth), true)
    if (node !== null && typeof node === 'object' && 'range' in node) return node as Node
  }
  return (document.contents as Node | null) ?? undefined
}
