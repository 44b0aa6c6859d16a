/** Names of a world: aliases of a pack, names of fields that mean the same, prefixes of ids. */
import type { ThemeEntity } from '../../protocol/spec/theme.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Chosen } from './grammar-choice.ts'
import { happens, pickOne } from './pick.ts'

/** Other names of common fields; what people call them stays. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  phone: ['phone_number', 'telephone', 'contact_phone'], email: ['email_address', 'contact_email', 'mail'], note: ['remark', 'comment', 'memo'], notes: ['remarks', 'comments'], remark: ['note', 'comment'],
  address: ['street_address'], city: ['town'], due_on: ['due_date', 'due', 'deadline'], day: ['date', 'on_day'], starts_on: ['start_date', 'begins_on', 'start'], ends_on: ['end_date', 'until'],
  price: ['unit_price', 'list_price'], amount: ['total', 'sum_due'], total: ['amount', 'grand_total'], quantity: ['qty', 'count'], cost: ['total_cost'], weight: ['weight_kg'], priority: ['urgency'], kind: ['type', 'sort'], type: ['kind'], category: ['class', 'kind'],
  created_on: ['created', 'opened_on', 'entered_on'], birthday: ['born_on', 'date_of_birth'], active: ['is_active', 'enabled'], blocked: ['is_blocked', 'barred'], verified: ['is_verified'], reason: ['cause', 'reason_code'], code: ['short_code', 'reference'],
}
const STATUS = ['status', 'state', 'stage', 'phase'] as const
/** Columns that tables have besides their fields. */
const RESERVED = new Set(['id', 'name', 'name_first', 'name_second'])

export type EntityName = { readonly name: string; readonly plural: string }

/** A prefix that fits a name: `beehive` to `clinic_beehive`. */
function prefixed({ pack, entity }: Chosen, { name, plural }: EntityName = entity): EntityName {
  const front = pack.theme.replaceAll('-', '_')
  return { name: `${front}_${name}`.slice(0, 64), plural: `${front}_${plural}`.slice(0, 64) }
}

/** What an entity is called in a world where `taken` is taken already. */
export function nameEntity(chosen: Chosen, taken: ReadonlySet<string>, keep: boolean, key: Key): EntityName {
  const { entity } = chosen
  const root = keyOf(['name', entity.name], key)
  const aliases = entity.aliases.map(([name, plural]) => ({ name, plural }))
  const own = { name: entity.name, plural: entity.plural }
  const wish = !keep && aliases.length > 0 && happens(root, 'alias', 0.4) ? pickOne(root, 'which', aliases) : own
  return [wish, own, ...aliases, prefixed(chosen)].find(({ name, plural }) => !taken.has(name) && !taken.has(plural)) ?? prefixed(chosen, prefixed(chosen))
}

/** What the fields and the state of an entity are called; relations keep their names. */
export function nameFields({ name, fields, lifecycle }: ThemeEntity, relations: readonly string[], key: Key): ReadonlyMap<string, string> {
  const root = keyOf(['fields', name], key)
  const taken = new Set([...RESERVED, ...relations, ...fields.map((field) => field.name)])
  const names = new Map<string, string>()
  const give = (from: string, others: readonly string[], share: number): void => {
    const other = others.length > 0 && happens(root, from, share) ? pickOne(root, `other ${from}`, others) : from
    const to = taken.has(other) ? from : other
    taken.add(to)
    names.set(from, to)
  }
  if (lifecycle) give(lifecycle.field, STATUS, 0.5)
  for (const field of fields) give(field.name, Object.hasOwn(SAME, field.name) ? SAME[field.name]! : [], 0.45)
  return names
}

/** Letters before the numbers of rows, different from those of others. */
export function idPrefix(name: string, taken: ReadonlySet<string>, key: Key): string {
  const letters = name.replaceAll('_', '').toUpperCase()
  const initials = name.split('_').map((part) => part[0]!.toUpperCase()).join('')
  const mark = pickOne(key, 'prefix mark', ['-', '-', '', '#', '_'])
  const forms = [letters.slice(0, 1), initials.slice(0, 4), letters.slice(0, 3), letters.slice(0, 2), letters.slice(0, 4)]
  const first = pickOne(key, 'prefix form', forms)
  return [first, ...forms, letters.slice(0, 6), letters.slice(0, 7)].map((front) => `${front}${mark}`).find((prefix) => !taken.has(prefix)) ?? `${letters.slice(0, 7)}${mark}`
}
