/** Finds what JSON, or another process that reads it, cannot hold. */

/** Deeper values would not fit into a snapshot's frame again. */
const MAX_DEPTH = 32

/** What is wrong somewhere in a value, in words; undefined when nothing is. */
export function unsafePlace(value: unknown, depth = 0): string | undefined {
  switch (typeof value) {
    case 'string': return value.isWellFormed() ? undefined : 'text with half a character (a lone surrogate)'
    case 'boolean': case 'undefined': return undefined
    case 'number':
      if (!Number.isFinite(value)) return 'a number that is not finite'
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? 'an integer past 2^53' : undefined
    case 'object': {
      if (value === null) return undefined
      if (depth >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`
      if (Array.isArray(value)) {
        for (const item of value) {
          const problem = unsafePlace(item, depth + 1)
          if (problem) return problem
        }
        return undefined
      }
      const prototype = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) return 'a value that JSON does not have'
      for (const key in value) {
        if (!key.isWellFormed()) return 'a key with half a character (a lone surrogate)'
        const problem = unsafePlace((value as Record<string, unknown>)[key], depth + 1)
        if (problem) return problem
      }
      return undefined
    }
    default: return `a ${typeof value}`
  }
}
