/** Documents as YAML that a person would read and edit: the same bytes on every machine. */
import { Document, isScalar, isSeq, Scalar, visit } from 'yaml'

/** Mappings and lists that stand on one line take so many characters at most. */
const SHORT = 130
/** Lists of words no longer than this stand on one line, however many they are. */
const WORD = 30

/** What the schemas fill in where it is left out. */
const FILLED_IN: Readonly<Record<string, unknown>> = {
  actor: 'agent', idempotent: false, destructive: false, disable_parallel: false, commutes: false, gate: true, weight: 1, outcome: 'done', storage: false, ask_user: false, delegation: 'named', scale: 2, prompt: '',
}
/** An empty list here is not what is filled in. */
const EMPTY_COUNTS: ReadonlySet<string> = new Set(['after', 'branch'])

function isSpare(name: string, value: unknown): boolean {
  if (value === undefined || (Object.hasOwn(FILLED_IN, name) && FILLED_IN[name] === value)) return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !EMPTY_COUNTS.has(name)
}

/** The same without what is filled in anyway. */
function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(trimmed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).filter(([name, part]) => !isSpare(name, part)).map(([name, part]) => [name, trimmed(part)]))
}

export type Printed = { readonly value: unknown; readonly comment?: string; /** Print it with what is filled in anyway: empty mappings may mean something in it. */ readonly asIs?: boolean }

/** One document. */
function printDocument({ value, comment, asIs = false }: Printed): string {
  const document = new Document(asIs ? value : trimmed(value), { aliasDuplicateObjects: false })
  visit(document, {
    Collection(_, node, path) {
      // What fits a line stands on one, below the level at which people look for names.
      const plain = isSeq(node) && node.items.every((item) => isScalar(item) && String(item.value).length <= WORD)
      if (plain || (path.length > 6 && JSON.stringify(node.toJSON()).length <= SHORT)) node.flow = true
    },
    Scalar(_, node) {
      if (typeof node.value === 'string' && node.value.includes('\n')) node.type = Scalar.BLOCK_LITERAL
    },
  })
  if (comment !== undefined) document.commentBefore = comment.split('\n').map((line) => ` ${line}`).join('\n')
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true, minContentWidth: 40 })
}

/** Several documents as one file; comments stand before each. */
export function printDocuments(documents: readonly Printed[]): string {
  return documents.map(printDocument).join('---\n')
}

