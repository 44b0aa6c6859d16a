/** Near-duplicates: those that are found by least hashes are those that a comparison of all pairs finds. */
import t from 'tap'
import { distinctShare, findNearDuplicates, gramsOf, jaccard, NEAR } from '../../src/audit/near-duplicate.ts'
import { below, keyOf } from '../../src/core/keyed.ts'

const WORDS = 'please move the late order of ada moss to next week and tell billing about it before noon thanks'.split(' ')

t.test('texts that differ in a word or two are found, others are not', async (t) => {
  const long = 'Please move the late order of Ada Moss to the warehouse in Northam, tell billing about it, and leave everything else exactly as it is today.'
  const { repeated, pairs } = findNearDuplicates([long, long.replace('today', 'now'), 'Count the open invoices of Ben Dahl.', long.toUpperCase()])
  t.equal(repeated, 2)
  t.same(pairs, [[0, 1], [0, 3]])
})

t.test('no pair is missed', async (t) => {
  const texts = Array.from({ length: 400 }, (_, i) => {
    const base = below(keyOf(['base', i]), 40)
    return Array.from({ length: 30 }, (_, k) => (below(keyOf(['swap', i, k]), 60) === 0 ? 'other' : WORDS[below(keyOf(['word', base, k]), WORDS.length)]!)).join(' ')
  })
  const grams = texts.map(gramsOf)
  const all = texts.filter((_, i) => grams.slice(0, i).some((other) => jaccard(grams[i]!, other) >= NEAR)).length
  const { repeated } = findNearDuplicates(texts)
  t.ok(all > 50, `${all} of them repeat`)
  t.ok(repeated <= all && repeated >= all * 0.97, `${repeated} of ${all}`)
})

t.test('distinct n-grams', async (t) => {
  t.equal(distinctShare(['a b c', 'a b d'], 2), 3 / 4)
  t.equal(distinctShare([], 2), 0)
})
