/** Kinds about time: clocks that are off, deadlines, work that is done later. */
import t from 'tap'
import { formatTime } from '../../src/core/calendar.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import { call, callOnce, calls, changedRows, DESK, dynamicsOf, effects, near, nearShare, overLucks, payment, quantile, refusal, start, tryDynamics, verdictOf, wait } from './dynamics-under-test.ts'

t.test('clock.skew: its offset exactly, less at a lower intensity, at its share of reads within 4 standard errors', async (t) => {
  const skew = { kind: 'clock.skew', offset_ms: -90_000 }
  nearShare(t, overLucks(dynamicsOf({ ...skew, when: { probability: 0.3 } }), 10_000).filter(({ skew }) => skew !== 0).length, 10_000, 0.3, 'share')
  t.same([1, 0.5, 0.1].map((intensity) => callOnce(dynamicsOf(skew), { intensity }).skew), [-90_000, -45_000, -9000])
  t.equal(callOnce(dynamicsOf(skew), { tool: 'pay' }).skew, 0, 'writes keep the clock of the rows')
})

t.test('clock.skew: a read tells another time, the rows and the episode keep theirs; in company', async (t) => {
  for (const offset_ms of [3_600_000, -86_400_000]) {
    const episode = start([{ id: 'skew', kind: 'clock.skew', offset_ms }, { id: 'half', kind: 'clock.skew', offset_ms: 1000 }])
    wait(episode, 5000)
    const seen = call(episode, 'look_at_clock')
    t.equal(seen.json.now, formatTime(DESK.world.epoch + 5000 + offset_ms + 1000), 'offsets add up')
    t.match(seen.event, { at: 5000, returns_at: 5000, is_error: false, faults: [{ entry: 'skew', phase: 'response' }, { entry: 'half' }] })
    t.same(episode.inspect().diff, [])
  }
  const company = start([{ id: 'skew', kind: 'clock.skew', offset_ms: 60_000 }, { id: 'cut', kind: 'response.truncated', bytes: 10 }, { id: 'abort', kind: 'error.abort', when: { every: 2 } }])
  t.match(call(company, 'look_at_clock'), { content: '{"now":"20… [truncated]', event: { faults: [{ entry: 'skew' }, { entry: 'cut' }], result: { now: formatTime(DESK.world.epoch + 60_000) } } })
  t.same(call(company, 'look_at_clock').event.faults.map(({ entry }) => entry), ['abort'])
  const stale = start([{ id: 'skew', kind: 'clock.skew', offset_ms: 60_000 }, { id: 'stale', kind: 'consistency.stale_read', lag: { ms: 5000 } }])
  call(stale, 'freeze', { id: payment(stale).id })
  t.same(call(stale, 'look_at_clock').event.faults.map(({ entry }) => entry), ['stale', 'skew'])
  t.equal(call(stale, 'look_at_clock').json.now, formatTime(DESK.world.epoch + 60_000), 'an old world on a clock that is ahead')
})

t.test('deadline: drawn once at its share within 4 standard errors, later at a lower intensity, told beforehand or not', async (t) => {
  const told = (more: object, options = {}) => start([{ id: 'late', kind: 'deadline', at_ms: 60_000, ...more }], options).observation.messages.slice(2)
  t.match(told({}), [{ role: 'user', name: 'notification', content: `This has to be done by ${formatTime(DESK.world.epoch + 60_000)}.` }])
  t.match(told({}, { intensity: 0.5 }), [{ content: `This has to be done by ${formatTime(DESK.world.epoch + 120_000)}.` }])
  t.same(told({ announced: false }), [])
  nearShare(t, Array.from({ length: 2000 }, (_, luck) => told({ when: { probability: 0.3 } }, { luck })).filter(({ length }) => length).length, 2000, 0.3, 'share')
})

t.test('deadline: the task is over then, at exactly that time, and what was done by then is scored; in company', async (t) => {
  const late = { id: 'late', kind: 'deadline', at_ms: 10_000 }
  const episode = start([late])
  call(episode, 'pay', payment(episode))
  t.notOk(wait(episode, 9999).terminated)
  const end = wait(episode, 1)
  t.match(end, { terminated: true, truncated: false, reward: 1, info: { stop_reason: 'deadline' } }, 'who had paid has done it')
  const idle = start([late])
  t.match(wait(idle, 20_000), { terminated: true, reward: 0, info: { stop_reason: 'deadline' } })
  const thinking = start([late])
  t.match(thinking.step({ tool_calls: [{ name: 'pay', arguments: payment(thinking) }], think_ms: 10_000 }), { terminated: true, reward: 0 }, 'who thinks too long does nothing any more')
  t.same(thinking.inspect().diff, [])
  const lost = start([late, { kind: 'timeout.post_commit', deadline_ms: 12_000, commit_delay: { ms: 11_000 } }])
  t.match(call(lost, 'pay', payment(lost)).outcome, { terminated: true, reward: 0, info: { stop_reason: 'deadline' } })
  t.same(effects(lost), [], 'what was on its way then comes too late')
  const job = start([late, { kind: 'async.job', poll_ms: 100, completion: { ms: 9000 } }])
  call(job, 'pay', payment(job))
  t.match(wait(job, 86_400_000), { terminated: true, reward: 1 }, 'what was done by then counts')
  t.match(effects(job), [{ at: 9000 }])
  const two = start([late, { ...late, id: 'sooner', at_ms: 4000 }, { kind: 'latency.constant', ms: 4000 }])
  t.match(call(two, 'get_account', { id: payment(two).id }).outcome.info.stop_reason, 'deadline')
  t.equal(verdictOf(two).status, 'scored')
})

t.test('async.job: durations have their distribution, within 6% at the middle and 15% at the tail over 10,000 jobs', async (t) => {
  const jobs = overLucks(dynamicsOf({ kind: 'async.job', poll_ms: 700, completion: { p50: 1500, p99: 9000, cap: 12_000 } }), 10_000, { tool: 'pay' })
  near(t, quantile(jobs.map(({ delay }) => delay), 0.5), 1500, 0.06, 'p50')
  near(t, quantile(jobs.map(({ delay }) => delay), 0.99), 9000, 0.15, 'p99')
  t.ok(jobs.every(({ mode, delay, content }) => mode === 'later' && delay >= 1 && delay <= 12_000 && /^\{"job_id":"job_[0-9a-f]{8}","status":"pending","poll_after_ms":700\}$/.test(content)))
  t.ok(new Set(jobs.map(({ content }) => content)).size > 9990, 'each has a number of its own')
  nearShare(t, overLucks(dynamicsOf({ kind: 'async.job', poll_ms: 1, completion: { ms: 5 }, when: { probability: 0.2 } }), 10_000, { tool: 'pay' }).filter(({ mode }) => mode === 'later').length, 10_000, 0.2, 'share')
})

t.test('async.job: accepted now, done later, told by another tool, kept for a while', async (t) => {
  const episode = start([{ id: 'job', kind: 'async.job', match: { tools: ['pay', 'get_account'] }, poll_ms: 700, completion: { ms: 3000 }, expires_ms: 5000 }])
  t.match(episode.observation.tools!.find(({ name }) => name === 'check_job')!.input_schema, { properties: { job_id: { type: 'string' } }, required: ['job_id'] })
  const { id, amount } = payment(episode)
  const accepted = call(episode, 'pay', { id, amount })
  t.match(accepted, { json: { status: 'pending', poll_after_ms: 700 }, event: { is_error: false, committed: false, changes: [], faults: [{ entry: 'job', phase: 'post_commit' }] } })
  t.same(episode.inspect().diff, [])
  const { job_id } = accepted.json
  const check = () => call(episode, 'check_job', { job_id })
  t.match(check(), { json: { job_id, status: 'running', poll_after_ms: 700 }, ms: 120 })
  wait(episode, 2900)
  t.match(effects(episode), [{ at: 3000, cause: 'agent', committed: true, call: accepted.event.index, changes: [{ table: 'accounts' }, { table: 'payments', cause: 'agent' }] }])
  t.match(check().json, { job_id, status: 'done', result: { payment: 'P0001' } })
  const refused = call(episode, 'pay', { id, amount: 1_000_000 }).json
  const read = call(episode, 'get_account', { id }).json
  wait(episode, 3000)
  t.match(call(episode, 'check_job', { job_id: refused.job_id }), { json: { status: 'failed', error: { error: 'not enough' } }, isError: false })
  t.match(call(episode, 'check_job', { job_id: read.job_id }).json, { status: 'done', result: { payments: [amount] } }, 'a read reads when it is done')
  wait(episode, 5000)
  t.match(check(), { content: '{"error":"The result of the job is no longer kept","status":410}', isError: true })
  t.match(call(episode, 'check_job', { job_id: 'job_00000000' }), { content: '{"error":"No such job","status":404}', isError: true })
  t.match(call(episode, 'check_job', {}).event, { rejected: 'invalid_arguments' })
  t.equal(changedRows(episode, 'payments').length, 1)
  const unfinished = start([{ kind: 'async.job', match: { effect: 'write' }, poll_ms: 700, completion: { ms: 3_000_000 } }])
  call(unfinished, 'pay', payment(unfinished))
  t.equal(call(unfinished, 'finish').outcome.reward, 1, 'what was accepted is done before the score')
})

t.test('async.job: two kinds of jobs share a tool; in company of duplicates, keys, lost answers and refusals', async (t) => {
  const job = { id: 'job', kind: 'async.job', match: { tools: ['pay'] }, poll_ms: 700, completion: { ms: 3000 } }
  const two = start([job, { ...job, id: 'slow', match: { tools: ['freeze'] }, poll_ms: 900, completion: { ms: 5000 } }])
  const [paid, frozen] = [call(two, 'pay', payment(two)).json, call(two, 'freeze', { id: payment(two).id }).json]
  t.equal(frozen.poll_after_ms, 900)
  t.match(call(two, 'check_job', { job_id: frozen.job_id }).json, { status: 'running', poll_after_ms: 900 })
  wait(two, 3000)
  t.same([paid, frozen].map(({ job_id }) => call(two, 'check_job', { job_id }).json.status), ['done', 'running'])
  wait(two, 2000)
  t.equal(call(two, 'check_job', { job_id: frozen.job_id }).json.status, 'done')

  const keyed = start([job, { id: 'keys', kind: 'idempotency.key' }, { id: 'dup', kind: 'delivery.duplicate' }, { id: 'lost', kind: 'connection.reset', phase: 'post_commit', match: { tools: ['pay'] }, when: { max_occurrences: 1 } }])
  const pay = () => call(keyed, 'pay', { ...payment(keyed), idempotency_key: 'k' })
  t.match(pay().event, { is_error: true, faults: [{ entry: 'job' }, { entry: 'lost' }] })
  t.equal(pay().json.status, 409, 'not done yet')
  wait(keyed, 3000)
  t.match(pay().json, { payment: 'P0001' })
  t.equal(changedRows(keyed, 'payments').length, 1)

  const refused = start([job, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 100, committed: 0 }])
  call(refused, 'pay', payment(refused))
  wait(refused, 9000)
  t.same(effects(refused), [], 'a request that never arrived is no job')
  const state = new DynamicsState()
  callOnce(dynamicsOf(job, { kind: 'timeout.post_commit', deadline_ms: 100, committed: 0 }), { tool: 'pay' }, state)
  t.same([...state.memos], [], 'and leaves nothing behind')
  const order = (...entries: object[]) => callOnce(dynamicsOf(...entries), { tool: 'pay' }).faults.map(({ entry }) => entry)
  t.same(order(job, { id: 'limit', kind: 'error.abort' }), ['limit'])
  t.same(order({ id: 'cut', kind: 'response.truncated', bytes: 9 }, job, { id: 'dup', kind: 'delivery.duplicate' }), ['job', 'dup', 'cut'])
  t.match(tryDynamics({ ...job, tool: 'freeze' }).findings, [{ path: [0, 'tool'], message: "the world has a tool 'freeze'" }])
  t.match(refusal(() => start([{ ...job, tool: 'wait' }])), { gymCode: 'GYM_INVALID_PARAMS', data: { path: 'options.dynamics.add.0.tool' } })
  t.equal(calls(two).filter(({ is_error }) => is_error).length, 0)
})
