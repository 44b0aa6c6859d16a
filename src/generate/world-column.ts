/** Entities as tables: where the values of their base rows come from. */
import type { Entity, Field } from '../../protocol/spec/blueprint.ts'
import type { Column } from '../../protocol/spec/column.ts'
import type { Table } from '../../protocol/spec/table.ts'
import { text } from './cel.ts'
import type { ListName } from './world-word.ts'

type Columns = Record<string, Column>

/** Rows that may be added in one episode. */
const ROOM = 60
/** Longest texts that tools take. */
export const MOST_TEXT = 80

/** Two lists of which a text is made, by its form; undefined where it is made of numbers. */
const PARTS: Partial<Record<Extract<Field, { type: 'text' }>['form'], readonly [ListName, ListName]>> = {
  person: ['first_names', 'last_names'], company: ['company_first', 'company_second'], title: ['title_first', 'title_second'],
}

/** Columns that only make up another one; no tool shows them. */
function parts(of: string, first: ListName | string[], second: ListName | string[]): Columns {
  return {
    [`${of}_first`]: { type: 'string', pick: first, default: "''" },
    [`${of}_second`]: { type: 'string', pick: second, default: "''" },
  }
}

function drawn(of: string): Columns {
  return { [`${of}_draw`]: { type: 'int', between: [10_000, 99_999], default: '0' } }
}

function textColumns({ name, form }: Extract<Field, { type: 'text' }>, entity: Entity): Columns {
  const column = { type: 'string', max_length: MOST_TEXT, default: "''" } as const
  const made = PARTS[form]
  if (made) return { ...parts(name, ...made), [name]: { ...column, value: `row.${name}_first + ' ' + row.${name}_second` } }
  switch (form) {
    case 'city': return { [name]: { ...column, pick: 'cities' } }
    case 'note': return { [name]: { ...column, pick: 'notes' } }
    case 'phone': return { ...drawn(name), [name]: { ...column, value: `'555-' + string(row.${name}_draw)` } }
    case 'code': return { ...drawn(name), [name]: { ...column, value: `${text(codePrefix(name))} + string(row.${name}_draw)` } }
    case 'street': return { [`${name}_first`]: { type: 'string', pick: 'streets', default: "''" }, ...drawn(name), [name]: { ...column, value: `row.${name}_first + ' ' + string(mod(row.${name}_draw, 180) + 1)` } }
    default: return { ...drawn(name), [name]: { ...column, value: entity.named ? `row.name.lower().replace(' ', '.') + string(mod(row.${name}_draw, 90) + 10) + '@example.com'` : `'desk' + string(row.${name}_draw) + '@example.com'` } }
  }
}

/** The letters before the number of a code. */
export function codePrefix(field: string): string {
  return `${field.replaceAll(/[^a-z]/g, '').slice(0, 2).toUpperCase() || 'C'}-`
}

/** CEL for what a field of a new row holds until it is set. */
export function defaultOf(field: Field): string {
  switch (field.type) {
    case 'choice': return text(field.values[0]!)
    case 'number': return String(field.between[0])
    case 'money': return `usd(${text(field.between[0].toFixed(2))})`
    case 'flag': return 'false'
    default: return "''"
  }
}

function fieldColumns(field: Field, entity: Entity, epoch: string): Columns {
  const { name } = field
  switch (field.type) {
    case 'text': return textColumns(field, entity)
    case 'choice': return { [name]: { type: 'enum', values: [...field.values], default: defaultOf(field) } }
    case 'number': return { [name]: { type: 'int', between: field.between, default: defaultOf(field) } }
    case 'money': return { [name]: { type: 'dec', scale: 2, between: field.between, default: defaultOf(field) } }
    case 'flag': return { [name]: { type: 'bool', chance: field.chance, default: defaultOf(field) } }
    case 'day': return {
      [`${name}_in`]: { type: 'int', between: field.between, default: '0' },
      [name]: { type: 'string', max_length: MOST_TEXT, value: `fmt(time(${text(epoch)}).plus(row.${name}_in, 'day'), '%Y-%m-%d')`, default: "''" },
    }
  }
}

function nameColumns({ named }: Entity): Columns {
  if (named === false) return {}
  return { ...(named === 'person' ? parts('name', 'first_names', 'last_names') : parts('name', [...named.first], [...named.second])), name: { type: 'string', max_length: MOST_TEXT, value: "row.name_first + ' ' + row.name_second", default: "''" } }
}

/** The table of an entity. */
export function tableOf(entity: Entity, tables: ReadonlyMap<string, string>, epoch: string, decoys: number): Table {
  const { about, id, rows, fields, relations, lifecycle, named } = entity
  const pattern = `${id.prefix}{n:0${id.digits}}`
  const columns: Columns = {
    id: { type: 'string', id: id.style === 'draw' ? { draw: pattern } : { counter: pattern } },
    ...nameColumns(entity),
    ...Object.fromEntries(relations.map(({ name, to }) => [name, { type: 'ref', table: tables.get(to)! }])),
    ...Object.assign({}, ...fields.map((field) => fieldColumns(field, entity, epoch))),
    ...(lifecycle && { [lifecycle.field]: { type: 'enum', values: [...lifecycle.states], default: text(lifecycle.initial) } }),
  }
  return {
    description: about, key: 'id', count: rows, max_rows: rows + ROOM, columns, derive: {},
    ...(named !== false && decoys > 0 && { decoys: { share: decoys, same: ['name'] } }),
  } as Table
}
