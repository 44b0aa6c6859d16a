import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 of a text's UTF-8 bytes as 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** SHA-256 of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value))
}

/**
 * SHA-256 of a value's JSON in the order of its keys: for documents in which order has meaning (which task a draw
 * gives, what a later binding may use, how a result is spelt). Equal digests then mean equal behaviour.
 */
export function orderedDigestOf(value: unknown): string {
  return sha256Hex(JSON.stringify(value))
}
