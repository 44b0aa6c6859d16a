/** Results of tools as an agent reads them: whatever a server of others sent becomes an answer, bounded, without lying about it. */
import type { FAILURES, ServedAnswer } from '../../protocol/cassette.ts'
import { unfitPlace } from '../core/fit-json.ts'

/** Characters of text that an agent is shown, and bytes and blocks of other content that are kept. */
export const ANSWER_LIMITS = { characters: 65_536, bytes: 262_144, blocks: 100 } as const

type Json = ServedAnswer['json']
type Loose = Readonly<Record<string, unknown>>
type Result = { readonly content: readonly Loose[]; readonly structuredContent?: Loose; readonly isError?: boolean }

/** An answer that says why there is none. */
export function failedAnswer(failure: (typeof FAILURES)[number], message: string): ServedAnswer {
  return { json: clip(message.toWellFormed()), is_error: true, failure }
}

/**
 * The answer of a `tools/call` result, whatever that is; never throws. A result that is none (no content, wrong types,
 * what JSON cannot hold, nested deep) is the failure `protocol`. Long texts are cut and say how much was left out;
 * blocks and structured content are left out where they are too large, and the text says so.
 */
export function answerOf(result: unknown): ServedAnswer {
  const problem = problemOf(result)
  if (problem !== undefined) return failedAnswer('protocol', `The server's answer is none: ${problem}`)
  const { content, structuredContent, isError } = result as Result
  const isText = content.every(({ type }) => type === 'text')
  const blocks = isText ? 0 : sizeOf(content)
  const structure = structuredContent === undefined ? 0 : sizeOf(structuredContent)
  const keepsBlocks = !isText && blocks <= ANSWER_LIMITS.bytes
  const keepsStructure = structuredContent !== undefined && structure + (keepsBlocks ? blocks : 0) <= ANSWER_LIMITS.bytes
  const text = content.map(textOf).join('\n')
  const left = [
    !isText && !keepsBlocks ? `[left out: content of ${blocks} bytes]` : undefined,
    structuredContent !== undefined && !keepsStructure ? `[left out: structured content of ${structure} bytes]` : undefined,
  ].filter((note) => note !== undefined)
  return {
    json: [clip(text === '' && keepsStructure ? JSON.stringify(structuredContent) : text), ...left].filter((part) => part !== '').join('\n'),
    ...(isError && { is_error: true as const }),
    ...(keepsStructure && { structured: structuredContent as Json }),
    ...(keepsBlocks && { blocks: content as unknown as Json[] }),
  }
}

/** The first thing because of which a result is none. */
function problemOf(result: unknown): string | undefined {
  if (!isObject(result)) return 'it is no object'
  const unfit = unfitPlace(result)
  if (unfit !== undefined) return `it holds ${unfit}`
  const { content, structuredContent, isError } = result
  if (!Array.isArray(content)) return 'it has no content'
  if (content.length > ANSWER_LIMITS.blocks) return `it has more than ${ANSWER_LIMITS.blocks} blocks of content`
  const wrong = content.findIndex((block) => !isObject(block) || typeof block.type !== 'string' || (block.type === 'text' && typeof block.text !== 'string'))
  if (wrong >= 0) return `block ${wrong + 1} of its content is none`
  if (isError !== undefined && typeof isError !== 'boolean') return 'isError is neither true nor false'
  return structuredContent !== undefined && !isObject(structuredContent) ? 'its structured content is no object' : undefined
}

function isObject(value: unknown): value is Loose {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** What stands for a block in the text. */
function textOf(block: Loose): string {
  const { type, text, data, mimeType, resource, uri } = block
  if (type === 'text') return text as string
  if (type === 'resource') return resourceText(isObject(resource) ? resource : {})
  if (type === 'resource_link') return `[resource ${named(uri)}]`
  return `[${named(type, 40)}${kindAndSize(mimeType, data)}]`
}

function resourceText({ uri, text, blob, mimeType }: Loose): string {
  if (typeof text === 'string') return `[resource ${named(uri)}]\n${text}`
  return `[resource ${named(uri)}${kindAndSize(mimeType, blob)}]`
}

function named(value: unknown, most = 500): string {
  return typeof value === 'string' ? value.slice(0, most).toWellFormed() : 'without a name'
}

/** @param data base64 */
function kindAndSize(mimeType: unknown, data: unknown): string {
  const kind = typeof mimeType === 'string' ? ` ${named(mimeType, 100)}` : ''
  return typeof data === 'string' ? `${kind}, ${Buffer.byteLength(data, 'base64')} bytes` : kind
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** Texts are cut between characters, and say so. */
function clip(text: string): string {
  if (text.length <= ANSWER_LIMITS.characters) return text
  const end = /[\ud800-\udbff]/.test(text[ANSWER_LIMITS.characters - 1]!) ? ANSWER_LIMITS.characters - 1 : ANSWER_LIMITS.characters
  return `${text.slice(0, end)}\n[cut here: ${text.length - end} more characters]`
}

/** What `answerOf` puts where it cut a text. */
export const CUT_NOTE = /\n\[cut here: \d+ more characters\](?:\n|$)/
