/** Templates for entities in words of their own: fields, names and lifecycles that fit a kind of thing. */
import type { Action, Entity } from '../../protocol/spec/blueprint.ts'
import type { ThemeEntity } from '../../protocol/spec/theme.ts'
import type { OwnKind } from './own-noun.ts'

type ThemeField = ThemeEntity['fields'][number]
type Naming = Entity['named']

/** A step of a lifecycle: a verb, what it leads to, and whether it ends everything. */
export type OwnStep = Pick<Action, 'verb' | 'says' | 'done'> & { readonly to: string; readonly asks?: readonly string[]; readonly ends?: boolean; readonly gate?: boolean }

export type Template = {
  readonly kind: Entity['kind']
  readonly named: Naming
  readonly rows: readonly [number, number]
  readonly fields: readonly ThemeField[]
  /** Flags that steps wait for; those of a row above come first. */
  readonly gate?: string
  readonly initial: string
  /** Ways to go, of which each entity has one. */
  readonly ways: readonly (readonly OwnStep[])[]
  readonly about: string
}

const step = (verb: string, done: string, extra: Partial<OwnStep> = {}): OwnStep => ({ verb, says: `${verb.replaceAll('_', ' ')} {it}`, done, to: done.replaceAll(/[ -]/g, '_'), ...extra })

const text = (name: string, form: 'phone' | 'email' | 'city' | 'street' | 'code' | 'note' | 'person' | 'company' | 'title', often: number, mutable = true, says?: string): ThemeField => ({ name, type: 'text', form, mutable, often, ...(says !== undefined && { says }) })
const choice = (name: string, values: string[], often: number, mutable = true): ThemeField => ({ name, type: 'choice', values, mutable, often })
const number = (name: string, least: number, most: number, often: number, unit?: string, mutable = true): ThemeField => ({ name, type: 'number', between: [least, most], mutable, often, ...(unit !== undefined && { unit }) })
const money = (name: string, least: number, most: number, often: number, mutable = true): ThemeField => ({ name, type: 'money', between: [least, most], mutable, often })
const flag = (name: string, chance: number, often: number, says?: string): ThemeField => ({ name, type: 'flag', chance, mutable: true, often, ...(says !== undefined && { says }) })
const day = (name: string, least: number, most: number, often: number, says?: string, mutable = true): ThemeField => ({ name, type: 'day', between: [least, most], mutable, often, ...(says !== undefined && { says }) })

const THING_NAMES: Naming = { first: ['Amber', 'Birch', 'Cedar', 'Copper', 'Elder', 'Falcon', 'Granite', 'Hazel', 'Juniper', 'Linden'], second: ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'] }
const TITLES: Naming = { first: ['Hidden', 'Quiet', 'Second', 'Open', 'Early', 'Broken', 'Distant', 'Long', 'Silver', 'Northern'], second: ['Harbour', 'Letters', 'Morning', 'Garden', 'Signal', 'Winter', 'Bridge', 'Voices', 'Road', 'Island'] }
const PLACE_NAMES: Naming = { first: ['North', 'Upper', 'Old', 'Mill', 'River', 'East', 'Lower', 'Stone', 'Oak', 'West'], second: ['Corner', 'Court', 'Yard', 'Side', 'End', 'Bank', 'Hill', 'Gate'] }

/** By kind; `ABOUT` stands for the words of the entity. */
export const TEMPLATES: Readonly<Record<OwnKind, Template>> = {
  person: {
    kind: 'person', named: 'person', rows: [30, 90], about: 'Each MANY entry is one person.', gate: 'cleared', initial: 'registered',
    fields: [text('phone', 'phone', 0.9, true, 'phone number'), text('email', 'email', 0.6), flag('cleared', 0.65, 0.9, 'clearance'), { ...flag('barred', 0.12, 0.7), mutable: false }, choice('level', ['beginner', 'regular', 'senior'], 0.6), text('city', 'city', 0.4), day('joined_on', -2000, -5, 0.5, 'joining date', false), number('points', 0, 400, 0.3), choice('contact_by', ['phone', 'mail', 'letter'], 0.4)],
    ways: [[step('verify', 'verified'), step('admit', 'admitted'), step('dismiss', 'dismissed', { ends: true })], [step('interview', 'interviewed'), step('enrol', 'enrolled'), step('strike_off', 'struck off', { says: 'strike {it} off', ends: true })]],
  },
  place: {
    kind: 'place', named: PLACE_NAMES, rows: [8, 24], about: 'Each of the MANY has its own name.', gate: 'safe', initial: 'listed',
    fields: [number('capacity', 4, 300, 0.8), flag('safe', 0.7, 0.9, 'safety clearance'), choice('surroundings', ['indoor', 'outdoor', 'mixed'], 0.5), day('checked_on', -300, -1, 0.6, 'date of the last check'), money('rent', 20, 900, 0.4), text('address', 'street', 0.5), text('access_code', 'code', 0.4)],
    ways: [[step('prepare', 'prepared', { gate: true }), step('open', 'opened'), step('close', 'closed', { ends: true })]],
  },
  thing: {
    kind: 'thing', named: THING_NAMES, rows: [24, 70], about: 'Each ONE is known by its name.', gate: 'sound', initial: 'listed',
    fields: [choice('condition', ['new', 'good', 'worn', 'damaged'], 0.8), number('weight', 1, 200, 0.5, 'kg'), money('worth', 5, 2500, 0.6), flag('sound', 0.65, 0.8, 'quality approval'), text('storage', 'code', 0.6, true, 'storage code'), day('acquired_on', -1500, -5, 0.4, 'date of acquisition', false), day('checked_on', -200, -1, 0.5, 'date of the last check'), text('remark', 'note', 0.4), choice('source', ['own', 'bought', 'donated', 'borrowed'], 0.4)],
    ways: [
      [step('inspect', 'inspected'), step('release', 'released', { gate: true }), step('repair', 'under repair', { to: 'under_repair' }), step('retire', 'retired', { ends: true })],
      [step('label', 'labelled'), step('test', 'tested', { gate: true }), step('put_to_use', 'in use', { says: 'put {it} to use' }), step('scrap', 'scrapped', { ends: true })],
      [step('check', 'checked', { asks: ['condition'] }), step('reserve', 'reserved', { gate: true }), step('take_out', 'taken out', { says: 'take {it} out' }), step('write_off', 'written off', { says: 'write {it} off', ends: true })],
    ],
  },
  document: {
    kind: 'document', named: TITLES, rows: [40, 110], about: 'Each ONE has a title.', gate: 'complete', initial: 'received',
    fields: [number('pages', 1, 240, 0.5), day('received_on', -200, -1, 0.7, 'date of receipt', false), flag('complete', 0.6, 0.8), { ...flag('confidential', 0.2, 0.5), mutable: false }, choice('category', ['standard', 'special', 'urgent'], 0.7), number('rating', 1, 100, 0.4), text('shelf_mark', 'code', 0.5), text('remark', 'note', 0.4), money('fee', 5, 400, 0.4)],
    ways: [
      [step('review', 'reviewed', { gate: true }), step('approve', 'approved'), step('archive', 'archived'), step('reject', 'rejected', { ends: true })],
      [step('check', 'checked', { asks: ['category'] }), step('sign', 'signed', { gate: true }), step('file', 'filed'), step('void', 'voided', { ends: true })],
      [step('catalogue', 'catalogued', { gate: true }), step('release', 'released'), step('withdraw', 'withdrawn', { ends: true })],
    ],
  },
  event: {
    kind: 'event', named: false, rows: [50, 140], about: 'Each ONE takes place on a day.', gate: 'prepared', initial: 'proposed',
    fields: [day('day', -30, 60, 1), number('hours', 1, 9, 0.7), choice('form', ['regular', 'special', 'trial'], 0.6), flag('prepared', 0.6, 0.7), choice('outcome', ['good', 'mixed', 'poor'], 0.7), number('attendance', 1, 80, 0.5), money('cost', 10, 900, 0.5), text('remark', 'note', 0.4)],
    ways: [
      [step('schedule', 'scheduled', { gate: true }), step('start', 'under way', { to: 'under_way' }), step('complete', 'completed', { asks: ['outcome'] }), step('cancel', 'cancelled', { ends: true })],
      [step('announce', 'announced'), step('confirm', 'confirmed', { gate: true }), step('wrap_up', 'wrapped up', { says: 'wrap {it} up', asks: ['outcome'] }), step('call_off', 'called off', { says: 'call {it} off', ends: true })],
      [step('plan', 'planned'), step('staff', 'staffed', { gate: true }), step('finish', 'finished', { asks: ['outcome'] }), step('scrap', 'scrapped', { ends: true })],
    ],
  },
  request: {
    kind: 'document', named: false, rows: [50, 150], about: 'Each ONE waits for an answer.', gate: 'complete', initial: 'entered',
    fields: [money('amount', 5, 1200, 0.8), number('quantity', 1, 60, 0.6), day('due_on', -20, 40, 0.8, 'due date'), choice('priority', ['low', 'normal', 'high'], 0.7), flag('complete', 0.65, 0.7), choice('channel', ['desk', 'phone', 'web'], 0.4), text('remark', 'note', 0.5), text('handled_by', 'person', 0.3)],
    ways: [
      [step('accept', 'accepted', { gate: true }), step('process', 'processed'), step('settle', 'settled'), step('decline', 'declined', { ends: true })],
      [step('sort', 'sorted', { asks: ['priority'] }), step('grant', 'granted', { gate: true }), step('fulfil', 'fulfilled'), step('turn_down', 'turned down', { says: 'turn {it} down', ends: true })],
    ],
  },
}
