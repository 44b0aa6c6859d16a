/** The policies that measure axes: each knows the plan, and loses by its own limit alone. */
import t from 'tap'
import { MEASURES, measureOne, referenceAt } from '../../src/audit/difficulty.ts'
import { familyOf } from '../../src/audit/draw-record.ts'
import { hasty, losesThread, shortMemory, shy } from '../../src/audit/limited-policy.ts'
import { searchReward } from '../../src/audit/searcher.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { Episode } from '../../src/episode/episode.ts'
import { embeddedSupply } from '../../src/cli/embedded-supply.ts'
import { AXES } from '../../src/generate/axis.ts'
import { parseReference } from '../../src/generate/reference.ts'
import { playOut, type Policy } from '../../src/policy/builtin.ts'
import { seedOf } from '../checkout.ts'

const supply = embeddedSupply()
const COUNT = 30

function episodes(ref: string): Episode[] {
  return Array.from({ length: COUNT }, (_, i) => {
    const seed = seedOf('limited', i)
    const { scenario, task } = supply.find(ref, seed)
    return Episode.start(scenario, { seed, task })
  })
}

function share(ref: string, play: (episode: Episode, i: number) => Policy): number {
  return episodes(ref).reduce((sum, episode, i) => sum + (playOut(episode, play(episode, i)) ?? Number.NaN), 0) / COUNT
}

t.test('every axis has its measure, at five levels and more that the axis has', async (t) => {
  t.same(MEASURES.map(({ axis }) => axis).toSorted(), Object.keys(AXES).toSorted())
  for (const measure of MEASURES) {
    t.ok(measure.levels.length >= 5, measure.axis)
    t.same(measure.levels.toSorted((a, b) => a - b), measure.levels)
    for (const level of measure.levels) t.equal(parseReference(referenceAt(measure, level)).axes[measure.axis], level)
    t.equal(measureOne(supply, measure, measure.levels[0]!, 1), measureOne(supply, measure, measure.levels[0]!, 1), 'the same each time')
  }
})

t.test('where its limit does not matter, each is paid', async (t) => {
  t.equal(share('gen:1/any?depth=2&missing=0&delegation=0&faults=0', (episode, i) => shy(episode, keyOf([i]))), 1)
  t.equal(share('gen:1/any?tools=2&context=0&delegation=0&faults=0', shortMemory), 1)
  const found = episodes('gen:1/any?depth=1&joins=0&tools=3&delegation=0&faults=0&missing=0').filter((episode) => familyOf(episode.task.template) === 'state').map((episode) => searchReward(episode, 10_000))
  t.ok(found.filter((reward) => reward === 1).length > found.length * 0.8, `${found.join(' ')}`)
})

t.test('where it matters, each loses', async (t) => {
  t.ok(share('gen:1/any?missing=4&delegation=0&faults=0&tools=8', (episode, i) => shy(episode, keyOf([i]))) < 0.7)
  t.ok(share('gen:1/any?depth=4&joins=4&delegation=0&faults=0&missing=0&tools=8', (episode, i) => losesThread(episode, keyOf([i]))) < 0.7)
  const remembered = share('gen:1/any?tools=12&context=4&joins=2&delegation=0&faults=0', shortMemory)
  t.ok(remembered < 0.9, `${remembered}`)
  t.ok(share('gen:1/any?decoys=0.5&joins=0&delegation=0&faults=0', hasty) < 0.9)
  t.same(episodes('gen:1/any?depth=2&delegation=0&faults=0&missing=0').map((episode) => searchReward(episode, 0)).filter((reward) => reward > 0), [])
})
