/** Results that stand in for what was never recorded: the least that a schema allows. */

const MAX_DEPTH = 8

type Loose = Readonly<Record<string, unknown>>

/** A value of a JSON Schema: no optional property, no item that is not asked for, the first of what may be chosen. */
export function stubOf(schema: unknown, depth = 0): unknown {
  if (schema === null || typeof schema !== 'object' || depth > MAX_DEPTH) return null
  const of = schema as Loose
  if ('const' in of) return of.const
  if (Array.isArray(of.enum) && of.enum.length) return of.enum[0]
  if (of.default !== undefined) return of.default
  for (const choices of [of.anyOf, of.oneOf]) if (Array.isArray(choices) && choices.length) return stubOf(choices[0], depth + 1)
  switch (Array.isArray(of.type) ? of.type[0] : of.type) {
    case 'string': return ''
    case 'integer': case 'number': return typeof of.minimum === 'number' ? of.minimum : 0
    case 'boolean': return false
    case 'array': return Array.from({ length: Math.min(10, typeof of.minItems === 'number' ? of.minItems : 0) }, () => stubOf(of.items, depth + 1))
    case 'object': {
      const properties = (of.properties ?? {}) as Loose
      const required = Array.isArray(of.required) ? (of.required as unknown[]).filter((name) => typeof name === 'string' && Object.hasOwn(properties, name)) : []
      return Object.fromEntries((required as string[]).map((name) => [name, stubOf(properties[name], depth + 1)]))
    }
    default: return null
  }
}
