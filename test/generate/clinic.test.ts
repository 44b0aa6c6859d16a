/** A blueprint written by hand goes through the whole gate, in every style of tools. */
import t from 'tap'
import { Blueprint } from '../../protocol/spec/blueprint.ts'
import { admitScenario } from '../../src/admit/admit.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { writeDocuments } from '../../src/generate/write-documents.ts'
import { CLINIC } from './clinic-blueprint.ts'
import { written } from './written.ts'

/** Intents that this world has nothing for, whatever the draw. */
const NOTHING_FOR = ['ask_most']

const STYLES: Record<string, object> = {
  'tools for every action': {},
  'one tool for all actions, short lists': { actions: 'one', updates: 'field', listing: 'short', order: 'noun_verb', ids: 'number', errors: 'coded', descriptions: 'long', read: 'show', search: 'lookup' },
  'small pages, few words': { listing: 'short', ids: 'id', errors: 'terse', descriptions: 'short', page: 5, change: 'set', create: 'open' },
}

for (const [name, style] of Object.entries(STYLES)) {
  t.test(name, async (t) => {
    const blueprint = Blueprint.parse({ ...CLINIC, style })
    const { scenario, spec, documents } = written(blueprint, Object.keys(STYLES).indexOf(name))
    const missing = blueprint.intents.map((intent) => intent.name).filter((intent) => !documents.scenario.tasks[intent])
    t.ok(missing.every((intent) => [...NOTHING_FOR, 'ask_related'].includes(intent)), `no task for ${missing}`)
    const report = admitScenario(scenario, { seeds: 6, profiles: ['clean', 'flaky'], spec })
    for (const { id, ok, examples } of report.checks) t.ok(ok, `${id}: ${JSON.stringify(examples?.[0]?.found ?? '')}`)
  })
}

t.test('the same blueprint and key give the same documents', async (t) => {
  const write = () => JSON.stringify(writeDocuments(CLINIC, keyOf(['same'])))
  t.equal(write(), write())
  t.not(write(), JSON.stringify(writeDocuments(CLINIC, keyOf(['other']))))
})
