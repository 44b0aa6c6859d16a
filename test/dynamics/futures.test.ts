/** In the midst of what dynamics remember: a fork, a restored snapshot and a rewound episode are the same there, and go the same way. */
import t from 'tap'
import { Episode } from '../../src/episode/episode.ts'
import { replayTrajectory } from '../../src/record/replay.ts'
import { call, changedRows, DESK, payment, start, wait } from './dynamics-under-test.ts'

type Midst = {
  readonly entries: readonly object[]
  /** Leads into the midst; what it gives is handed on. */
  before(episode: Episode): unknown
  /** Goes on from there, and says what came of it. */
  after(episode: Episode, given: any): unknown
  /** What comes of it: only because of what was remembered. */
  readonly comes: unknown
}

const read = (episode: Episode) => call(episode, 'get_account', { id: payment(episode).id })
const pay = (episode: Episode, more: object = {}) => call(episode, 'pay', { ...payment(episode), ...more })
const line = (episode: Episode, n: number) => Array.from({ length: n }, () => (read(episode).isError ? 'x' : '.')).join('')
const rows = (episode: Episode) => changedRows(episode, 'payments').length
const once = { max_occurrences: 1 }

const MIDSTS: Readonly<Record<string, Midst>> = {
  'a write that commits late': {
    entries: [{ kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 100, commit_delay: { ms: 5000 }, when: once }],
    before: (episode) => pay(episode), after: (episode) => [rows(episode), wait(episode, 4900) && rows(episode)], comes: [0, 1],
  },
  'a veil': {
    entries: [{ kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 100, visibility_lag_ms: 5000, when: once }],
    before: (episode) => pay(episode), after: (episode) => [rows(episode), read(episode).json.payments.length, wait(episode, 4900) && read(episode).json.payments.length], comes: [1, 0, 1],
  },
  'a veil over a late write': {
    entries: [{ kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 100, commit_delay: { ms: 2000 }, visibility_lag_ms: 3000, when: once }],
    before: (episode) => pay(episode), after: (episode) => [wait(episode, 2000) && rows(episode), read(episode).json.payments.length, wait(episode, 3000) && read(episode).json.payments.length], comes: [1, 0, 1],
  },
  'a second delivery on its way': {
    entries: [{ kind: 'delivery.duplicate', gap_ms: 3000, when: once }],
    before: (episode) => pay(episode), after: (episode) => [rows(episode), wait(episode, 3000) && rows(episode)], comes: [1, 2],
  },
  'a job that runs': {
    entries: [{ kind: 'async.job', match: { tools: ['pay'] }, poll_ms: 500, completion: { ms: 4000 } }],
    before: (episode) => pay(episode).json.job_id, after: (episode, job_id) => [call(episode, 'check_job', { job_id }).json.status, wait(episode, 4000) && call(episode, 'check_job', { job_id }).json.status], comes: ['running', 'done'],
  },
  'a job that is done': {
    entries: [{ kind: 'async.job', match: { tools: ['pay'] }, poll_ms: 500, completion: { ms: 400 } }],
    before: (episode) => [pay(episode).json.job_id, wait(episode, 1000)][0], after: (episode, job_id) => call(episode, 'check_job', { job_id }).json.result.payment, comes: 'P0001',
  },
  'a cursor': {
    entries: [{ kind: 'pagination.cursor_expiry', page_size: 20, ttl_ms: 3000 }],
    before: (episode) => call(episode, 'list_accounts').json.next_cursor, after: (episode, cursor) => [call(episode, 'list_accounts', { cursor }).json.accounts.length, wait(episode, 3000) && call(episode, 'list_accounts', { cursor }).json.status], comes: [20, 410],
  },
  'a key whose request is under way': {
    entries: [{ kind: 'idempotency.key' }, { kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 100, commit_delay: { ms: 2000 }, when: once }],
    before: (episode) => pay(episode, { idempotency_key: 'k' }), after: (episode) => [pay(episode, { idempotency_key: 'k' }).json.status, wait(episode, 2000) && pay(episode, { idempotency_key: 'k' }).json.payment, rows(episode)], comes: [409, 'P0001', 1],
  },
  'a key with its answer': {
    entries: [{ kind: 'idempotency.key' }],
    before: (episode) => pay(episode, { idempotency_key: 'k' }), after: (episode) => [pay(episode, { idempotency_key: 'k' }).json.payment, rows(episode)], comes: ['P0001', 1],
  },
  'a past that reads still see': {
    entries: [{ kind: 'consistency.stale_read', lag: { ms: 3000 } }],
    before: (episode) => [wait(episode, 5000), pay(episode), wait(episode, 1000)], after: (episode) => [read(episode).json.payments.length, wait(episode, 2000) && read(episode).json.payments.length], comes: [0, 1],
  },
  'a streak of calls': { entries: [{ kind: 'error.abort', persistence: { calls: 4 }, when: once }], before: (episode) => line(episode, 2), after: (episode) => line(episode, 4), comes: 'xx..' },
  'a streak of time': { entries: [{ kind: 'error.abort', persistence: { ms: 3000 }, when: once }], before: (episode) => line(episode, 1), after: (episode) => [line(episode, 1), wait(episode, 3000) && line(episode, 1)], comes: ['x', '.'] },
  'a burst': { entries: [{ kind: 'error.abort', when: { every: 5, burst: { calls: 3, probability: 1 }, max_occurrences: 3 } }], before: (episode) => line(episode, 5), after: (episode) => line(episode, 4), comes: 'xx..' },
  'a channel in its bad state': { entries: [{ kind: 'error.gilbert_elliott', p: 1, r: 0, match: { where: "args.id != 'nobody'" } }], before: (episode) => line(episode, 1), after: (episode) => line(episode, 3), comes: 'xxx' },
  'an empty bucket': { entries: [{ kind: 'rate_limit.token_bucket', rate: 1, burst: 2 }], before: (episode) => line(episode, 2), after: (episode) => [line(episode, 1), wait(episode, 1000) && line(episode, 2)], comes: ['x', '.x'] },
  'a quota that is used up': { entries: [{ kind: 'rate_limit.quota', total: 2, reset_ms: 5000 }], before: (episode) => line(episode, 2), after: (episode) => [line(episode, 1), wait(episode, 5000) && line(episode, 3)], comes: ['x', '..x'] },
  'a session': { entries: [{ kind: 'auth.expiry', ttl_ms: 3000 }], before: (episode) => [wait(episode, 2500), call(episode, 'refresh_session')], after: (episode) => [wait(episode, 2500) && line(episode, 1), wait(episode, 500) && line(episode, 1)], comes: ['.', 'x'] },
  'a grant': { entries: [{ kind: 'auth.scope', scope: 's', grant: 'ask' }], before: (episode) => [line(episode, 1), call(episode, 'ask')], after: (episode) => line(episode, 2), comes: '..' },
  'a version': { entries: [{ kind: 'conflict.optimistic_lock' }], before: (episode) => pay(episode, { if_version: 1 }), after: (episode) => [pay(episode, { if_version: 1 }).json.current_version, pay(episode, { if_version: 2 }).json.record_version], comes: [2, 3] },
  'others who are about to follow': {
    entries: [{ id: 'rival', kind: 'world.event', after: { tools: ['get_account'], delay_ms: 2000 }, do: [{ insert: 'payments', row: { account: 'args.id', amount: '1.0' } }] }],
    before: (episode) => [read(episode), wait(episode, 500), read(episode)], after: (episode) => [rows(episode), wait(episode, 1500) && rows(episode), wait(episode, 500) && rows(episode)], comes: [0, 1, 2],
  },
  'a warm machine': { entries: [{ kind: 'latency.cold_start', warm_ms: 5, cold_ms: 900, idle_ttl_ms: 1000 }], before: (episode) => read(episode), after: (episode) => [read(episode).ms, wait(episode, 1500) && read(episode).ms], comes: [5, 900] },
  'tools in another form': {
    entries: [{ kind: 'tools.list_changed', match: { tools: ['pay'] }, suffix: 'v2', announced: true, when: { window: { from_ms: 1000, to_ms: 3000 } } }],
    before: (episode) => wait(episode, 1500), after: (episode) => [call(episode, 'pay_v2', payment(episode)).event.committed, wait(episode, 1500).observation.tools !== undefined, pay(episode).event.committed], comes: [true, true, true],
  },
}

for (const [what, { entries, before, after, comes }] of Object.entries(MIDSTS)) {
  t.test(`in the midst of ${what}`, async (t) => {
    const episode = start(entries)
    const given = before(episode)
    const [hash, seq] = [episode.stateHash(), episode.seq]
    const snapshot = JSON.parse(JSON.stringify(episode.snapshot()))
    const copies = { fork: episode.fork(), 'fork of a fork': episode.fork().fork(), restored: Episode.restore(DESK, snapshot) }
    t.same(after(episode, given), comes)
    const late = { 'rewound later': episode.rewind(seq), 'restored later': Episode.restore(DESK, snapshot) }
    for (const [how, copy] of Object.entries({ ...copies, ...late })) {
      t.equal(copy.stateHash(), hash, `${how}: the same there`)
      t.same(after(copy, given), comes, `${how}: and on`)
      t.equal(copy.stateHash(), episode.stateHash(), `${how}: the same afterwards`)
      t.same(copy.events(), episode.events())
    }
    // The same without what came before: it was remembered, not made anew.
    const bare = start(entries)
    for (let i = 0; i < seq; i++) wait(bare, 1)
    t.not(bare.stateHash(), hash)
    call(episode, 'finish')
    t.match(replayTrajectory(DESK, episode.trajectory()), { ok: true, differences: [] }, 'the trajectory replays')
    t.equal(Episode.restore(DESK, episode.snapshot()).stateHash(), episode.stateHash(), 'so does the snapshot of the end')
  })
}

t.test('a fork with fresh luck keeps what was remembered and draws anew', async (t) => {
  const parent = start([{ id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 100, commit_delay: { ms: 5000 }, when: once }, { id: 'busy', kind: 'error.abort', match: { effect: 'read' }, when: { probability: 0.5 } }, { id: 'rival', kind: 'world.event', mean_ms: 10_000, do: [{ emit: 'agent', text: 'Hm.' }] }])
  pay(parent)
  const at = (episode: Episode) => episode.events().flatMap((event) => (event.type === 'timer' ? [event.at] : []))
  const children = Array.from({ length: 6 }, () => parent.fork('fresh'))
  const lines = children.map((child) => [line(child, 20), wait(child, 60_000) && rows(child), at(child)] as const)
  t.equal(new Set(lines.map(([one]) => one)).size, 6)
  t.ok(lines.every(([, n]) => n === 1), 'what was on its way arrives in each')
  t.equal(new Set(lines.map(([, , [first]]) => first)).size, 1, 'and whom one waits for already comes when he was to come')
  t.ok(new Set(lines.map(([, , times]) => times.join())).size > 3)
  for (const child of children) t.equal(Episode.restore(DESK, JSON.parse(JSON.stringify(child.snapshot()))).stateHash(), child.stateHash())
})
