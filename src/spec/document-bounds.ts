/** What YAML allows and a specification does not: depth, doubled keys, foreign types, numbers that are not exact. */
import { type Document, type ErrorCode, isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml'

/** A mistake at an offset of the file. */
export type Misplaced = { readonly code: string; readonly offset: number; readonly message: string; readonly expected?: string }

/** Nested collections of a document; nested aliases count as what they stand for. */
export const MAX_DEPTH = 50
/** Values of a document, aliases counted each time. */
export const MAX_VALUES = 300_000
/** Mistakes after which a document is not looked at any further. */
const ENOUGH = 200

/** What YAML makes of an expression or a text that wants quotes: a tag, an alias, a key. */
const UNQUOTED: ReadonlySet<string> = new Set<ErrorCode>(['BAD_ALIAS', 'BAD_SCALAR_START', 'BLOCK_AS_IMPLICIT_KEY', 'MISSING_CHAR', 'MULTILINE_IMPLICIT_KEY', 'TAG_RESOLVE_FAILED', 'UNEXPECTED_TOKEN'])

/** Mistakes of a parsed document, those of YAML itself first. */
export function checkNodes(document: Document.Parsed): Misplaced[] {
  const found: Misplaced[] = []
  const complain = (node: unknown, code: string, message: string) => found.push({ code, offset: (node as Node | null)?.range?.[0] ?? document.range[0], message })
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') complain(null, 'yaml', `YAML ${document.directives.yaml.version} is not read`)
  for (const mistake of [...document.errors, ...document.warnings]) {
    const { code, pos, message } = mistake
    found.push({ code: 'yaml', offset: pos[0], message: message.split('\n')[0]!, ...(UNQUOTED.has(code) ? { expected: "quotes around an expression that begins with ! & * | > % @ [ or {, or holds ': ' or ' #'" } : {}) })
  }

  function walk(node: unknown, depth: number): void {
    if (found.length >= ENOUGH) return
    if (depth > MAX_DEPTH) complain(node, 'size', `nested deeper than ${MAX_DEPTH}`)
    else if (isMap(node)) walkMap(node.items, depth)
    else if (isSeq(node)) for (const item of node.items) walk(isPair(item) ? item.value : item, depth + 1)
    else if (isScalar(node)) checkScalar(node)
    else if (node !== null && !isAlias(node)) complain(node, 'yaml', 'no mapping, list or scalar')
  }
  function walkMap(items: readonly { key: unknown; value: unknown }[], depth: number): void {
    const seen = new Set<string>()
    for (const { key, value } of items) {
      const name = isScalar(key) && key.value !== null ? String(key.value) : undefined
      if (name === undefined) complain(key ?? value, 'yaml', 'a key is a text')
      else if (name === '__proto__') complain(key, 'name', "'__proto__' is no key")
      else if (seen.has(name)) complain(key, 'yaml', `the key '${name.slice(0, 80)}' twice`)
      else seen.add(name)
      walk(value, depth + 1)
    }
  }
  function checkScalar(node: Node & { value: unknown }): void {
    const { value } = node
    if (typeof value === 'number' && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))) complain(node, 'value', 'numbers are finite, and whole ones end at 2^53')
    else if (value !== null && typeof value === 'object') complain(node, 'yaml', 'a type that JSON does not have')
  }
  walk(document.contents, 0)
  return found
}

/** Why a document's value is too large, or undefined; aliases may make a small text a large value, or one without an end. */
export function checkValue(root: unknown): string | undefined {
  let values = 0
  const tooLarge = (value: unknown, depth: number): boolean => {
    if (++values > MAX_VALUES || depth > MAX_DEPTH) return true
    if (value === null || typeof value !== 'object') return false
    return Object.values(value).some((item) => tooLarge(item, depth + 1))
  }
  return tooLarge(root, 0) ? `more than ${MAX_VALUES} values, or nested deeper than ${MAX_DEPTH}, with all aliases written out` : undefined
}
