/** References inside one schema document: `#`, `#/$defs/filter`. Others are never followed. */

/** A schema and the document in which its references are looked up. */
export type Found = { readonly schema: unknown; readonly root: unknown }

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> => value !== null && typeof value === 'object' && !Array.isArray(value)

/** A keyword of a schema, never one that every object inherits. */
export const own = (schema: Readonly<Record<string, unknown>>, key: string): unknown => (Object.hasOwn(schema, key) ? schema[key] : undefined)

/** Steps after which a reference is not followed further. */
const MOST_STEPS = 64

/** What a reference leads to, or undefined. A part with an `$id` of its own is a document of its own. */
export function followReference(reference: string, root: unknown): Found | undefined {
  if (reference === '#') return { schema: root, root }
  if (!reference.startsWith('#/')) return undefined
  const steps = reference.slice(2).split('/')
  if (steps.length > MOST_STEPS) return undefined
  let found: Found = { schema: root, root }
  for (const step of steps) {
    const key = unescaped(step)
    const { schema } = found
    if (key === undefined || schema === null || typeof schema !== 'object' || !Object.hasOwn(schema, key)) return undefined
    const next = (schema as Record<string, unknown>)[key]
    found = { schema: next, root: isMapping(next) && typeof own(next, '$id') === 'string' ? next : found.root }
  }
  return found
}

function unescaped(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}
