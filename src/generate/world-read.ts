/** Tools that read: one row, lists by page, sums. */
import type { Blueprint, Entity } from '../../protocol/spec/blueprint.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import type { Tool } from '../../protocol/spec/world.ts'
import { MOST_TEXT } from './world-column.ts'
import { keyName, ownKey, saysOf, spaced, toolNames } from './world-naming.ts'
import { record, shown, unknownRow } from './world-row.ts'

/** Fields that lists can be narrowed by. */
const MOST_FILTERS = 3

const base = { actor: 'agent', idempotent: true, destructive: false, disable_parallel: false } as const

/** By what lists can be narrowed. */
export type Filter = {
  readonly argument: string
  readonly schema: InputSchema
  /** CEL over `x` and `args`. */
  readonly fits: string
  /** The column: name, relation, state or field. */
  readonly of: string
}

function byChoice(column: string, values: readonly string[]): Filter {
  return { argument: column, schema: { type: 'string', enum: [...values] }, fits: `string(x.${column}) == args.${column}`, of: column }
}

/** All filters of an entity's lists. */
export function filtersOf({ style }: Blueprint, { named, relations, lifecycle, fields }: Entity): Filter[] {
  return [
    ...(named === false ? [] : [{ argument: 'name', schema: { type: 'string', maxLength: MOST_TEXT }, fits: 'text_match(x.name, args.name)', of: 'name' } satisfies Filter]),
    ...relations.map(({ name }): Filter => ({ argument: keyName(style, name), schema: { type: 'string', maxLength: 30 }, fits: `x.${name} == args.${keyName(style, name)}`, of: name })),
    ...(lifecycle ? [byChoice(lifecycle.field, lifecycle.states)] : []),
    ...fields.filter((field) => field.type === 'choice').slice(0, MOST_FILTERS).map(({ name, values }) => byChoice(name, values)),
  ]
}

function found(blueprint: Blueprint, entity: Entity): string {
  const conditions = filtersOf(blueprint, entity).map(({ argument, fits }) => `(!has(args.${argument}) || ${fits})`)
  return conditions.length === 0 ? `${entity.plural}.map(x, x)` : `${entity.plural}.filter(x, ${conditions.join(' && ')})`
}

function inputs(blueprint: Blueprint, entity: Entity): Record<string, InputSchema> {
  return Object.fromEntries(filtersOf(blueprint, entity).map(({ argument, schema }) => [argument, schema]))
}

function describe({ style: { descriptions } }: Blueprint, short: string, usual: string, long: string): string {
  return descriptions === 'short' ? short : descriptions === 'usual' ? usual : long
}

function getTool(blueprint: Blueprint, entity: Entity): Tool {
  const argument = ownKey(blueprint.style, entity)
  const one = spaced(entity.name)
  const row = shown(blueprint, entity, true, 'row')
  return {
    ...base, effect: 'read',
    description: describe(blueprint, `Shows one ${one}.`, `Shows everything that is on record about one ${one}.`, `Shows everything that is on record about one ${one}: ${Object.keys(row).map(spaced).join(', ')}. ${entity.about} Takes the key that lists show.`),
    input: { type: 'object', properties: { [argument]: { type: 'string', maxLength: 30 } }, required: [argument] },
    do: [{ let: { row: `${entity.plural}.get(args.${argument})` }, else: unknownRow(blueprint, entity, argument) }, { return: row }],
  }
}

function searchTool(blueprint: Blueprint, entity: Entity): Tool {
  const { style } = blueprint
  const many = spaced(entity.plural)
  const filters = filtersOf(blueprint, entity).map(({ of }) => spaced(of))
  const by = filters.length ? ` by ${filters.join(', ')}` : ''
  return {
    ...base, effect: 'read',
    description: describe(blueprint, `Lists ${many}.`, `Lists ${many}${by ? `, narrowed${by}` : ''}, the newest first, ${style.page} a page.`, `Lists ${many}, the newest first, ${style.page} a page${by ? `; can be narrowed${by}, all of which have to fit` : ''}. ${entity.about} Gives the total and the page beside the ${many}; ask for the next page as long as there are more.`),
    input: { type: 'object', properties: { ...inputs(blueprint, entity), page: { type: 'integer', minimum: 1, maximum: 200 } } },
    do: [
      { let: { hits: `${found(blueprint, entity)}.reverse().page(((has(args.page) ? args.page : 1) - 1) * ${style.page}, ${style.page})` } },
      { return: { [entity.plural]: `hits.items.map(x, ${record(shown(blueprint, entity, style.listing === 'full', 'x'))})`, total: 'hits.total', shown: 'hits.range' } },
    ],
  }
}

/** Fields that sums are made of. */
export function summed({ fields }: Entity): string[] {
  return fields.filter(({ type }) => type === 'money' || type === 'number').map(({ name }) => name)
}

function countTool(blueprint: Blueprint, entity: Entity): Tool {
  const many = spaced(entity.plural)
  const sums = summed(entity)
  const says = entity.fields.filter(({ name }) => sums.includes(name)).map(saysOf)
  const of = says.length ? ` and adds up their ${says.join(' and ')}` : ''
  return {
    ...base, effect: 'read',
    description: describe(blueprint, `Counts ${many}.`, `Counts ${many}${of}; takes what the list takes.`, `Counts the ${many} that fit${of}. Takes the same arguments as the list; without any it looks at all of them.`),
    input: { type: 'object', properties: inputs(blueprint, entity) },
    do: [
      { let: { hits: found(blueprint, entity) } },
      { return: { count: 'size(hits)', ...Object.fromEntries(sums.map((field) => [`total_${field}`, `hits.sum(x, x.${field})`])) } },
    ],
  }
}

/** The reading tools of an entity, by name. */
export function readTools(blueprint: Blueprint, entity: Entity): Record<string, Tool> {
  const { style } = blueprint
  return {
    [toolNames.get(style, entity)]: getTool(blueprint, entity),
    [toolNames.search(style, entity)]: searchTool(blueprint, entity),
    ...(summed(entity).length > 0 && { [toolNames.count(style, entity)]: countTool(blueprint, entity) }),
  }
}
