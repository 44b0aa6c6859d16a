/** Recordings: replayed to the same events, hash and reward, and shown to people. */
import t from 'tap'
import type { Event, Trajectory } from '../../protocol/event.ts'
import { publicView } from '../../protocol/public-view.ts'
import { Event as EventSchema } from '../../protocol/event.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { harmless } from '../../src/record/paint.ts'
import { type Difference, replayTrajectory } from '../../src/record/replay.ts'
import { renderTranscript } from '../../src/record/transcript.ts'
import { callOf, shopCatalogue } from '../server/gym-under-test.ts'

const shop = shopCatalogue().find('shop')!

/** A finished episode under flaky dynamics, as a file holds it. */
function record(seed: number, policy = 'robust', shaping: 'none' | 'progress' = 'none'): Trajectory {
  const episode = Episode.start(shop, { seed, options: { dynamics: 'flaky', shaping } })
  playOut(episode, createPolicy(policy, episode)!)
  return JSON.parse(JSON.stringify(episode.trajectory())) as Trajectory
}

t.test('every recording replays, private or public, finished or not', async (t) => {
  const strip = publicView(EventSchema)
  for (let seed = 0; seed < 40; seed += 1) {
    for (const policy of ['robust', 'random']) {
      const recording = record(seed, policy, seed % 2 === 0 ? 'none' : 'progress')
      t.match(replayTrajectory(shop, recording), { ok: true, differences: [], reward: recording.reward, state_hash: recording.state_hash }, `${policy} ${seed}`)
      t.ok(replayTrajectory(shop, { ...recording, events: (recording.events as Event[]).map(strip) as Trajectory['events'] }).ok, 'without its private fields')
    }
  }
  const begun = Episode.start(shop, { seed: 1 })
  t.ok(replayTrajectory(shop, begun.trajectory()).ok)
  begun.step(callOf('get_order', { order_id: 'W00000' }))
  const fresh = begun.fork('fresh').fork('fresh')
  fresh.step({ content: 'an answer' })
  t.ok(replayTrajectory(shop, fresh.trajectory()).ok, 'also after forks')
})

t.test('what was changed is found', async (t) => {
  const recording = record(3)
  const find = (change: (trajectory: any) => void): readonly Difference[] => {
    const copy = structuredClone(recording)
    change(copy)
    return replayTrajectory(shop, copy).differences
  }
  const call = (recording.events as Event[]).findIndex(({ type }) => type === 'call')
  t.match(find((x) => { x.reward = 0.5 }), [{ what: 'reward', recorded: 0.5, replayed: recording.reward }])
  t.match(find((x) => { x.state_hash = '0'.repeat(64) }), [{ what: 'state hash' }])
  t.match(find((x) => { x.events[call].content = 'forged' }), [{ what: `event ${call}.content`, at: call, recorded: 'forged' }])
  t.match(find((x) => { x.events[call].changes.push({ table: 'orders', key: 'W1', op: 'delete', cause: 'agent' }) }), [{ what: `event ${call}.changes.length` }])
  t.match(find((x) => { x.events.pop() }), [{ recorded: null, replayed: { type: 'end' } }])
  t.match(find((x) => { x.events.push({ type: 'fork', index: 99, child: 0, luck: 1 }) }), [{ what: /index/ }, { what: 'state hash' }])
  t.ok(find((x) => { x.identity.luck += 1 }).some(({ what }) => what === 'state hash'))
  for (const [field, value, message] of [['engine', '0', /of engine 0/], ['digest', '0'.repeat(64), /another content/], ['task', 'none', /no task/]] as const) {
    t.throws(() => find((x) => { x.identity[field] = value }), { name: 'GymError', message }, field)
  }
  t.throws(() => find((x) => { x.events.push(x.events.find(({ type }: Event) => type === 'turn')) }), { name: 'GymError', message: /after the end/ }, 'an action after the end')
})

t.test('a transcript tells what happened, and never drives the terminal', async (t) => {
  const recording = record(3)
  const text = renderTranscript(recording.events as Event[])
  t.match(text, new RegExp(`^shop@${shop.digest.slice(0, 8)} `))
  t.match(text, /\n {2}> (add_note|get_order) order_id=W\d{5}/)
  t.match(text, /reward 1, success\n {2}ok {2}\w+ /)
  t.notOk(text.includes('\u001b'))
  t.ok(renderTranscript(recording.events as Event[], { colour: true }).includes('\u001b[1m'))
  const episode = Episode.start(shop, { seed: 1 })
  episode.step({ content: 'red \u001b[31m \u0007 \u009b2J', reasoning: 'x\r\u001b]0;title\u0007', tool_calls: [{ name: 'get\u001b[2Jorder', arguments: { order_id: '\u001b[2J' } }, { name: 'add_note', arguments: '{"\u001b' }] })
  const evil = renderTranscript(episode.events())
  // eslint-disable-next-line no-control-regex
  t.notMatch(evil, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  t.match(evil, /\\x1b\[31m/)
  t.equal(harmless('a\tb\nc\u0000'), 'a\tb\nc\\x00')
  const long = renderTranscript(episode.events(), { width: 40 }).split('\n').filter((line) => line.length > 100)
  t.same(long, [], 'long values are cut')
})
