/** Statistics against the numbers of other people's programs: statsmodels 0.15.0 and scipy 1.17.1, computed once. */
import t from 'tap'
import { keyOf } from '../../src/core/keyed.ts'
import { holm } from '../../src/statistics/holm.ts'
import { passAtK, passHatK } from '../../src/statistics/pass-at-k.ts'
import { signFlip } from '../../src/statistics/sign-flip.ts'
import { spearman } from '../../src/statistics/spearman.ts'
import { wilson } from '../../src/statistics/wilson.ts'

const close = (found: number, expected: number, digits = 10): boolean => Math.abs(found - expected) < 10 ** -digits

t.test('wilson: proportion_confint(c, n, method="wilson")', async (t) => {
  for (const [c, n, low, high] of [[8, 10, 0.4901624715, 0.9433178485], [0, 10, 0, 0.2775327999], [10, 10, 0.7224672001, 1], [57, 200, 0.22695003, 0.3511534603], [1, 3, 0.0614919447, 0.7923403992]] as const) {
    const found = wilson(c, n)
    t.ok(close(found[0], low) && close(found[1], high), `${c} of ${n}: ${found.join(' ')}`)
  }
})

t.test('holm: multipletests(p, method="holm")', async (t) => {
  const found = holm([0.01, 0.04, 0.03, 0.005, 0.2, 0.04])
  t.ok([0.05, 0.12, 0.12, 0.03, 0.2, 0.12].every((p, i) => close(found[i]!, p)), found.join(' '))
  t.same(holm([]), [])
  t.same(holm([0.9, 0.8]), [1, 1])
})

t.test('sign flips: permutation_test((d,), sum, permutation_type="samples")', async (t) => {
  t.ok(close(signFlip([0.25, -0.5, 1, 0.75, 0, 0.5, -0.25, 1, 0.5, 0.25], keyOf(['a'])), 0.08203125))
  const twelve = [1, -2, 3, 4, -1, 2, 2, -3, 5, 1, 1.5, 2.5]
  t.ok(close(signFlip(twelve, keyOf(['a'])), 0.0888671875))
  // Many: by random flips, near to the normal approximation of the same sums.
  const many = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? -1 : 1) * (1 + (i % 5) / 10))
  const found = signFlip(many, keyOf(['many']))
  t.equal(signFlip(many, keyOf(['many'])), found, 'the same each time')
  t.ok(found > 0.003 && found < 0.03, `${found}`)
  t.equal(signFlip([0, 0], keyOf(['a'])), 1)
})

t.test('spearman: spearmanr with ties', async (t) => {
  t.ok(close(spearman([1, 2, 3, 4, 5, 6], [0.9, 0.7, 0.7, 0.75, 0.2, 0.1]), -0.8116794499134279, 12))
})

t.test('pass@k and pass^k: as counting all ways says', async (t) => {
  const n = 7
  for (let c = 0; c <= n; c++) for (let k = 1; k <= n; k++) {
    let [ways, some, every] = [0, 0, 0]
    for (let set = 0; set < 2 ** n; set++) {
      const members = Array.from({ length: n }, (_, i) => i).filter((i) => set & (1 << i))
      if (members.length !== k) continue
      ways += 1
      if (members.some((i) => i < c)) some += 1
      if (members.every((i) => i < c)) every += 1
    }
    t.ok(close(passAtK(n, c, k), some / ways, 12) && close(passHatK(n, c, k), every / ways, 12), `n ${n} c ${c} k ${k}`)
  }
  t.throws(() => passAtK(3, 4, 1), RangeError)
  t.throws(() => passHatK(3, 1, 4), RangeError)
})
