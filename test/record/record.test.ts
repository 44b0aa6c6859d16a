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
import { call, carrierScenario, say } from '../carrier.ts'
import { deskScenario } from '../desk.ts'
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

t.test('a transcript tells what dynamics did, to those who may know', async (t) => {
  const strip = publicView(EventSchema)
  const desk = deskScenario({
    late: '- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, deadline_ms: 3000, commit_delay: {ms: 700}}\n- {id: camel, kind: schema.drift, require: {request_channel: [api]}}\n',
    twice: '- {id: again, kind: delivery.duplicate, match: {tools: [pay]}, gap_ms: 400}\n- {id: net, kind: latency.constant, ms: 900}\n',
    shut: '- {id: gone, kind: auth.scope, match: {tools: [pay]}, scope: pay}\n',
    others: "- {id: audit, kind: world.event, at_ms: 50, do: [{insert: payments, row: {account: 'accounts.first(a, true).id', amount: \"usd('1')\"}}]}\n- {id: net, kind: latency.constant, ms: 90}\n",
  })
  const play = (profile: string, ...names: string[]) => {
    const episode = Episode.start(desk, { seed: 1, task: 'pay_once', options: { dynamics: { profile, add: [{ id: 'none', kind: 'latency.constant', ms: 0 }] } } })
    const id = /account (\w+)/.exec(episode.task.instruction)![1]!
    for (const name of names) episode.step(call(name, { id, ...(name === 'pay' && { amount: 5 }), ...(profile === 'late' && { request_channel: 'api' }) }))
    return { text: renderTranscript(episode.events()), open: renderTranscript(episode.events().map(strip) as Parameters<typeof renderTranscript>[0]) }
  }
  const late = play('late', 'pay', 'get_account')
  t.match(late.text, /> pay id=\w+ amount=5 request_channel=api\n {2}= pay id=\w+ amount=5\n {2}! Timeout.*\n {2}~ lost: timeout\.post_commit \(post_commit\)\n/)
  t.match(late.text, /\n700 ms pay of 0 ms takes effect\n {2}\* update accounts\[\w+\] balance by agent\n/)
  t.match(play('twice', 'pay').text, /~ again: delivery\.duplicate[\s\S]*\n400 ms pay of 0 ms is delivered once more\n[\s\S]*by fault/)
  t.match(play('shut', 'pay').text, /~ gone: auth\.scope \(pre_commit; nothing gets past it\)/)
  t.match(play('others', 'get_account').text, /\n50 ms another actor: audit, 1 row changed\n {2}\* insert payments\[\w+\] by world/)
  t.match(late.text, /^desk@\w+ pay_once {2}seed 1, luck \d+, late, changed\n/)
  for (const { open } of [late, play('twice', 'pay'), play('shut', 'pay'), play('others', 'get_account')]) t.notMatch(open, /~ |takes effect|once more|another actor|\* /, 'and to nobody else')

  const add = [{ id: 'vague', kind: 'user.noise', form: 'vague' }]
  const talk = Episode.start(carrierScenario(), { seed: 3, task: 'resume', options: { dynamics: { add } } })
  const { info } = talk.step(say('Which number is it?'))
  t.match(info.faults, [{ entry: 'vague', kind: 'user.noise', phase: 'response' }])
  t.match(renderTranscript(talk.events()), /the user: noise\.vague\n {2}~ vague: user\.noise \(response\)/)
  const shown = talk.events().map(strip).find(({ type }) => type === 'user')!
  t.notOk('faults' in shown || 'taken' in shown, 'what came between is private')
  t.equal(Episode.restore(carrierScenario(), talk.snapshot()).stateHash(), talk.stateHash())
})
