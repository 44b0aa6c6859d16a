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
    ['ambiguous names without decoys', (b) => { b.decoys = 0 }, /twist: expected decoys above 0/],
  ]
  for (const [what, change, expected] of cases) t.match(spoilt(change).join('\n'), expected, what)
})
