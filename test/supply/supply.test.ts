/** The supply: the same environment for the same reference and seed, proved, and kept within bounds. */
import t from 'tap'
import type { Distribution, Source } from '../../protocol/distribution.ts'
import type { Params } from '../../protocol/methods.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { Episode } from '../../src/episode/episode.ts'
import { generate, generateStepwise } from '../../src/generate/generate.ts'
import { parseReference } from '../../src/generate/reference.ts'
import { MOST_ATTEMPTS } from '../../src/supply/supply.ts'
import { drawSource } from '../../src/supply/draw-source.ts'
import { sampleAny } from '../../src/supply/sample-any.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { seedOf, shippedCatalogue } from '../checkout.ts'
import { PACKS } from '../generate/theme-packs.ts'
import { openSupply } from '../supply-under-test.ts'

t.test('what is supplied is proved: the oracle is paid 1, under its own dynamics too, and nothing is paid for nothing', async (t) => {
  const supply = openSupply()
  for (let i = 0; i < 40; i++) {
    const seed = seedOf('supply', i)
    const { scenario, task } = supply.find('gen:1/any', seed)
    for (const [policy, dynamics, reward] of [['oracle', 'clean', 1], ['robust', undefined, 1], ['noop', 'clean', 0]] as const) {
      const episode = Episode.start(scenario, { seed, task, options: dynamics === undefined ? {} : { dynamics } })
      t.equal(playOut(episode, createPolicy(policy, episode)!), reward, `seed ${seed} ${policy}`)
    }
  }
})

t.test('another supply gives the same, whatever it gave before', async (t) => {
  const [one, other] = [openSupply(), openSupply()]
  const seeds = Array.from({ length: 12 }, (_, i) => seedOf('same', i))
  const digests = seeds.map((seed) => one.find('gen:1/any?agents=5', seed).scenario.digest)
  t.same(seeds.toReversed().map((seed) => other.find('gen:1/any?agents=5', seed).scenario.digest).toReversed(), digests)
  t.equal(new Set(digests).size, seeds.length)
  t.equal(one.find('gen:1/any?agents=5', seeds[0]!).scenario, one.find('gen:1/any?agents=5', seeds[0]!).scenario, 'kept')
})

t.test('drafts that are not sound are never given to anybody', async (t) => {
  const seed = seedOf('unsound', 0)
  const broken = openSupply({ * write(reference, own, attempt) {
    const made = yield* generateStepwise(reference, own, attempt, PACKS)
    if (attempt === 2) return made
    const { tasks } = made.documents.scenario
    // Attempt 0 has no goal to speak of, attempt 1 does not compile.
    const spoilt = Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, attempt === 0 ? { ...task, outcome: 'done' as const, checks: [{ id: 'rest', kind: 'state.untouched' as const, gate: true, weight: 1, except: [] }], witness: [], finish: {}, answer: undefined } : { ...task, witness: [{ call: 'no_such_tool', with: {}, commutes: false }] }]))
    return { ...made, documents: { ...made.documents, scenario: { ...made.documents.scenario, tasks: spoilt } } }
  } })
  const { attempt, rejections } = broken.find('gen:1/any?delegation=0', seed)
  t.equal(attempt, 2)
  t.match(rejections.map(({ reason }) => reason), ['trivial', 'fault'])
  t.same([...broken.rejected], [['trivial', 1], ['fault', 1]])
  const hopeless = openSupply({ * write(reference, own) {
    const made = yield* generateStepwise(reference, own, 0, PACKS)
    return { ...made, documents: { ...made.documents, scenario: { ...made.documents.scenario, tasks: {} } } }
  } })
  t.throws(() => hopeless.find('gen:1/any', seed), { gymCode: 'GYM_NO_TASK', data: { reasons: { length: MOST_ATTEMPTS } } } as unknown as Error)
})

t.test('the cache is bounded by number and by weight, and what is used again weighs nothing more', async (t) => {
  const ref = 'gen:1/any?tools=3&delegation=0'
  const few = openSupply({ bounds: { kept: 4, bytes: 1e9 } })
  const kept = Array.from({ length: 4 }, (_, i) => few.find(ref, i).scenario)
  const weight = few.bytes
  t.ok(weight > 100_000)
  for (let i = 0; i < 100; i++) few.find(ref, i % 4)
  t.equal(few.bytes, weight)
  t.equal(few.find(ref, 0).scenario, kept[0])
  few.find(ref, 4)
  t.same([few.size, few.drawn], [4, 5])
  t.equal(few.find(ref, 0).scenario, kept[0], 'the least recently used has gone')
  t.not(few.find(ref, 1).scenario, kept[1])
  t.equal(few.find(ref, 1).scenario.digest, kept[1]!.digest, 'and comes back the same')
  const light = openSupply({ bounds: { kept: 100, bytes: 1 } })
  for (let i = 0; i < 5; i++) light.find(ref, i)
  t.equal(light.size, 1)
})

t.test('distributions: by weight, axes within their ranges, each drawn by itself', async (t) => {
  const of: Source[] = [{ scenario: 'retail', weight: 1, axes: {} }, { scenario: 'gen:1/any', weight: 3, axes: { depth: [2, 4] as [number, number], faults: [0.2, 0.4] as [number, number] } }]
  const drawn = Array.from({ length: 400 }, (_, i) => drawSource({ of }, keyOf(['row', i])).scenario)
  const retail = drawn.filter((scenario) => scenario === 'retail').length
  t.ok(retail > 70 && retail < 130, `${retail} of 400`)
  const depths = new Set(drawn.flatMap((scenario) => /depth=(\d)/.exec(scenario)?.[1] ?? []))
  t.same([...depths].sort(), ['2', '3', '4'])
  t.ok(drawn.every((scenario) => scenario === 'retail' || (Number(/faults=([\d.]+)/.exec(scenario)![1]) >= 0.2 && Number(/faults=([\d.]+)/.exec(scenario)![1]) <= 0.4)))
  const wider = Array.from({ length: 400 }, (_, i) => drawSource({ of: [of[0]!, { ...of[1]!, axes: { ...of[1]!.axes, faults: [0, 1] } }] }, keyOf(['row', i])).scenario)
  t.same(wider.map((scenario) => /depth=\d/.exec(scenario)?.[0]), drawn.map((scenario) => /depth=\d/.exec(scenario)?.[0]), 'one axis moves alone')
})

function fail(ref: string): never {
  throw new Error(`nothing is called ${ref}`)
}

t.test('sampling from a distribution', async (t) => {
  const supply = openSupply()
  const run = (params: Partial<Params<'task/sample'>>) => {
    const work = sampleAny({ seed: 4, count: 8, ...params } as Params<'task/sample'>, {
      * scenario(ref, seed, task) {
        if (ref.startsWith('gen:')) return (yield* supply.findStepwise(ref, seed, task)).scenario
        return shippedCatalogue().find(ref) ?? fail(ref)
      },
      splitOf: (ref, seed) => supply.splitOf(ref, seed),
    })
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
    }
  }
  const distribution: Distribution = { of: [{ scenario: 'retail', weight: 1, axes: {} }, { scenario: 'gen:1/bakery', weight: 1, axes: { depth: [1, 2] } }] }
  const rows = run({ distribution, include: ['prompt'] })
  t.same(run({ distribution, include: ['prompt'] }), rows)
  t.ok(rows.some(({ scenario }) => scenario.startsWith('retail@')) && rows.some(({ scenario }) => scenario.startsWith('gen:1/bakery?depth=')))
  t.ok(rows.every(({ prompt }) => prompt?.length))
  t.throws(() => run({}), { gymCode: 'GYM_INVALID_PARAMS' } as unknown as Error)
  t.throws(() => run({ distribution, scenario: 'retail' }), { gymCode: 'GYM_INVALID_PARAMS' } as unknown as Error)
  t.throws(() => run({ distribution: { of: [{ scenario: 'retail', weight: 1, axes: { depth: [1, 2] } }] } }), { data: { path: 'params.distribution.of[0].axes.depth' } } as unknown as Error)
  t.throws(() => run({ distribution: { of: [{ scenario: 'gen:1/any', weight: 1, axes: { depht: [1, 2] } }] } }), { data: { nearest: 'depth' } } as unknown as Error)
  t.throws(() => run({ distribution: { of: [{ scenario: 'gen:1/any', weight: 1, axes: { depth: [3, 1] } }] } }), { gymCode: 'GYM_INVALID_PARAMS' } as unknown as Error)
  t.throws(() => run({ distribution: { of: [{ scenario: 'gen:1/any', weight: 1, axes: { depth: [2.4, 2.6] } }] } }), /holds no whole number/)
  t.throws(() => run({ distribution: { of: [{ scenario: 'gen:1/any', weight: 1, axes: { faults: [1e-9, 1e-9] } }] } }), /six decimals/)
  t.match(run({ distribution: { of: [{ scenario: 'gen:1/any', weight: 1, axes: { decoys: [0.123456, 0.123456] } }] }, count: 1 })[0]!.scenario, /decoys=0\.123456/)
  t.throws(() => run({ distribution: { of: [{ scenario: 'gen:1/any@0123abcd', weight: 1, axes: {} }] } }), { data: { path: 'params.distribution.of[0].scenario' } } as unknown as Error)
  t.throws(() => run({ distribution: { of: [...distribution.of, { scenario: 'retial', weight: 1e-9, axes: {} }] } }), /retial/, 'a name that would hardly ever be drawn')
})

t.test('a reference and seed have one split, whatever the attempt, and telling it generates nothing', async (t) => {
  const none = openSupply({ * write(reference, own, attempt) {
    yield* generateStepwise(reference, own, attempt, PACKS)
    throw new Error('generated')
  } })
  for (const ref of ['gen:1/any', 'gen:1/ferry?depth=2', `gen:1/any?s=${encodeURIComponent('a beekeeping cooperative')}`]) {
    for (let i = 0; i < 12; i++) {
      const seed = seedOf('split', i)
      const split = none.splitOf(ref, seed)
      for (const attempt of [0, 1, 5]) t.equal(generate(parseReference(ref), seed, attempt, PACKS).split, split)
    }
  }
})

t.test('filters that nothing fits are refused soon', async (t) => {
  const supply = openSupply()
  let asked = 0
  const run = (params: Partial<Params<'task/sample'>>) => [...sampleAny({ seed: 4, count: 10_000, ...params } as Params<'task/sample'>, {
    * scenario(ref, seed, task) {
      asked++
      return (yield* supply.findStepwise(ref, seed % 3, task)).scenario
    },
    splitOf: (ref, seed) => supply.splitOf(ref, seed),
  })]
  t.throws(() => run({ scenario: 'gen:1/ferry', split: supply.splitOf('gen:1/ferry', 0) === 'train' ? 'test' : 'train' }), { gymCode: 'GYM_NO_TASK', message: /none is of the split/ } as unknown as Error)
  t.equal(asked, 0, 'nothing was generated')
  t.throws(() => run({ scenario: 'gen:1/any', difficulty: { nothing: [0, 1] } }), { gymCode: 'GYM_NO_TASK', message: /in vain/ } as unknown as Error)
  t.equal(asked, 600)
})
