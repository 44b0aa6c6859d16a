import t from 'tap'
import { below, chance, joined, joinedWord, type Key, keyOf, nth, weighted, word, word53 } from '../../src/core/keyed.ts'
import { permutationOf } from '../../src/core/permutation.ts'
import { splitOf } from '../../src/core/split.ts'
import fc from '../property.ts'

type Parts = (string | number)[]

/** Chi-square of counts against an even spread, in standard deviations of its own distribution. */
function unevenness(counts: readonly number[], total: number): number {
  const wanted = total / counts.length
  const chi = counts.reduce((sum, n) => sum + (n - wanted) ** 2 / wanted, 0)
  const freedom = counts.length - 1
  return (chi - freedom) / Math.sqrt(2 * freedom)
}

function tally(cells: number, draws: number, cellOf: (i: number) => number): number[] {
  const counts = new Array<number>(cells).fill(0)
  for (let i = 0; i < draws; i++) counts[cellOf(i)]!++
  return counts
}

// All draws are keyed, so these are the same numbers in every run; 4.5 sigma would be one in 300,000 for true chance.
const TOLERANCE = 4.5
const spell = (key: Key) => `${key.a >>> 0}/${key.b >>> 0}`

t.test('draws are even: by index, by name, by seed, by low and high bits, and in pairs', async (t) => {
  const key = keyOf(['row', 7, 'orders', 'total'])
  const keys: Record<string, (i: number) => number> = {
    'by index': (i) => word(key, i),
    'by seed': (i) => word(keyOf(['row', i, 'orders', 'total'])),
    'by large seed': (i) => word(keyOf(['row', i * 4294967296, 'orders'])),
    'by name': (i) => word(keyOf(['row', 7, `table${i}`])),
    'by negative index': (i) => word(key, ~i),
    'by high bits of a seed of 53 bits': (i) => word53(keyOf(['luck', i])) / 2 ** 21,
  }
  for (const [name, draw] of Object.entries(keys)) {
    t.ok(Math.abs(unevenness(tally(256, 100_000, (i) => Math.floor(draw(i) % 256)), 100_000)) < TOLERANCE, `${name}: low byte`)
    t.ok(Math.abs(unevenness(tally(256, 100_000, (i) => Math.floor(draw(i) / 2 ** 24) % 256), 100_000)) < TOLERANCE, `${name}: high byte`)
    t.ok(Math.abs(unevenness(tally(256, 100_000, (i) => (Math.floor(draw(i) / 2 ** 28) % 16) * 16 + (Math.floor(draw(i + 1) / 2 ** 28) % 16)), 100_000)) < TOLERANCE, `${name}: neighbours`)
  }
  const other = keyOf(['row', 7, 'orders', 'tax'])
  t.ok(Math.abs(unevenness(tally(256, 100_000, (i) => below(key, 16, i) * 16 + below(other, 16, i)), 100_000)) < TOLERANCE, 'two columns of one row are independent')
  t.ok(Math.abs(unevenness(tally(1000, 200_000, (i) => below(key, 1000, i)), 200_000)) < TOLERANCE, 'below')
  t.ok(Math.abs(unevenness(tally(64, 100_000, (i) => Math.floor(below(key, 2 ** 40, i) / 2 ** 34)), 100_000)) < TOLERANCE, 'below a large number')
})

t.test('one bit of a seed moves half of the bits of a draw', async (t) => {
  let flips = 0
  for (let seed = 0; seed < 4000; seed++) {
    const a = word(keyOf(['row', seed, 'x']))
    for (const bit of [1, 2 ** 15, 2 ** 31, 2 ** 40]) {
      let changed = (a ^ word(keyOf(['row', seed + bit, 'x']))) >>> 0
      for (; changed; changed &= changed - 1) flips++
    }
  }
  const mean = flips / 16_000
  t.ok(Math.abs(mean - 16) < 0.2, `${mean} of 32 bits`)
})

t.test('names never collide: not by concatenation, not between numbers and texts', async (t) => {
  const pairs: [Parts, Parts][] = [
    [['ab', 'c'], ['a', 'bc']], [['abc'], ['ab', 'c']], [['a', ''], ['a']], [['', 'a'], ['a', '']], [[''], []], [['', ''], ['']],
    [['1'], [1]], [[1, 2], [12]], [[1, 2], [2, 1]], [['\0'], ['']], [['a\0'], ['a']], [['a'], ['a', 0]], [[0], []], [[0], ['']],
    [[2 ** 32], [0]], [[2 ** 32], [1]], [[-1], [2 ** 32 - 1]], [[2 ** 53 - 1], [-1]], [['é'], ['e\u0301']], [['ab'], ['ba']],
  ]
  for (const [a, b] of pairs) t.not(spell(keyOf(a)), spell(keyOf(b)), `${JSON.stringify(a)} ${JSON.stringify(b)}`)
  const part = fc.oneof(fc.string({ maxLength: 12, unit: 'binary' }), fc.maxSafeInteger(), fc.constantFrom('', 'a', 'b', 'ab', 0, 1))
  const parts = fc.array(part, { maxLength: 5 })
  t.doesNotThrow(() => fc.assert(fc.property(parts, parts, (a, b) => (JSON.stringify(a) === JSON.stringify(b)) === (spell(keyOf(a)) === spell(keyOf(b)))), { numRuns: 5000 }))
  const seen = new Set<string>()
  for (let seed = 0; seed < 500; seed++) for (let row = 0; row < 500; row++) seen.add(spell(keyOf(['row', seed, row])))
  t.equal(seen.size, 250_000)
})

t.test('a key goes on where another ended, and asking moves nothing', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.maxSafeInteger())), fc.array(fc.oneof(fc.string(), fc.maxSafeInteger())), (a, b) => {
    const whole = keyOf([...a, ...b])
    return spell(keyOf(b, keyOf(a))) === spell(whole) && word(whole, 3) === word(whole, 3)
  })))
  // Golden: another value here is another engine version.
  t.same([word(keyOf(['pinned', 1])), word(keyOf(['pinned', 1]), 5), word53(keyOf(['pinned', 'é'])), word53(keyOf([-1, 2 ** 40]), 3)], [2440499898, 1850373645, 1173811863643214, 6122001829668327])
})

t.test('ranges: below, 53 bits, chances that nest, weights', async (t) => {
  const key = fc.maxSafeInteger().map((seed) => keyOf(['k', seed]))
  t.doesNotThrow(() => fc.assert(fc.property(key, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.nat(), (k, n, i) => {
    const drawn = below(k, n, i)
    return Number.isSafeInteger(drawn) && drawn >= 0 && drawn < n
  })))
  t.doesNotThrow(() => fc.assert(fc.property(key, fc.nat(), (k, i) => Number.isSafeInteger(word53(k, i)) && word53(k, i) >= 0)))
  t.doesNotThrow(() => fc.assert(fc.property(key, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (k, p, q, i) => !chance(k, Math.min(p, q), i) || chance(k, Math.max(p, q), i))))
  const one = keyOf(['chance'])
  t.ok(Array.from({ length: 1000 }, (_, i) => chance(one, 1, i) && !chance(one, 0, i)).every(Boolean))
  const cumulative = [0, 3, 3, 10]
  const counts = tally(4, 100_000, (i) => weighted(one, cumulative, i))
  t.same([counts[0], counts[2]], [0, 0], 'a weight of 0 is never drawn')
  t.ok(Math.abs(counts[1]! / 100_000 - 0.3) < 0.01, `${counts[1]} of 30,000`)
})

t.test('a permutation is a bijection, and its inverse undoes it', async (t) => {
  for (const size of [1, 2, 3, 4, 5, 7, 15, 16, 17, 63, 64, 65, 100, 255, 256, 257, 1000, 1024, 4097, 10_000, 100_000]) {
    const { forward, inverse } = permutationOf(keyOf(['p', size]), size)
    const hit = new Uint8Array(size)
    let right = true
    for (let i = 0; i < size; i++) {
      const at = forward(i)
      right &&= at >= 0 && at < size && inverse(at) === i && forward(inverse(i)) === i
      hit[at] = 1
    }
    t.ok(right && hit.every((n) => n === 1), `${size}`)
  }
  t.doesNotThrow(() => fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 30 }), fc.nat(), (seed, size, at) => {
    const { forward, inverse } = permutationOf(keyOf([seed]), size)
    const i = at % size
    return forward(i) < size && forward(i) >= 0 && inverse(forward(i)) === i
  })))
  const firsts = tally(100, 20_000, (seed) => permutationOf(keyOf(['first', seed]), 100).forward(0))
  t.ok(Math.abs(unevenness(firsts, 20_000)) < TOLERANCE, 'the first of a hundred is any of them')
})

t.test('splits: 80 / 10 / 10 by seed, and always the same', async (t) => {
  const shares = { train: 0, validation: 0, test: 0 }
  for (let seed = 0; seed < 50_000; seed++) shares[splitOf(seed)]++
  for (const [split, wanted] of [['train', 0.8], ['validation', 0.1], ['test', 0.1]] as const) t.ok(Math.abs(shares[split] / 50_000 - wanted) < 0.006, `${split}: ${shares[split]}`)
  t.doesNotThrow(() => fc.assert(fc.property(fc.maxSafeInteger().map(Math.abs), (seed) => splitOf(seed) === splitOf(seed) && Object.hasOwn(shares, splitOf(seed)))))
})

t.test('short ways to a name give what the long ones give', async (t) => {
  for (let i = 0; i < 500; i++) {
    const [a, b] = [keyOf(['a', i]), keyOf(['b', i * 7])]
    t.equal(joinedWord(a, b, i % 13), word(joined(a, b), i % 13))
    t.same(nth(a, i * 1001), keyOf([i * 1001], a))
  }
  t.notSame(joined(keyOf(['a']), keyOf(['b'])), joined(keyOf(['b']), keyOf(['a'])), 'in this order')
})
