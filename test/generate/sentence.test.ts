/** Sentences: what they name, what is done to it, and what they wish for; whatever is typed, something comes of it. */
import t from 'tap'
import { GymError } from '../../src/core/gym-error.ts'
import { readSentence } from '../../src/generate/sentence.ts'
import { infinitive, participle, plural, singular } from '../../src/generate/sentence-language.ts'
import fc from '../property.ts'

const deeds = (sentence: string) => readSentence(sentence).deeds.map(({ verb, particle, object, to }) => `${verb}${particle ? ` ${particle}` : ''} ${object}${to ? ` to ${to}` : ''}`)
const nouns = (sentence: string) => readSentence(sentence).nouns.map(({ name }) => name)

t.test('verbs find their objects', async (t) => {
  const cases: readonly [string, string[]][] = [
    ['a clinic that books, reschedules and bills appointments', ['book appointment', 'reschedule appointment', 'bill appointment']],
    ['a podcast network that schedules recordings, publishes episodes and pays hosts', ['schedule recording', 'publish episode', 'pay host']],
    ['A municipal archive where archivists digitise deeds, lend maps to researchers, and restore damaged photographs', ['digitise deed', 'lend map to researcher', 'restore photograph']],
    ['a film festival whose jury screens films, scores entries and awards prizes', ['screen film', 'score entry', 'award prize']],
    ['a space station that orders supplies, unpacks cargo and rations oxygen', ['order supply', 'unpack cargo', 'ration oxygen']],
    ['a school where exams are graded and certificates issued', ['grade exam', 'issue certificate']],
    ['book appointments and check patients in', ['book appointment', 'check in patient']],
    ['track parcels and refund lost shipments', ['track parcel', 'refund shipment']],
    ['I need a system for managing bee hives and selling honey', ['sell honey']],
  ]
  for (const [sentence, expected] of cases) t.same(deeds(sentence), expected, sentence)
})

t.test('places keep their words, and are no entities', async (t) => {
  for (const [sentence, place, others] of [
    ['a beekeeping cooperative', 'a beekeeping cooperative', []], ['podcast network', 'a podcast network', []], ['a film-festival jury', 'a film festival jury', []], ['an orchid nursery that waters plants', 'an orchid nursery', ['plant']],
    ['a museum of clocks where curators restore clocks', 'a museum of clocks', ['clock', 'curator']], ['a Mars colony with greenhouses', 'a mars colony', ['greenhouse']],
    ['two-level hierarchy of agents at a tattoo studio', 'a tattoo studio', []], ['space-station supplies', undefined, ['space_station_supply']],
  ] as const) {
    t.equal(readSentence(sentence).place, place, sentence)
    t.same(nouns(sentence), others, sentence)
  }
})

t.test('wishes for the team, the dynamics and the difficulty', async (t) => {
  for (const [sentence, wishes] of [
    ['a clinic; three layers; flaky network', { layers: 3, profile: 'flaky', axes: {} }], ['a farm with 20 agents in a pipeline', { agents: 20, pattern: 'pipeline', axes: {} }], ['a shop, router', { pattern: 'router', axes: {} }],
    ['a shop with a blackboard', { pattern: 'blackboard', axes: {} }], ['a shop run by a planner and an executor', { pattern: 'planner-executor', axes: {} }], ['a shop, map and merge', { pattern: 'map-merge', axes: {} }],
    ['a shop with a supervisor that sends work back', { pattern: 'evaluator-optimizer', axes: {} }], ['a shop with hand-offs', { pattern: 'hand-off', axes: {} }], ['a shop, a hierarchy of four levels', { pattern: 'hierarchy', layers: 4, axes: {} }],
    ['a shop with a single agent', { pattern: 'single', axes: {} }], ['a shop, hostile, no approvals', { profile: 'hostile', lawless: true, axes: {} }], ['a shop in a clean environment', { profile: 'clean', axes: {} }],
    ['a shop with realistic tools and without rules', { profile: 'realistic', lawless: true, axes: {} }], ['a shop with slow tools', { profile: 'latency', axes: {} }], ['a shop; easy', { axes: { depth: 1, joins: 0, missing: 0 } }],
    ['a shop with hard tasks', { axes: { depth: 4, joins: 2 } }], ['a shop with many tools and deep plans', { axes: { tools: 11, depth: 5 } }], ['a shop with 6 steps', { axes: { depth: 6 } }], ['a shop with 900 agents', { agents: 64, axes: {} }],
    ['an oil pipeline operator', { axes: {} }], ['a hard hat factory', { axes: {} }], ['a podcast network', { axes: {} }],
  ] as const) t.same(readSentence(sentence).wishes, wishes, sentence)
})

t.test('whatever is typed, a reading or a typed error', async (t) => {
  const bits = fc.constantFrom('a', 'the', 'that', 'and', ',', ';', '.', 'books', 'rescheduled', 'three layers', '20 agents', 'pipeline', '__proto__', 'constructor', 'toString', '🐝', 'ß', '養蜂', '\u0000', '\u202e', '-', '--', '((', '%', '${x}', '<b>', 'flaky', 'no', 'of', 'in', 'hives')
  const anything = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 160 }), fc.array(bits, { maxLength: 40 }).map((words) => words.join(' ')), fc.array(bits, { maxLength: 40 }).map((words) => words.join('')))
  fc.assert(fc.property(anything, (text) => {
    try {
      const { nouns: found, deeds: done } = readSentence(text)
      for (const { name } of found) if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`"${name}" is no name`)
      for (const { verb, object } of done) if (!/^[a-z]+$/.test(verb) || !/^[a-z][a-z0-9_]*$/.test(object)) throw new Error(`"${verb} ${object}" is no deed`)
    } catch (error) {
      if (!(error instanceof GymError)) throw error
    }
  }), { numRuns: 1500 })
  t.throws(() => readSentence('é'.repeat(251)), /at most 500 bytes, found 502/)
  t.same(readSentence('').nouns, [])
})

t.test('long repetitions take no time', async (t) => {
  for (const piece of ['with the ', 'a ', 'and ', '3 ', 'the the very ', ',', '; ', 'no ', 'ing ', 'that ', 'x-', '1 agents ']) {
    const started = process.hrtime.bigint()
    readSentence(piece.repeat(600).slice(0, 500))
    t.ok(Number(process.hrtime.bigint() - started) < 500e6, piece)
  }
})

t.test('other forms of words', async (t) => {
  t.same(['hives', 'juries', 'buses', 'analyses', 'people', 'news', 'glass'].map(singular), ['hive', 'jury', 'bus', 'analysis', 'person', 'news', 'glass'])
  t.same(['hive', 'jury', 'crew_member', 'series', 'staff'].map(plural), ['hives', 'juries', 'crew_members', 'series_list', 'staffs'])
  t.same(['reschedules', 'bills', 'managing', 'need', 'bring', 'harvested'].map(infinitive), ['reschedule', 'bill', 'manage', 'need', 'bring', 'harvest'])
  t.same(['publish', 'withdraw', 'lend', 'write', 'pay', 'screen'].map(participle), ['published', 'withdrawn', 'lent', 'written', 'paid', 'screened'])
})
