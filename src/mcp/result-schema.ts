/** The schema of a tool's result as others wrote it, within the bounds of a document, with or without their sentences. */
import { isMapping } from './pointer.ts'
import type { Say } from './remark.ts'
import type { SaidOptions } from './words.ts'

/** What a schema may come to; a larger one is left out. */
const MOST_VALUES = 5000
const MOST_DEPTH = 30
const MOST_CHARACTERS = 60_000

const SENTENCES = new Set(['title', 'description', '$comment', 'examples', 'markdownDescription', 'errorMessage'])
/** Keywords whose keys are names, and whose values are schemas: a field may be called `description`. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
/** Keywords whose values are no schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'required'])

class TooLarge extends Error {}

/** A copy of a schema, or undefined where it is no object or too large. */
export function resultSchema(raw: unknown, say: Say, { sentences = true }: SaidOptions): Record<string, unknown> | undefined {
  let left = MOST_VALUES
  let characters = MOST_CHARACTERS

  function copy(value: unknown, depth: number, role: 'schema' | 'named' | 'value'): unknown {
    if (--left < 0 || depth > MOST_DEPTH) throw new TooLarge()
    if (typeof value === 'string') {
      characters -= value.length
      if (characters < 0) throw new TooLarge()
      return value.toWellFormed()
    }
    if (typeof value === 'number') return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? value : undefined
    if (typeof value === 'boolean' || value === null) return value
    if (Array.isArray(value)) return value.map((one) => copy(one, depth + 1, role)).filter((one) => one !== undefined)
    if (!isMapping(value)) return undefined
    const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (key === '__proto__' || (role === 'schema' && !sentences && SENTENCES.has(key))) return []
      characters -= key.length
      const copied = copy(inner, depth + 1, role === 'value' || (role === 'schema' && VALUES.has(key)) ? 'value' : role === 'schema' && NAMED.has(key) ? 'named' : 'schema')
      return copied === undefined ? [] : [[key.toWellFormed(), copied]]
    })
    return Object.fromEntries(entries)
  }

  if (raw === undefined) return undefined
  try {
    const copied = copy(raw, 0, 'schema')
    if (isMapping(copied)) return copied
    say('', 'the schema of its result is none and is left out')
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    say('', 'the schema of its result is too large and is left out')
  }
  return undefined
}
