import { sha256Hex } from '../core/digest.ts'

/** V8 hashes texts of 16,384 characters and more by their length alone. */
const LONGEST_HASHED = 10_000

/** What a value is filed under in a Map: long texts by their digest, or all of one length would share a bucket. Half a surrogate pair begins no text of a world. */
export function indexKey(value: unknown): unknown {
  return typeof value === 'string' && value.length > LONGEST_HASHED ? `\uD800${sha256Hex(value)}` : value
}
