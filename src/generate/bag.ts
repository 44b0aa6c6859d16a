/** Keys of things that stand in no order, and keys as text: what digests up to isomorphism are made of. */
import { joined, type Key, keyOf } from '../core/keyed.ts'

/** A key of many that stand in no order. */
export function bag(tag: string, keys: readonly Key[]): Key {
  return keys.toSorted((a, b) => (a.a >>> 0) - (b.a >>> 0) || (a.b >>> 0) - (b.b >>> 0)).reduce(joined, keyOf([tag, keys.length]))
}

/** 16 hexadecimal digits. */
export function hex({ a, b }: Key): string {
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}
