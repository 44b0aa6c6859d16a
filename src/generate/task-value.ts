/** New values that a request states: a slot for each, by the type of the field. */
import type { Entity, Field } from '../../protocol/spec/blueprint.ts'
import { text, texts } from './cel.ts'
import { newSlot, type TaskDraft } from './task-draft.ts'
import { codePrefix } from './world-column.ts'
import { saysOf } from './world-naming.ts'
import { CITIES, COMPANY_FIRST, COMPANY_SECOND, FIRST_NAMES, LAST_NAMES, NOTES, STREETS, TITLE_FIRST, TITLE_SECOND } from './world-word.ts'

/** A value: its slot, and how a request spells it. */
export type Value = { readonly slot: string; readonly says: string }

function two(draft: TaskDraft, first: readonly string[], second: readonly string[]): string {
  const [a, b, whole] = [newSlot(draft, 'a'), newSlot(draft, 'b'), newSlot(draft, 'v')]
  draft.bind[a] = { pick: [...first] }
  draft.bind[b] = { pick: [...second] }
  draft.bind[whole] = { value: `${a} + ' ' + ${b}` }
  return whole
}

function numbered(draft: TaskDraft, range: readonly [number, number], value: (slot: string) => string): string {
  const [draw, slot] = [newSlot(draft, 'd'), newSlot(draft, 'v')]
  draft.bind[draw] = { between: [...range] }
  draft.bind[slot] = { value: value(draw) }
  return slot
}

function picked(draft: TaskDraft, from: readonly string[]): string {
  const slot = newSlot(draft, 'v')
  draft.bind[slot] = { pick: [...from] }
  return slot
}

function textValue(draft: TaskDraft, { name, form }: Extract<Field, { type: 'text' }>): string {
  switch (form) {
    case 'person': return two(draft, FIRST_NAMES, LAST_NAMES)
    case 'company': return two(draft, COMPANY_FIRST, COMPANY_SECOND)
    case 'title': return two(draft, TITLE_FIRST, TITLE_SECOND)
    case 'city': return picked(draft, CITIES)
    case 'note': return picked(draft, NOTES)
    case 'phone': return numbered(draft, [10_000, 99_999], (d) => `'555-' + string(${d})`)
    case 'code': return numbered(draft, [10_000, 99_999], (d) => `${text(codePrefix(name))} + string(${d})`)
    case 'street': {
      const street = picked(draft, STREETS)
      return numbered(draft, [1, 180], (d) => `${street} + ' ' + string(${d})`)
    }
    case 'email': {
      const [first, last] = [picked(draft, FIRST_NAMES), picked(draft, LAST_NAMES)]
      return numbered(draft, [10, 99], (d) => `${first}.lower() + '.' + ${last}.lower() + string(${d}) + '@example.com'`)
    }
  }
}

/** A name for a new row of a named entity. */
export function nameValue(draft: TaskDraft, { named }: Entity): Value {
  const slot = named === 'person' ? two(draft, FIRST_NAMES, LAST_NAMES) : named === false ? '' : two(draft, named.first, named.second)
  return { slot, says: `\${${slot}}` }
}

/** A value for a field; another one than the row has, where there is a row. */
export function fieldValue(draft: TaskDraft, field: Field, row?: string): Value {
  const { epoch, currency } = draft.blueprint
  const differ = (slot: string): void => void (row !== undefined && draft.require.push(`${slot} != ${row}.${field.name}`))
  switch (field.type) {
    case 'choice': {
      const slot = newSlot(draft, 'v')
      draft.bind[slot] = row === undefined ? { pick: [...field.values] } : { in: texts(field.values), where: `${slot} != string(${row}.${field.name})` }
      return { slot, says: `\${${slot}.replace('_', ' ')}` }
    }
    case 'flag': {
      const slot = newSlot(draft, 'v')
      draft.bind[slot] = { value: row === undefined ? 'true' : `!${row}.${field.name}` }
      return { slot, says: `\${${slot} ? 'yes' : 'no'}` }
    }
    case 'number': {
      const slot = newSlot(draft, 'v')
      draft.bind[slot] = { between: [...field.between] }
      differ(slot)
      return { slot, says: `\${${slot}}${field.unit === undefined || saysOf(field).includes(field.unit) ? '' : ` ${field.unit}`}` }
    }
    case 'money': {
      const slot = numbered(draft, [Math.ceil(field.between[0] * 100), Math.floor(field.between[1] * 100)], (d) => `usd('0.01') * ${d}`)
      differ(slot)
      return { slot, says: `${currency}\${${slot}}` }
    }
    case 'day': {
      const [first, last] = field.between
      // What lies in the past for everybody is not moved into the future.
      const slot = numbered(draft, last <= 0 ? [first, last] : [Math.max(1, first), Math.max(30, last)], (d) => `fmt(time(${text(epoch)}).plus(${d}, 'day'), '%Y-%m-%d')`)
      differ(slot)
      return { slot, says: `\${${slot}}` }
    }
    case 'text': {
      const slot = textValue(draft, field)
      differ(slot)
      return { slot, says: field.form === 'note' || field.form === 'title' ? `"\${${slot}}"` : `\${${slot}}` }
    }
  }
}
