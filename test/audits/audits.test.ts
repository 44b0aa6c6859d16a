/** Short forms of the long audits (`npm run audit`), and the golden trajectories. */
import t from 'tap'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { replayTrajectory } from '../../src/record/replay.ts'
import { shippedCatalogue, soloScenarios } from '../checkout.ts'
import { auditCanaries } from './canary.ts'
import { auditCatalogue, judgeCatalogue } from './catalogue.ts'
import { auditDeterminism } from './determinism.ts'
import { auditDynamics, judgeDynamics } from './dynamics.ts'
import { auditHostile } from './hostile.ts'
import { auditKill } from './kill.ts'
import { auditMutations, judgeMutations } from './mutations.ts'
import { goldens, playGolden, readGolden } from './golden.ts'
import { admitScenario } from '../../src/admit/admit.ts'

t.test('golden trajectories: played again they are the same to the byte, and they replay', async (t) => {
  for (const golden of goldens()) {
    const recorded = readGolden(golden)
    if (!recorded) {
      t.fail(`${golden.task} has no golden trajectory; npm run golden writes them`)
      continue
    }
    t.equal(canonicalJson(playGolden(golden)), canonicalJson(recorded), golden.task)
    t.same(replayTrajectory(golden.scenario, recorded).differences, [], golden.task)
    t.equal(recorded.reward, 1)
  }
})

t.test('determinism: a second process, 200 interleaved, every step of 20', async (t) => {
  const { wrong, played } = auditDeterminism(200, 200, 20)
  t.same(wrong, [])
  t.ok(played > 180)
})

t.test('every scenario under every profile: robust exactly 1, every kind ships and fires', async (t) => {
  t.same(judgeDynamics(auditDynamics(soloScenarios(), { seeds: 1, blind: ['actors', 'duplicates', 'hostile'] })), [])
})

t.test('every task of a scenario: oracle and robust exactly 1, trivial policies near 0, flaky has teeth', async (t) => {
  // One scenario stands for all: the others are played by admission below, and at length by `npm run audit`.
  t.same(judgeCatalogue(auditCatalogue(shippedCatalogue().find('retail')!, 80)), [])
})

t.test('random episodes under hostile: no fault of ours, the same in a second process', async (t) => {
  const { wrong, played, kinds } = auditHostile(150)
  t.same(wrong, [])
  t.ok(played > 135, `${played} episodes`)
  t.ok(Object.keys(kinds).length > 15, `${Object.keys(kinds).length} kinds of faults`)
})

t.test('canaries in every private place: nobody without privilege sees one, whatever is done', async (t) => {
  const { escaped, unseen, episodes } = auditCanaries(2000)
  t.same(escaped, [])
  t.same(unseen, [], 'they were there to be seen')
  t.ok(episodes > 100, `${episodes} episodes`)
})

t.test('a server killed at random moments: nothing lost under ack, made good under async', async (t) => {
  for (const [durability, moments] of [['ack', 2], ['async', 1]] as const) {
    const { wrong, kills, answers } = await auditKill(moments, durability, `short ${durability}`)
    t.same(wrong, [], durability)
    t.equal(kills, moments)
    t.ok(answers > moments * 15, `${answers} answers compared`)
  }
})

/** The largest take as long as all others together; `npm run audit -- admission` has them too. Their teams are here, and the other audits play them. */
const LARGE = ['broker', 'clinic', 'files', 'phone', 'travel']

t.test('the catalogue passes admission', async (t) => {
  for (const scenario of shippedCatalogue().list()) if (!LARGE.includes(scenario.name)) t.same(admitScenario(scenario, { seeds: 1 }).checks.filter((check) => !check.ok), [], scenario.name)
})

t.test('every verifier of the catalogue attacked: mutations, twins, robust under faults', async (t) => {
  const audit = await auditMutations(2, { effortAt: () => ({ tools: 3, places: 1, turn: 0 }), attackers: false })
  t.same(judgeMutations(audit), [])
  t.equal(audit.findings.length, 9)
  for (const row of ['as_it_is', 'without_read', 'own_reads_added', 'other_reads_added', 'reachable', 'twins as good', 'robust under flaky']) t.ok(audit.findings.every(({ rows }) => rows[row]!.played > 10), row)
  t.ok(audit.findings.every(({ rows }) => rows.stray_write!.played > 3))
})
