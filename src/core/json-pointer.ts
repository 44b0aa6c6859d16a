/** JSON pointers (RFC 6901): `/changes/0/to/balance`. */

/** One step of a pointer as it is written. */
export function pointerStep(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** Whether a pointer leads to something inside a value; the empty one is the value itself. */
export function resolves(value: unknown, pointer: string): boolean {
  if (pointer === '') return true
  if (!pointer.startsWith('/')) return false
  let at = value
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (at === null || typeof at !== 'object') return false
    if (Array.isArray(at) ? !isPosition(name, at.length) : !Object.hasOwn(at, name)) return false
    at = (at as Record<string, unknown>)[name]
    if (at === undefined) return false
  }
  return true
}

function isPosition(name: string, length: number): boolean {
  return /^(0|[1-9]\d*)$/.test(name) && Number(name) < length
}
