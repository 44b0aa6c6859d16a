/** Thrown for what canonical JSON refuses. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical'
}

const MAX_DEPTH = 100

/**
 * RFC 8785: sorted keys, shortest numbers, no white space.
 * -0 is written 0; undefined properties are left out.
 * @throws NotCanonical for non-finite numbers, integers past 2^53, other types, or nesting deeper than 100
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotCanonical(`nested deeper than ${MAX_DEPTH}`)
  switch (typeof value) {
    case 'string': return JSON.stringify(value)
    case 'boolean': return value ? 'true' : 'false'
    case 'number': return writeNumber(value)
    case 'object': return value === null ? 'null' : Array.isArray(value) ? writeArray(value, depth) : writeObject(value as Record<string, unknown>, depth)
    default: throw new NotCanonical(`a ${typeof value} has no JSON form`)
  }
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new NotCanonical('a non-finite number has no JSON form')
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new NotCanonical('integers past 2^53 are not exact')
  return value === 0 ? '0' : String(value)
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = '['
  for (let i = 0; i < items.length; i++) text += (i ? ',' : '') + write(items[i] ?? null, depth + 1)
  return text + ']'
}

function writeObject(object: Record<string, unknown>, depth: number): string {
  let text = '{'
  let first = true
  for (const key of Object.keys(object).sort()) {
    if (object[key] === undefined) continue
    text += (first ? '' : ',') + JSON.stringify(key) + ':' + write(object[key], depth + 1)
    first = false
  }
  return text + '}'
}
