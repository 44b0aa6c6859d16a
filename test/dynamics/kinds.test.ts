/** Every kind has an example and tests of its own; shows nothing of itself; and has one past and one future. */
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { DynamicsKind } from '../../protocol/spec/dynamics-kinds.ts'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { kindList } from '../../src/dynamics/kind-table.ts'
import { Episode } from '../../src/episode/episode.ts'
import { showEvents } from '../../src/server/answers.ts'
import { ask, carrierScenario } from '../carrier.ts'
import { ROOT } from '../checkout.ts'
import { call, calls, DESK, payment, start, wait } from './dynamics-under-test.ts'
import { EXAMPLES, exampleOf } from './examples.ts'

const KINDS = kindList().map(({ kind }) => kind as DynamicsKind)

t.test('every kind of the table and of the schema has an example, and tests that are named after it', async (t) => {
  const inSchema = DynamicsEntry.options.map(({ shape }) => [...shape.kind.values][0]!)
  t.same(Object.keys(EXAMPLES).sort(), [...inSchema].sort())
  t.same(Object.keys(EXAMPLES).sort(), [...KINDS].sort())
  for (const [kind, { entry, tests }] of Object.entries(EXAMPLES)) {
    t.equal(entry.kind, kind)
    const file = `${ROOT}test/dynamics/${tests}.test.ts`
    const named = existsSync(file) ? readFileSync(file, 'utf8').match(new RegExp(`^t\\.test\\('${kind.replaceAll('.', '\\.')}: `, 'gm'))?.length ?? 0 : 0
    // Latencies share the tests of phase, surface and composition.
    t.ok(named >= (kind.startsWith('latency.') ? 1 : 2), `${tests}.test.ts has ${named} tests of ${kind}`)
  }
})

/** The shown form of arguments, as a careful agent would give them. */
function argumentsFor(episode: Episode, name: string, real: Record<string, unknown>, n: number): { name: string; args: Record<string, unknown> } {
  const shown = episode.presentation()?.real.get(name)
  const { properties = {}, required = [] } = (shown?.schema.input_schema ?? {}) as { properties?: Record<string, any>; required?: string[] }
  const args: Record<string, unknown> = { ...real }
  if ('accountRef' in properties) {
    args.accountRef = args.id
    delete args.id
  }
  if (properties.amount?.type === 'string') args.amount = String(args.amount)
  if (required.includes('channel')) args.channel = 'desk'
  if (required.includes('if_version')) args.if_version = 1
  if ('idempotency_key' in properties) args.idempotency_key = `k${Math.floor(n / 2)}`
  return { name: shown?.schema.name ?? name, args }
}

/** One turn of a script that meets every kind. */
function turn(episode: Episode, n: number): void {
  if (episode.ended) return
  const { id, amount } = payment(episode)
  const steps: readonly (readonly [string, Record<string, unknown>])[] = [
    ['get_account', { id }], ['pay', { id, amount }], ['list_accounts', {}], ['pay', { id, amount }], ['remarks', { id }], ['pay_all', { id, amounts: [1, 2, 3, 4] }], ['ledger', { account: id }], ['freeze', { id }], ['look_at_clock', {}],
  ]
  const [name, real] = steps[n % steps.length]!
  const { name: shown, args } = argumentsFor(episode, name, real, n)
  const cursors = calls(episode).flatMap(({ content }) => /"next_cursor":"(cur_\w+)"/.exec(content)?.[1] ?? [])
  if (cursors.length && name === 'list_accounts') args.cursor = cursors.at(-1)
  const [job] = calls(episode).flatMap(({ content }) => /"job_id":"(job_\w+)"/.exec(content)?.[1] ?? []).slice(-1)
  const actions = [{ name: shown, arguments: args }, ...(job && n % 3 === 0 ? [{ name: 'check_job', arguments: { job_id: job } }] : []), ...(n % 5 === 1 ? [{ name: 'log_in', arguments: {} }] : []), ...(n % 7 === 6 ? [{ name: 'refresh_session', arguments: {} }, { name: 'ask_permission', arguments: {} }] : [])]
  episode.step({ tool_calls: actions })
  if (n % 2 && !episode.ended) wait(episode, 650)
}

function play(episode: Episode, from: number, to: number): Episode {
  for (let n = from; n < to; n++) turn(episode, n)
  return episode
}

/** Everything that an agent reads in an episode, and in its public trajectory. */
function shownIn(episode: Episode): string {
  const fresh = Episode.start(DESK, { seed: episode.identity.seed, task: episode.identity.task, options: { luck: episode.identity.luck, dynamics: { profile: 'none', ...episode.identity.options.dynamics_changes } } })
  const observations: unknown[] = [fresh.observation]
  for (const entry of episode.snapshot().journal) if ('action' in entry) observations.push(fresh.step(entry.action).observation)
  return JSON.stringify([observations, showEvents(episode.events(), false).map((event) => ('identity' in event ? { ...event, identity: undefined } : event))])
}

for (const kind of KINDS) {
  if (kind === 'user.noise') continue
  t.test(`${kind}: nothing that is shown tells of dynamics; every past can be rebuilt and has one future`, async (t) => {
    const entry = exampleOf(kind, 'zz-entry')
    const options = { luck: 11, seed: 5 }
    const net = { id: 'zz-net', kind: 'latency.constant', ms: 80 }
    const begin = () => start([net, entry], options)
    const episode = play(begin(), 0, 30)
    t.notOk(episode.ended && episode.last.info.stop_reason === 'env_error', JSON.stringify(episode.events().at(-1)))
    const bare = play(start([net], options), 0, 30)
    t.not(canonicalJson([begin().observation, episode.events().slice(1)]), canonicalJson([start([net], options).observation, bare.events().slice(1)]), 'it makes a difference')

    const shown = shownIn(episode)
    t.notOk(shown.includes(kind), 'the kind is not shown')
    for (const word of [/zz-/, /\bfault/i, /\binject/i, /dynamics/, /\bluck\b/, /intensity/, /\bsimulat/i, /pre_commit|post_commit/, /"(committed|unseen|result|meant|applications|changes)":/]) {
      const at = shown.search(word)
      t.equal(at, -1, `${String(word)} is not shown: ${shown.slice(Math.max(0, at - 80), at + 80)}`)
    }

    // Fork, restore and rewind at several places: same hash there, same future from there on.
    const [whole, hashes] = [begin(), [] as string[]]
    for (let n = 0; n < 14; n++) {
      hashes.push(whole.stateHash())
      turn(whole, n)
    }
    for (const at of [4, 7, 11]) {
      const half = play(begin(), 0, at)
      t.equal(half.stateHash(), hashes[at])
      const forked = half.fork()
      const restored = Episode.restore(DESK, JSON.parse(JSON.stringify(half.snapshot())))
      const rewound = whole.rewind(half.seq)
      for (const [what, copy] of Object.entries({ forked, restored, rewound })) {
        t.equal(copy.stateHash(), half.stateHash(), `${what} at ${at}`)
        t.equal(play(copy, at, 14).stateHash(), whole.stateHash(), `${what} at ${at}, and on`)
        t.same(copy.events(), whole.events())
      }
      t.equal(half.stateHash(), hashes[at], 'copies change nothing in what they were made of')
    }
  })
}

t.test('user.noise: nothing that is shown tells of dynamics; every past can be rebuilt and has one future', async (t) => {
  const carrier = carrierScenario()
  const add = ['late', 'vague', 'contradicts', 'changes_mind', 'silent'].map((form) => ({ id: `zz-${form}`, kind: 'user.noise', form, when: { probability: 0.4 } }))
  const begin = () => Episode.start(carrier, { seed: 3, task: 'no_internet', options: { luck: 4, dynamics: { add } } })
  const play = (episode: Episode, from: number, to: number) => {
    for (let n = from; n < to && !episode.ended; n++) ask(episode, ['Which number is it?', 'Your name?', 'Please check your phone.'][n % 3]!)
    return episode
  }
  const whole = play(begin(), 0, 9)
  t.ok(whole.events().some((event) => event.type === 'user' && event.taken?.startsWith('noise.zz-')))
  t.notMatch(JSON.stringify(showEvents(whole.events(), false).slice(1)), /zz-|noise|fault|dynamics/)
  for (let at = 0; at < 9; at++) {
    const half = play(begin(), 0, at)
    for (const copy of [half.fork(), Episode.restore(carrier, JSON.parse(JSON.stringify(half.snapshot()))), whole.rewind(half.seq)]) {
      t.equal(copy.stateHash(), half.stateHash())
      t.equal(play(copy, at, 9).stateHash(), whole.stateHash())
    }
  }
})

t.test('all kinds at once: one past and one future, and an end that is a verdict', async (t) => {
  for (let luck = 0; luck < 12; luck++) {
    const all = KINDS.filter((kind) => kind !== 'deadline').map((kind) => exampleOf(kind, `zz-${kind.replaceAll(/[._]/g, '-')}`))
    const episode = play(start(all, { luck, seed: luck }), 0, 24)
    const half = play(start(all, { luck, seed: luck }), 0, 10)
    t.equal(play(Episode.restore(DESK, half.snapshot()), 10, 24).stateHash(), episode.stateHash())
    call(episode, 'finish')
    t.equal(episode.last.info.stop_reason, 'finished')
    t.equal(Episode.restore(DESK, episode.snapshot()).stateHash(), episode.stateHash())
    t.notMatch(shownIn(episode), /zz-/)
  }
})
