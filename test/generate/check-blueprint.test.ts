/** Complaints name their place, what was expected and the nearest name. */
import t from 'tap'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import { checkBlueprint } from '../../src/generate/check-blueprint.ts'
import { CLINIC } from './clinic-blueprint.ts'

/** Without the question for the dearest device, which belongs to nobody of whom it could be asked. */
const SOUND: Blueprint = { ...CLINIC, intents: CLINIC.intents.filter(({ name }) => name !== 'ask_most') }

function spoilt(change: (blueprint: any) => void): string[] {
  const copy = structuredClone(SOUND)
  change(copy)
  return checkBlueprint(copy).map(({ text }) => text)
}

t.test('a sound blueprint has none', async (t) => {
  t.same(checkBlueprint(SOUND).map(({ text }) => text), [])
})

t.test('each mistake is named', async (t) => {
  const cases: readonly [string, (blueprint: any) => void, RegExp][] = [
    ['a relation to a later entity', (b) => { b.entities[0].relations = [{ name: 'last', to: 'appointment', mutable: false }] }, /^entities\[0\]\.relations\[0\]\.to: expected an entity that stands before patient .*does not stand before it/],
    ['a relation to nothing', (b) => { b.entities[2].relations[0].to = 'patiant' }, /entities\[2\]\.relations\[0\]\.to: .*did you mean "patient"/],
    ['two of a name', (b) => { b.entities[1].plural = 'patients' }, /entities\[1\]\.plural: expected a name that no other has/],
    ['two columns of a name', (b) => { b.entities[2].fields[0].name = 'patient' }, /entities\[2\]\.fields\[0\]\.name: expected a column that no other has/],
    ['an unknown state', (b) => { b.entities[2].lifecycle.actions[0].to = 'confirmd' }, /actions\[0\]\.to: expected one of the states .*did you mean "confirmed"/],
    ['a state that nothing leads to', (b) => { b.entities[2].lifecycle.states.push('lost') }, /states\[5\]: expected a state that actions lead to from booked, found "lost"/],
    ['an argument that is no field', (b) => { b.entities[2].lifecycle.actions[2].asks = ['outcom'] }, /asks\[0\]: .*did you mean "outcome"/],
    ['a condition on text', (b) => { b.entities[2].lifecycle.actions[1].needs[0].field = 'phone' }, /needs\[0\]\.field: expected a flag, a choice or the state of patient .*found "phone, which is a text"/],
    ['a condition on an unknown value', (b) => { b.entities[3].lifecycle.actions[0].needs[0].is = 'complete' }, /needs\[0\]\.is: expected a state of appointment .*did you mean "completed"/],
    ['a phrase without {it}', (b) => { b.entities[2].lifecycle.actions[0].says = 'confirm' }, /says: expected an imperative with \{it\}/],
    ['a rule for an unknown verb', (b) => { b.forbid[0].verbs = ['confrim'] }, /forbid\[0\]\.verbs\[0\]: .*did you mean "confirm"/],
    ['a goal that is too deep', (b) => { b.intents[0].goals[0].depth = 8 }, /intents\[0\]\.goals\[0\]\.depth: expected a number of writes that lead to paid .*found "8"/],
    ['a field that nobody may change', (b) => { b.intents[3].goals[0].field = 'blocked' }, /goals\[0\]\.field: expected a mutable field/],
    ['an entity that does not exist', (b) => { b.intents[3].goals[0].entity = 'patint' }, /goals\[0\]\.entity: .*did you mean "patient"/],
    ['a name twice', (b) => { b.intents[1].name = b.intents[0].name }, /intents\[1\]\.name/],
    ['a team too small', (b) => { b.team = { ...b.team, pattern: 'hierarchy', layers: 3, agents: 2 } }, /team\.agents: expected at least 3/],
    ['nothing forbids it', (b) => { b.forbid = [] }, /goals\[0\]: expected a state whose action a rule forbids/],
    ['a question that nothing answers', (b) => { b.intents = CLINIC.intents }, /goals\[0\]\.ask: expected a question that device can answer \(there is field\), found "most"/],
    ['an expression in a text', (b) => { b.entities[2].lifecycle.actions[0].says = 'confirm {it} ${patients}' }, /actions\[0\]\.says: expected a text without \$\{/],
    ['a line break in a text', (b) => { b.entities[0].about = 'People\n---\nkind: World' }, /entities\[0\]\.about: expected one line without control characters/],
    ['half a character', (b) => { b.title = 'x\ud800' }, /^title: expected one line/],
    ['a blank text', (b) => { b.entities[4].named.first[0] = ' ' }, /named\.first\[0\]: expected a text that is not blank/],
    ['a word of CEL', (b) => { b.entities[2].fields[1].name = 'null' }, /fields\[1\]\.name: expected a name that is no word/],
    ['a name for variables', (b) => { b.entities[1].plural = 'row' }, /entities\[1\]\.plural: expected a longer word/],
    ['a name that is too long', (b) => { b.entities[1].name = 'd'.repeat(60) }, /entities\[1\]\.name: expected a name of at most 40/],
    ['a column of another field', (b) => { b.entities[2].fields[1].name = 'day_in' }, /fields\[1\]\.name: expected a column that is not made for another/],
    ['an argument of another meaning', (b) => { b.entities[2].fields[1].name = 'patient_id' }, /fields\[1\]\.name: expected a name that is no other argument/],
    ['two tools of a name', (b) => { b.entities[2].lifecycle.actions[0].verb = 'assign'; b.entities.push({ ...b.entities[4], name: 'appointment_doctor', plural: 'appointment_doctors', fields: [], lifecycle: { field: 'status', states: ['here', 'gone'], initial: 'here', actions: [{ verb: 'assign', says: 'assign {it}', done: 'assigned', from: ['here'], to: 'gone', asks: [], needs: [], destructive: false }] } }) }, /entities\[5\]\.name: .*no tool is made that appointment has already, found "assign_appointment_doctor"/],
    ['days that leave the calendar', (b) => { b.entities[2].fields[0].between = [-4e6, 4e6] }, /fields\[0\]\.between: expected at most 36500 days/],
    ['an epoch at the end of time', (b) => { b.epoch = '9999-12-31T00:00:00Z' }, /^epoch: expected a time of the years 1900 to 2200/],
    ['a name that leaves no room for its team', (b) => { b.name = 'a'.repeat(100) }, /^name: expected at most 80/],
    ['ambiguous names without decoys', (b) => { b.decoys = 0 }, /twist: expected decoys above 0/],
  ]
  for (const [what, change, expected] of cases) t.match(spoilt(change).join('\n'), expected, what)
})
