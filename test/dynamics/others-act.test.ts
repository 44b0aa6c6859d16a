/** world.event after a call: it knows what the call was about, and it happens at its time or not at all. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { callAction } from '../../src/episode/witness-step.ts'
import { ROOT, seedOf, shippedCatalogue } from '../checkout.ts'

function compile(entries: string) {
  const text = readFileSync(`${ROOT}test/fixtures/depot.yaml`, 'utf8')
  return compileCatalogue([{ file: 'depot.yaml', text }, { file: 'others.yaml', text: `kind: Dynamics\nname: others\nentries:\n${entries}` }])
}

function start(entries: string, i = 0): Episode {
  const { catalogue, complaints } = compile(entries)
  if (complaints.length) throw new Error(complaints[0]!.message)
  return Episode.start(catalogue.find('depot')!, { seed: seedOf('others', i), options: { dynamics: 'others' } })
}

const RIVAL = `
- id: rival
  kind: world.event
  after: {tools: [find_items], delay_ms: 1000}
  do:
  - require: size(result.items) > 0 && args.item_label != 'none'
    else: nothing there
  - set: {'items[string(result.items[0])].bay': '41'}`

const wait = (ms: number) => callAction('wait', { ms })

t.test('others act on what a call was about, when its delay has passed', async (t) => {
  const episode = start(RIVAL)
  episode.step(callAction('find_items', { item_label: 'Lamp' }))
  const [call] = episode.events().filter((event) => event.type === 'call')
  const [first] = (JSON.parse(call!.content) as { items: string[] }).items
  episode.step(wait(999))
  t.same(episode.events().filter((event) => event.type === 'timer'), [])
  episode.step(callAction('find_items', { item_label: 'Desk' }))
  episode.step(wait(1))
  const events = episode.events().flatMap((event) => (event.type === 'timer' ? [{ at: event.at, changes: event.changes }] : []))
  t.equal(events.length, 1)
  t.equal(events[0]!.at, 1000)
  t.match(events[0]!.changes, [{ table: 'items', key: first, cause: 'world' }])
  const copy = Episode.restore(episode.scenario, episode.snapshot())
  episode.step(wait(5000))
  copy.step(wait(5000))
  t.equal(copy.stateHash(), episode.stateHash(), 'what waits is part of the state')
  t.equal(episode.events().filter((event) => event.type === 'timer').length, 2)
})

t.test('what is refused does not happen, and the episode goes on', async (t) => {
  const episode = start(RIVAL)
  episode.step(callAction('find_items', { item_label: 'none' }))
  episode.step(wait(2000))
  const [event] = episode.events().filter((one) => one.type === 'timer')
  t.same(event!.changes, [])
  t.notOk(episode.ended)
})

t.test('a day of waiting: others act at their rate as long as their window lasts', async (t) => {
  const entry = (more: string) => `- {id: x, kind: world.event, ${more} do: [{set: {'items[items.filter(i, true)[0].id].bay': 'draw("bay", 1, 40)'}}]}`
  const episode = start(entry('mean_ms: 2000, when: {window: {to_ms: 600000}},'))
  episode.step(wait(86_400_000))
  const times = episode.events().flatMap((event) => (event.type === 'timer' ? [event.at] : []))
  // 300 expected; within 4 standard deviations.
  t.ok(Math.abs(times.length - 300) < 4 * Math.sqrt(300), String(times.length))
  t.ok(times.every((at) => at < 600_000))
  t.match(compile(entry('mean_ms: 2000,')).complaints, [{ message: /43200 times in a day/ }])
})

t.test('a plan that is out of date: robust looks again and is paid, who does not is refused', async (t) => {
  const clinic = shippedCatalogue().find('clinic')!
  let closed = 0
  for (let i = 0; i < 40; i++) {
    const play = (policy: string) => {
      const episode = Episode.start(clinic, { seed: seedOf('stale plan', i), task: 'book_earliest', options: { dynamics: 'actors' } })
      return { reward: playOut(episode, createPolicy(policy, episode)!), events: episode.events() }
    }
    const robust = play('robust')
    t.equal(robust.reward, 1)
    if (!robust.events.some((event) => event.type === 'timer' && event.timer === 'event.burst-pipe' && event.changes.length > 0)) continue
    closed++
    const looked = robust.events.filter((event) => event.type === 'call' && event.tool === 'find_free_rooms').length
    t.ok(looked >= 2, `seed ${i}: looked ${looked} times`)
    t.equal(play('oracle').reward, 0)
  }
  t.ok(closed > 5, `${closed} of 40`)
})
