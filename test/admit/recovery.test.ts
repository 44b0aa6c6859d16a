/** Admission refuses faults that nothing gets past, and names the place and the remedy. */
import t from 'tap'
import { admitScenario } from '../../src/admit/admit.ts'
import { deadEnds } from '../../src/dynamics/way-past.ts'
import { deskScenario } from '../desk.ts'

const desk = deskScenario({
  honest: '- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, deadline_ms: 2000}\n',
  blind: '- {id: lost, kind: timeout.post_commit, match: {tools: [overdraw]}, deadline_ms: 2000}\n',
  keyed: '- {id: keys, kind: idempotency.key}\n- {id: lost, kind: timeout.post_commit, match: {effect: write}, deadline_ms: 2000}\n',
  stubborn: '- {id: busy, kind: error.abort, when: {probability: 0.1}, recovery: []}\n',
  twice: '- {id: twice, kind: delivery.duplicate, match: {tools: [pay]}}\n',
  harmless: '- {id: twice, kind: delivery.duplicate, match: {idempotent: true}}\n- {id: lost, kind: timeout.post_commit, match: {tools: [freeze]}, deadline_ms: 2000}\n',
  forbidden: "- {id: no, kind: auth.scope, match: {effect: write}, scope: 'x'}\n",
})

const endsOf = (profile: string) => deadEnds(desk.dynamicsOf(profile)!.dynamics, desk.root.tools, desk.root.name).map(({ entry, tool }) => `${entry} on ${tool}`)

t.test('a way past is told from what entries and tools declare', async (t) => {
  t.same(endsOf('honest'), [], 'pay has a read_back')
  t.same(endsOf('blind'), ['lost on overdraw'])
  t.same(endsOf('keyed'), [], 'a key makes repeating safe')
  t.same(endsOf('stubborn'), desk.root.tools.map((tool) => `busy on ${tool}`), 'stated to have no way')
  t.same(endsOf('twice'), ['twice on pay'])
  t.same(endsOf('harmless'), [], 'what is the same when it comes twice')
  t.same(endsOf('forbidden'), [], 'an honest report is a way')
})

t.test('the report names entry, tool and remedy', async (t) => {
  const checkOf = (profile: string) => admitScenario(desk, { seeds: 2, profiles: [profile] }).checks.find(({ id }) => id === 'recovery')!
  t.ok(checkOf('honest').ok)
  const { ok, detail } = checkOf('blind')
  t.notOk(ok)
  t.match(detail, /nothing gets past 'lost' \(timeout\.post_commit\) on overdraw: it needs a read_back for the tool, idempotent: true/)
  t.match(checkOf('stubborn').detail, /it needs recovery: \[retry\], or a match without it; and \d+ more/)
})
