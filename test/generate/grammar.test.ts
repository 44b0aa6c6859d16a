/** Blueprints of the grammar: whole, in the words of their pack, each axis for itself, splits apart. */
import t from 'tap'
import { Blueprint, type Blueprint as BlueprintType } from '../../protocol/spec/blueprint.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { AXES, type Axes, type AxisName } from '../../src/generate/axis.ts'
import { checkBlueprint } from '../../src/generate/check-blueprint.ts'
import { sketch } from '../../src/generate/grammar.ts'
import { splitOf } from '../../src/generate/grammar-split.ts'
import { operatorDigest, shapeDigest } from '../../src/generate/shape.ts'
import fc from '../property.ts'
import { PACKS } from './theme-packs.ts'

const at = (seed: number) => keyOf(['gen', seed])
const draw = (seed: number, axes: Axes = {}): BlueprintType => sketch({ theme: 'any', axes }, PACKS, at(seed))
/** A blueprint but for some of its parts. */
const but = (...parts: (keyof BlueprintType)[]) => (blueprint: BlueprintType) => Object.fromEntries(Object.entries(blueprint).filter(([part]) => !parts.includes(part as keyof BlueprintType)))
const writes = ({ goals }: BlueprintType['intents'][number]) => goals.reduce((sum, goal) => sum + (goal.goal === 'state' ? goal.depth : goal.goal === 'create' ? 1 + goal.then : 1), 0)

function anyAxes(): fc.Arbitrary<Axes> {
  return fc.record(Object.fromEntries(Object.entries(AXES).map(([name, { from, to, whole }]) => [name, whole ? fc.integer({ min: from, max: to }) : fc.double({ min: from, max: to, noNaN: true })])), { requiredKeys: [] })
}

t.test('every draw is whole, whatever the axes are', async (t) => {
  fc.assert(fc.property(fc.nat(), anyAxes(), (seed, axes) => {
    const blueprint = draw(seed, axes)
    Blueprint.parse(blueprint)
    t.same(checkBlueprint(blueprint).map(({ text }) => text), [])
  }), { numRuns: 300 })
})

t.test('2,000 draws: splits apart by theme, shape and operators, and hardly two alike', async (t) => {
  const blueprints = Array.from({ length: 2000 }, (_, seed) => draw(seed))
  const seen = new Map<string, string>()
  for (const blueprint of blueprints) {
    const split = splitOf(blueprint, PACKS)!
    t.equal(split, PACKS.find(({ theme }) => theme === blueprint.theme)!.split)
    for (const mark of [`theme ${blueprint.theme}`, `shape ${shapeDigest(blueprint)}`, `operators ${operatorDigest(blueprint)}`]) {
      if ((seen.get(mark) ?? split) !== split) t.fail(`${mark} is in ${seen.get(mark)} and in ${split}`)
      seen.set(mark, split)
    }
  }
  const distinct = (of: (blueprint: BlueprintType) => string) => new Set(blueprints.map(of)).size
  const [shapes, operators] = [distinct(shapeDigest), distinct(operatorDigest)]
  const teams = distinct(({ team }) => JSON.stringify([team.pattern, team.layers, team.agents]))
  t.comment(`of 2,000: ${shapes} shapes, ${operators} multisets of operators, ${teams} teams`)
  t.ok(shapes > 1900 && operators > 1900 && teams > 300)
  t.equal(distinct(({ team }) => team.pattern), 10)
  t.ok(Math.max(...blueprints.map(({ team }) => team.agents)) > 55)
})

t.test('an axis moves only what it is about', async (t) => {
  const apart: readonly [AxisName, number, (blueprint: BlueprintType) => unknown][] = [
    ['depth', 5, but('intents')], ['joins', 2, but('intents')], ['missing', 2, but('intents')],
    ['decoys', 0.35, but('intents', 'decoys')], ['delegation', 3, but('team')], ['faults', 0.7, but('dynamics')],
    ['lifecycle', 4, ({ entities, epoch, team, place }) => [entities.map(({ name }) => name), epoch, team, place]], ['context', 4, ({ entities, epoch, team }) => [entities.map(({ name }) => name), epoch, team]],
    ['tools', 5, ({ epoch, team, dynamics, place }) => [epoch, team, dynamics, place]],
  ]
  for (let seed = 0; seed < 40; seed++) for (const [axis, value, rest] of apart) t.same(rest(draw(seed, { [axis]: value })), rest(draw(seed)), `${axis} at seed ${seed}`)
})

t.test('axes are kept to', async (t) => {
  for (let seed = 0; seed < 60; seed++) {
    const deep = draw(seed, { depth: 4 })
    t.ok(deep.intents.some((intent) => writes(intent) === 4), `depth 4 at ${seed}`)
    t.ok(deep.intents.every((intent) => writes(intent) <= 4))
    t.ok(draw(seed, { joins: 0 }).intents.every(({ joins }) => joins === 0))
    t.equal(draw(seed, { tools: 4 }).entities.length, 4)
    t.ok(draw(seed, { lifecycle: 3 }).entities.every(({ lifecycle }) => !lifecycle || lifecycle.states.length === 3))
    t.ok(draw(seed, { missing: 0 }).intents.every(({ twist }) => twist !== 'missing'))
    t.ok(draw(seed, { missing: 1 }).intents.every(({ twist }) => twist === 'missing'))
    t.same(draw(seed, { faults: 0 }).dynamics.profile, 'clean')
    t.equal(draw(seed, { delegation: 2 }).team.layers, 3)
    t.equal(draw(seed, { delegation: 0 }).team.pattern, 'single')
  }
})

t.test('a theme that nobody knows is refused, with the nearest', async (t) => {
  t.throws(() => sketch({ theme: 'bakry', axes: {} }, PACKS, at(1)), /did you mean "bakery"/)
  t.throws(() => sketch({ theme: 'any', split: 'test', axes: {} }, PACKS.slice(0, 2), at(1)), /no theme of the split test/)
  t.equal(sketch({ theme: 'any', split: 'test', axes: {} }, PACKS, at(1)).theme, 'theatre')
})

t.test('digests do not know names, and know everything else', async (t) => {
  const one = draw(3)
  const renamed = JSON.parse(JSON.stringify(one).replaceAll(one.entities.find(({ lifecycle }) => lifecycle)!.lifecycle!.initial, 'zzz')) as BlueprintType
  t.equal(shapeDigest(renamed), shapeDigest(one))
  t.equal(operatorDigest(renamed), operatorDigest(one))
  const other = structuredClone(one)
  const owner = other.entities.find(({ fields }) => fields.length > 0)!
  owner.fields.pop()
  t.not(shapeDigest(other), shapeDigest(one))
  t.not(operatorDigest(other), operatorDigest(one))
})
