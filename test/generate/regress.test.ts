/** Plans by regression: they lead to the goal in exactly so many writes, and no shorter way does. */
import t from 'tap'
import type { Entity } from '../../protocol/spec/blueprint.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { type Plan, regress, regressUpTo, statesBefore, statesBeyond } from '../../src/generate/regress.ts'
import { CLINIC } from './clinic-blueprint.ts'

const entityOf = (name: string): Entity => CLINIC.entities.find((entity) => entity.name === name)!
const appointment = entityOf('appointment')
const invoice = entityOf('invoice')

/** Plays a plan over symbols; throws where an operator does not apply. */
function play({ operators, facts }: Plan, goal: string, of: Entity): void {
  const known = new Map(facts.map(({ relation, field, is, not }) => [`${relation ?? ''}.${field}`, not ? `not ${is}` : is]))
  for (const operator of operators) {
    const whose = operator.relation ?? ''
    if (operator.does === 'update') {
      known.set(`${whose}.${operator.field}`, operator.value)
      continue
    }
    const { action, entity } = operator
    const state = `${whose}.${entity.lifecycle!.field}`
    if (!action.from.includes(String(known.get(state)))) throw new Error(`${action.verb} from ${known.get(state)}`)
    for (const { relation, field, is } of action.needs) if (whose === '' && known.get(`${relation ?? ''}.${field}`) !== is) throw new Error(`${action.verb} needs ${field} ${is}`)
    known.set(state, action.to)
  }
  if (known.get(`.${of.lifecycle!.field}`) !== goal) throw new Error(`ends as ${known.get(`.${of.lifecycle!.field}`)}`)
}

t.test('distances run backwards over actions', async (t) => {
  t.same([...statesBefore(appointment, 'completed')], [['completed', 0], ['arrived', 1], ['confirmed', 2], ['booked', 3]])
  t.same(statesBeyond(appointment, 'completed'), ['cancelled'])
  t.same(statesBeyond(appointment, 'booked'), ['confirmed', 'arrived', 'completed', 'cancelled'])
})

t.test('every plan works, has its length, and mends what its start lacks', async (t) => {
  const lengths = new Map<string, number>()
  for (const [entity, goal] of [[appointment, 'completed'], [appointment, 'arrived'], [appointment, 'cancelled'], [invoice, 'paid'], [invoice, 'sent'], [invoice, 'void']] as const) {
    for (let depth = 1; depth <= 6; depth++) {
      for (let draw = 0; draw < 20; draw++) {
        const plan = regress(CLINIC, entity, goal, depth, keyOf(['plan', draw]))
        if (!plan) continue
        t.doesNotThrow(() => play(plan, goal, entity), `${entity.name} ${goal} ${depth}`)
        t.equal(plan.operators.length, depth)
        lengths.set(`${entity.name} ${goal}`, depth)
      }
    }
  }
  t.same(Object.fromEntries(lengths), { 'appointment completed': 4, 'appointment arrived': 3, 'appointment cancelled': 1, 'invoice paid': 3, 'invoice sent': 2, 'invoice void': 1 }, 'mending one condition is the longest way')
  t.equal(regressUpTo(CLINIC, appointment, 'completed', 8, keyOf(['plan']))!.operators.length, 4)
  t.equal(regress(CLINIC, appointment, 'booked', 1, keyOf(['plan'])), undefined)
})
