/** How tools show rows, and what they say when there is none. */
import type { Blueprint, Entity, Field } from '../../protocol/spec/blueprint.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import type { TemplateTree } from '../../protocol/spec/notation.ts'
import { MOST_TEXT } from './world-column.ts'
import { keyName, ownKey, saysOf, spaced } from './world-naming.ts'

/** Fields that lists show where they are short. */
const MOST_SHORT = 2

/** A row as tools give it: name in the result to CEL over `x`. */
export function shown(blueprint: Blueprint, entity: Entity, whole: boolean, x: string): Record<string, string> {
  const { style } = blueprint
  const fields = whole ? entity.fields : entity.fields.filter(({ type }) => type === 'day' || type === 'money' || type === 'number').slice(0, MOST_SHORT)
  return {
    [ownKey(style, entity)]: `${x}.id`,
    ...(entity.named !== false && { name: `${x}.name` }),
    ...Object.fromEntries(entity.relations.map(({ name }) => [keyName(style, name), `${x}.${name}`])),
    ...(entity.lifecycle && { [entity.lifecycle.field]: `${x}.${entity.lifecycle.field}` }),
    ...Object.fromEntries(fields.map(({ name }) => [name, `${x}.${name}`])),
  }
}

/** The same as one CEL record. */
export function record(row: Record<string, string>): string {
  return `{${Object.entries(row).map(([name, value]) => `'${name}': ${value}`).join(', ')}}`
}

/** What a tool takes for a field. */
export function schemaOf(field: Field): InputSchema {
  const description = field.type === 'number' && field.unit !== undefined ? `${saysOf(field)}, in ${field.unit}` : undefined
  const about = description === undefined ? {} : { description }
  switch (field.type) {
    case 'text': return { type: 'string', maxLength: MOST_TEXT, ...about }
    case 'choice': return { type: 'string', enum: [...field.values], ...about }
    case 'number': return { type: 'integer', minimum: 0, maximum: 10_000_000, ...about }
    case 'money': return { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 10_000_000, ...about }
    case 'flag': return { type: 'boolean', ...about }
    case 'day': return { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', maxLength: 10, description: 'YYYY-MM-DD' }
  }
}

/** What a caller is told where a key names no row. */
export function unknownRow({ style: { errors } }: Blueprint, entity: Entity, argument: string): TemplateTree {
  const one = spaced(entity.name)
  if (errors === 'coded') return { error: 'not_found', kind: entity.name, given: `\${args.${argument}}` }
  return errors === 'terse' ? 'not found' : `There is no ${one} \${args.${argument}}.`
}

/** What a caller is told who may not do something now; `why` is a template. */
export function refusal({ style: { errors } }: Blueprint, code: string, why: string): TemplateTree {
  if (errors === 'coded') return { error: code, message: why }
  return errors === 'terse' ? code.replaceAll('_', ' ') : why
}
