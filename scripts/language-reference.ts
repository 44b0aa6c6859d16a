/** The reference of the world language as Markdown, from the published schema of its documents. */
type Schema = {
  $ref?: string; description?: string; type?: string | string[]; const?: unknown; enum?: unknown[]; default?: unknown
  properties?: Record<string, Schema>; required?: string[]; additionalProperties?: Schema | boolean
  items?: Schema | boolean; prefixItems?: Schema[]; anyOf?: Schema[]; oneOf?: Schema[]; $defs?: Record<string, Schema>
  minimum?: number; maximum?: number; exclusiveMinimum?: number; minLength?: number; maxLength?: number; minItems?: number; maxItems?: number; pattern?: string
}

/** Documents first, then their parts in the order in which a reader meets them. */
const FIRST = ['World', 'Table', 'Column', 'IdRule', 'Derived', 'Lifecycle', 'Tool', 'ReadBack', 'Step', 'Definition', 'Reaction', 'Timer', 'WorldTest', 'Expectation', 'Scenario', 'TaskTemplate', 'Variant', 'Binding', 'WitnessStep', 'Check', 'Allowed', 'Rule', 'User', 'UserFact', 'UserCase', 'Framework', 'Agent', 'Dynamics', 'DynamicsEntry']

/** Pattern of the names of tables, columns, tools. */
const NAME = '^[a-z][a-z0-9_]{0,63}$'

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const link = (name: string) => `[${name}](#${name.toLowerCase()})`

function typeOf(schema: Schema): string {
  if (schema.$ref) return link(schema.$ref.split('/').at(-1)!)
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  const branches = schema.anyOf ?? schema.oneOf
  if (branches) return [...new Set(branches.map(typeOf))].join(' or ')
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`
  if (schema.type === 'array') return `list of ${typeof schema.items === 'object' ? typeOf(schema.items) : 'anything'}`
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') return Object.keys(schema.additionalProperties).length ? `mapping to ${typeOf(schema.additionalProperties)}` : 'mapping'
  if (schema.type === 'object' && schema.properties) return `{${Object.keys(schema.properties).join(', ')}}`
  if (schema.type === undefined) return 'anything'
  if (schema.pattern === NAME) return 'name'
  return [schema.type].flat().join(' or ')
}

function boundsOf({ minimum, maximum, exclusiveMinimum, maxLength, minItems, maxItems, default: fallback }: Schema): string[] {
  const range = [minimum ?? (exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`), maximum].map((bound) => (typeof bound === 'number' && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound))
  const out: string[] = []
  if (range[0] !== undefined && range[1] !== undefined) out.push(`${range[0]} to ${range[1]}`)
  else if (range[0] !== undefined) out.push(typeof range[0] === 'string' ? range[0] : `at least ${range[0]}`)
  else if (range[1] !== undefined) out.push(`at most ${range[1]}`)
  if (maxLength !== undefined) out.push(`at most ${maxLength} characters`)
  if (minItems !== undefined && minItems > 1) out.push(`at least ${minItems}`)
  if (maxItems !== undefined) out.push(`at most ${maxItems}`)
  if (fallback !== undefined && fallback !== null && (typeof fallback !== 'object' || Object.keys(fallback).length)) out.push(`default ${JSON.stringify(fallback)}`)
  return out
}

function fieldRows(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const bounds = field.prefixItems ? [] : boundsOf(field)
    const about = [field.description ?? '', bounds.length ? `(${bounds.join('; ')})` : ''].filter(Boolean).join(' ')
    const row = `| \`${prefix}${name}\`${schema.required?.includes(name) ? ' \\*' : ''} | ${cell(typeOf(field))} | ${cell(about)} |`
    const inner = field.properties ? field : typeof field.items === 'object' && field.items.properties ? field.items : undefined
    return inner ? [row, ...fieldRows(inner, `${prefix}${name}${inner === field ? '.' : '[].'}`)] : [row]
  })
}

const HEAD = ['| field | type | meaning |', '|---|---|---|']

function bodyOf(schema: Schema): string[] {
  if (schema.properties) return [...HEAD, ...fieldRows(schema), '']
  const branches = (schema.anyOf ?? schema.oneOf ?? []).flatMap((branch) => branch.anyOf ?? branch.oneOf ?? [branch])
  const forms = branches.filter((branch) => branch.properties)
  if (!forms.length) return [`${typeOf(schema)}${boundsOf(schema).length ? `; ${boundsOf(schema).join('; ')}` : ''}.`, '']
  const others = branches.filter((branch) => branch.$ref).map(typeOf)
  return [...(others.length ? [`One of the forms below, or ${others.join(', ')}.`, ''] : []), ...forms.flatMap((form) => {
    const fixed = Object.entries(form.properties!).map(([name, field]) => [name, field.const ?? field.anyOf?.[0]?.const] as const).find(([, value]) => value !== undefined)
    const title = fixed ? `${fixed[0]}: ${String(fixed[1])}` : Object.keys(form.properties!)[0]!
    return [`**\`${title}\`**${form.description ? `: ${form.description}` : ''}`, '', ...HEAD, ...fieldRows(form), '']
  })]
}

/** The whole page. */
export function languageReference(spec: Record<string, unknown>, comment: string): string {
  const definitions = (spec as Schema).$defs ?? {}
  const names = [...FIRST.filter((name) => definitions[name]), ...Object.keys(definitions).filter((name) => !FIRST.includes(name)).sort()]
  const sections = names.flatMap((name) => [`## ${name}`, '', ...(definitions[name]!.description ? [definitions[name]!.description!, ''] : []), ...bodyOf(definitions[name]!)])
  return [
    '# Reference of the world language', '', `<!-- ${comment} -->`, '',
    'Every field of every document, from the schemas. [world-language.md](world-language.md) explains how they work together, and the [tutorial](tutorial.md) builds a world from nothing. Fields marked with \\* are required; a name is lower_snake_case, at most 64 characters. `protocol/schemas/Spec.json` is the same as a JSON Schema, for editors.', '',
    ...sections,
  ].join('\n')
}
