/** References: one spelling each, read back as they were meant, and refused with the place and the remedy. */
import t from 'tap'
import { GymError } from '../../src/core/gym-error.ts'
import { AXES, type AxisName } from '../../src/generate/axis.ts'
import { PATTERNS } from '../../src/generate/grammar-request.ts'
import { type GenReference, GENERATOR_VERSION, MOST_SENTENCE, parseReference, printReference } from '../../src/generate/reference.ts'
import { ScenarioRef } from '../../protocol/scalars.ts'
import fc from '../property.ts'

const axes = fc.record(Object.fromEntries(Object.entries(AXES).map(([name, { from, to, whole }]) => [name, whole ? fc.integer({ min: from, max: to }) : fc.integer({ min: from * 1000, max: to * 1000 }).map((n) => n / 1000)])) as Record<AxisName, fc.Arbitrary<number>>, { requiredKeys: [] })
const reference: fc.Arbitrary<GenReference> = fc.record({
  version: fc.constant(GENERATOR_VERSION), theme: fc.stringMatching(/^[a-z][a-z0-9-]{1,20}$/), axes,
  pattern: fc.constantFrom(...PATTERNS), agents: fc.integer({ min: 1, max: 64 }), profile: fc.constantFrom('clean', 'flaky'),
  sentence: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.toWellFormed()).filter((text) => encodeURIComponent(text).length <= MOST_SENTENCE / 3),
}, { requiredKeys: ['version', 'theme', 'axes'] })

t.test('what is printed is read back, has one spelling, and fits the schema of references', async () => {
  fc.assert(fc.property(reference, (given) => {
    const text = printReference(given)
    const back = parseReference(text)
    return printReference(back) === text && JSON.stringify(Object.entries(back).sort()) !== '' && back.sentence === given.sentence && back.theme === given.theme && ScenarioRef.safeParse(text).success
      && Object.keys(AXES).every((name) => back.axes[name as AxisName] === given.axes[name as AxisName])
  }), { numRuns: 500 })
})

t.test('any text is read, or refused by a typed error', async () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string().map((text) => `gen:1/any?${text}`), fc.string().map((text) => `gen:1/${text}`)), (text) => {
    try {
      parseReference(text)
      return true
    } catch (error) {
      return error instanceof GymError && error.gymCode === 'GYM_INVALID_PARAMS' && typeof error.data.path === 'string'
    }
  }), { numRuns: 1000 })
})
