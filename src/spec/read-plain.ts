/** One document of YAML or JSON that is no part of the world language, within the same bounds. */
import { LineCounter, parseDocument } from 'yaml'
import { checkNodes, checkValue } from './document-bounds.ts'
import { SPEC_LIMITS } from './read-documents.ts'

/** The value of a text, or the first thing that is wrong with it and where. */
export function readPlain(text: string): { readonly value: unknown } | { readonly complaint: string } {
  if (text.length > SPEC_LIMITS.characters) return { complaint: `more than ${SPEC_LIMITS.characters} characters` }
  const lineCounter = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter, strict: true, uniqueKeys: false, merge: false, logLevel: 'silent', prettyErrors: false })
    const [wrong] = checkNodes(document)
    if (wrong) {
      const { line, col } = lineCounter.linePos(wrong.offset)
      return { complaint: `line ${line}, column ${col}: ${wrong.message}` }
    }
    const value: unknown = document.toJS({ maxAliasCount: SPEC_LIMITS.aliases })
    const size = checkValue(value)
    return size === undefined ? { value } : { complaint: size }
  } catch (error) {
    return { complaint: (error as Error).message.split('\n')[0]! }
  }
}
