/** A blueprint written by hand: small, with every kind of field, guard and goal. */
import { Blueprint } from '../../protocol/spec/blueprint.ts'

const id = (prefix: string) => ({ style: 'draw' as const, prefix, digits: 5 })

export const CLINIC: Blueprint = Blueprint.parse({
  format: 'fractal-gym.blueprint/1', name: 'gen-clinic', title: 'A small clinic', theme: 'clinic', place: 'an outpatient clinic', epoch: '2026-03-09T07:30:00Z',
  entities: [
    { name: 'patient', plural: 'patients', about: 'People who are treated here.', kind: 'person', named: 'person', id: id('P-'), rows: 60, fields: [
      { name: 'phone', type: 'text', form: 'phone', mutable: true, says: 'phone number' }, { name: 'insured', type: 'flag', chance: 0.6, mutable: true }, { name: 'blocked', type: 'flag', chance: 0.15 }, { name: 'plan', type: 'choice', values: ['basic', 'plus', 'family'], mutable: true },
    ] },
    { name: 'doctor', plural: 'doctors', about: 'Those who treat.', kind: 'person', named: 'person', id: id('D-'), rows: 12, fields: [{ name: 'specialty', type: 'choice', values: ['skin', 'heart', 'general'] }] },
    { name: 'appointment', plural: 'appointments', about: 'Visits, past and to come.', kind: 'event', named: false, id: id('A-'), rows: 120, fields: [
      { name: 'day', type: 'day', between: [-30, 60], mutable: true }, { name: 'kind', type: 'choice', values: ['checkup', 'followup', 'laser'] }, { name: 'minutes', type: 'number', between: [10, 90], unit: 'minutes' }, { name: 'remark', type: 'text', form: 'note', mutable: true }, { name: 'outcome', type: 'choice', values: ['well', 'referred', 'unclear'] },
    ], relations: [{ name: 'patient', to: 'patient' }, { name: 'doctor', to: 'doctor', mutable: true }], lifecycle: { field: 'status', states: ['booked', 'confirmed', 'arrived', 'completed', 'cancelled'], initial: 'booked', actions: [
      { verb: 'confirm', says: 'confirm {it}', done: 'confirmed', from: ['booked'], to: 'confirmed' },
      { verb: 'check_in', says: 'check {it} in', done: 'checked in', from: ['confirmed'], to: 'arrived', needs: [{ relation: 'patient', field: 'insured', is: true, says: 'the patient is not insured' }] },
      { verb: 'complete', says: 'complete {it}', done: 'completed', from: ['arrived'], to: 'completed', asks: ['outcome'] },
      { verb: 'cancel', says: 'cancel {it}', done: 'cancelled', from: ['booked', 'confirmed'], to: 'cancelled', destructive: true },
    ] } },
    { name: 'invoice', plural: 'invoices', about: 'What patients have to pay.', kind: 'document', named: false, id: { style: 'counter', prefix: 'INV-', digits: 5 }, rows: 90, fields: [
      { name: 'amount', type: 'money', between: [20, 400] }, { name: 'due_on', type: 'day', between: [-20, 40], mutable: true, says: 'due date' },
    ], relations: [{ name: 'appointment', to: 'appointment' }], lifecycle: { field: 'state', states: ['draft', 'sent', 'paid', 'void'], initial: 'draft', actions: [
      { verb: 'send', says: 'send {it}', done: 'sent', from: ['draft'], to: 'sent', needs: [{ relation: 'appointment', field: 'status', is: 'completed', says: 'the appointment is not completed' }] },
      { verb: 'settle', says: 'settle {it}', done: 'settled', from: ['sent'], to: 'paid' },
      { verb: 'void', says: 'void {it}', done: 'voided', from: ['draft', 'sent'], to: 'void', destructive: true },
    ] } },
    { name: 'device', plural: 'devices', about: 'Machines that are lent out.', kind: 'thing', named: { first: ['Blue', 'Grey', 'Small', 'Tall', 'Quiet', 'New'], second: ['Laser', 'Scanner', 'Monitor', 'Lamp', 'Pump', 'Scale'] }, id: id('X-'), rows: 24, fields: [{ name: 'room', type: 'text', form: 'code', mutable: true }, { name: 'price', type: 'money', between: [100, 9000] }, { name: 'serviced', type: 'day', between: [-300, -1] }] },
  ],
  style: {},
  forbid: [{ entity: 'appointment', verbs: ['confirm', 'check_in'], when: { relation: 'patient', field: 'blocked', is: true, says: 'the patient is blocked' }, says: 'Nothing is confirmed or checked in for patients who are blocked.' }],
  intents: [
    { name: 'settle_invoice', goals: [{ goal: 'state', entity: 'invoice', state: 'paid', depth: 1 }], reference: 'relation', joins: 2 },
    { name: 'through', goals: [{ goal: 'state', entity: 'appointment', state: 'completed', depth: 3 }], reference: 'relation', joins: 1 },
    { name: 'through_insured', goals: [{ goal: 'state', entity: 'appointment', state: 'arrived', depth: 3 }], reference: 'relation', joins: 1 },
    { name: 'new_phone', goals: [{ goal: 'field', entity: 'patient', field: 'phone' }], reference: 'name' },
    { name: 'new_due', goals: [{ goal: 'field', entity: 'invoice', field: 'due_on' }], reference: 'extreme', joins: 1 },
    { name: 'other_doctor', goals: [{ goal: 'link', entity: 'appointment', relation: 'doctor' }], reference: 'attributes', joins: 1 },
    { name: 'book', goals: [{ goal: 'create', entity: 'appointment', then: 1 }] },
    { name: 'new_device', goals: [{ goal: 'create', entity: 'device' }] },
    { name: 'ask_amount', goals: [{ goal: 'question', entity: 'invoice', ask: 'field', field: 'amount' }], reference: 'relation', joins: 2 },
    { name: 'ask_count', goals: [{ goal: 'question', entity: 'appointment', ask: 'count' }], reference: 'relation', joins: 1 },
    { name: 'ask_sum', goals: [{ goal: 'question', entity: 'appointment', ask: 'sum', field: 'minutes' }], reference: 'relation', joins: 1 },
    { name: 'ask_most', goals: [{ goal: 'question', entity: 'device', ask: 'most', field: 'price' }] },
    { name: 'ask_related', goals: [{ goal: 'question', entity: 'appointment', ask: 'related', field: 'doctor' }], reference: 'relation', joins: 1 },
    { name: 'cancel_all', goals: [{ goal: 'each', entity: 'appointment', state: 'cancelled', rows: 2 }], reference: 'relation', joins: 1 },
    { name: 'both', goals: [{ goal: 'field', entity: 'patient', field: 'plan' }, { goal: 'state', entity: 'invoice', state: 'void', depth: 1 }], reference: 'relation', joins: 2 },
    { name: 'phone_missing', goals: [{ goal: 'field', entity: 'patient', field: 'phone' }], twist: 'missing' },
    { name: 'which_patient', goals: [{ goal: 'field', entity: 'patient', field: 'phone' }], twist: 'ambiguous' },
    { name: 'too_late', goals: [{ goal: 'state', entity: 'appointment', state: 'cancelled', depth: 1 }], reference: 'relation', joins: 1, twist: 'infeasible' },
    { name: 'blocked', goals: [{ goal: 'state', entity: 'appointment', state: 'confirmed', depth: 1 }], reference: 'relation', joins: 1, twist: 'forbidden' },
    { name: 'erase', goals: [{ goal: 'state', entity: 'invoice', state: 'void', depth: 1 }], reference: 'relation', joins: 2, twist: 'no_tool' },
  ],
  team: {},
})
