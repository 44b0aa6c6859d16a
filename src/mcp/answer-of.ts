/** Results of tools as an agent reads them: whatever a server of others sent becomes an answer, bounded, without lying about it. */
import { FAILURES, type ServedAnswer } from '../../protocol/cassette.ts'
import { unsafePlace } from '../core/json-safe.ts'

/** Characters of text that an agent is shown, and bytes of other content that are kept. */
export const ANSWER_LIMITS = { characters: 65_536, bytes: 262_144, blocks: 100 } as const

type Loose = Readonly<Record<string, unknown>>

/** An answer that says why there is none. */
export function failedAnswer(failure: (typeof FAILURES)[number], message: string): ServedAnswer {
  return { json: clip(message), is_error: true, failure }
}

/** The answer of a `tools/call` result, whatever that is. */
export function answerOf(result: unknown): ServedAnswer {
  const problem = problemOf(result)
  if (problem !== undefined) return failedAnswer('protocol', `The server's answer is none: ${problem}`)
  const { content, structuredContent, isError } = result as { content: readonly Loose[]; structuredContent?: Loose; isError?: boolean }
  const isText = content.every(({ type }) => type === 'text')
  const text = content.map(textOf).join('\n')
  const fits = JSON.stringify(content).length <= ANSWER_LIMITS.bytes
  const structured = structuredContent !== undefined && JSON.stringify(structuredContent).length <= ANSWER_LIMITS.bytes ? structuredContent : undefined
  return {
    json: clip(text === '' && structured !== undefined ? JSON.stringify(structured) : text),
    ...(isError && { is_error: true as const }),
    ...(structured && { structured: structured as NonNullable<ServedAnswer['structured']> }),
    ...(!isText && fits && { blocks: content as NonNullable<ServedAnswer['blocks']> }),
  }
}

/** The first thing because of which a result is none. */
function problemOf(result: unknown): string | undefined {
  if (result === null || typeof result !== 'object' || Array.isArray(result)) return 'it is no object'
  const { content, structuredContent, isError } = result as Loose
  if (!Array.isArray(content)) return 'it has no content'
  if (content.length > ANSWER_LIMITS.blocks) return `it has more than ${ANSWER_LIMITS.blocks} blocks of content`
  const wrong = content.findIndex((block) => block === null || typeof block !== 'object' || typeof (block as Loose).type !== 'string' || ((block as Loose).type === 'text' && typeof (block as Loose).text !== 'string'))
  if (wrong >= 0) return `block ${wrong + 1} of its content is none`
  if (isError !== undefined && typeof isError !== 'boolean') return 'isError is neither true nor false'
  if (structuredContent !== undefined && (structuredContent === null || typeof structuredContent !== 'object' || Array.isArray(structuredContent))) return 'its structured content is no object'
  const unsafe = unsafePlace([content, structuredContent ?? null])
  return unsafe === undefined ? undefined : 'it holds what JSON cannot'
}

function textOf(block: Loose): string {
  const { type, text, data, mimeType, resource, uri } = block
  if (type === 'text') return text as string
  if (type === 'resource') return resourceText((resource ?? {}) as Loose)
  if (type === 'resource_link') return `[resource ${String(uri).slice(0, 500)}]`
  return `[${String(type).slice(0, 40)}${typeof mimeType === 'string' ? ` ${mimeType.slice(0, 100)}` : ''}${typeof data === 'string' ? `, ${Math.floor((data.length * 3) / 4)} bytes` : ''}]`
}

function resourceText({ uri, text, blob, mimeType }: Loose): string {
  const name = `resource ${String(uri).slice(0, 500)}`
  if (typeof text === 'string') return `[${name}]\n${text}`
  return `[${name}${typeof mimeType === 'string' ? ` ${mimeType.slice(0, 100)}` : ''}${typeof blob === 'string' ? `, ${Math.floor((blob.length * 3) / 4)} bytes` : ''}]`
}

/** Texts are cut between characters, and say so. */
function clip(text: string): string {
  if (text.length <= ANSWER_LIMITS.characters) return text
  const end = /[\ud800-\udbff]/.test(text[ANSWER_LIMITS.characters - 1]!) ? ANSWER_LIMITS.characters - 1 : ANSWER_LIMITS.characters
  return `${text.slice(0, end)}\n[cut here: ${text.length - end} more characters]`
}
