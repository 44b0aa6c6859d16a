/** Surveys of profiles: their numbers are those of the entries, their timelines those of the episodes. */
import t from 'tap'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { linearAxis, spreadAxis, histogram } from '../../src/survey/axis.ts'
import { writeShare, writeTime } from '../../src/survey/figure.ts'
import { listProfiles, type SurveyChoice, surveyProfile } from '../../src/survey/profile-survey.ts'
import { surveyJson } from '../../src/survey/survey-json.ts'
import { timelineOf } from '../../src/survey/timeline.ts'
import { surveyText } from '../../src/survey/survey-text.ts'
import { textTable, wrapWords } from '../../src/survey/text-table.ts'
import { deskScenario } from '../desk.ts'

const desk = deskScenario({
  fixed: '- {id: read, kind: latency.constant, match: {effect: read}, ms: 120}\n- {id: write, kind: latency.constant, match: {effect: write}, ms: 300}\n',
  tail: '- {id: net, kind: latency.lognormal, p50: 200, p99: 1800}\n',
  busy: '- {id: net, kind: latency.constant, ms: 10}\n- {id: busy, kind: error.abort, match: {effect: write}, when: {probability: 0.3}}\n',
  lost: '- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, when: {max_occurrences: 1}, deadline_ms: 5000}\n',
  late: '- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, when: {max_occurrences: 1}, deadline_ms: 5000, commit_delay: {ms: 700}}\n',
  twice: '- {id: again, kind: delivery.duplicate, match: {tools: [pay]}, gap_ms: 40}\n',
  others: "- {id: audit, kind: world.event, at_ms: 1, do: [{insert: payments, row: {account: 'accounts.first(a, true).id', amount: \"usd('1')\"}}]}\n- {id: net, kind: latency.constant, ms: 50}\n",
  hurry: '- {id: net, kind: latency.constant, ms: 50}\n- {id: over, kind: deadline, at_ms: 60}\n',
})

const survey = (choice: Partial<SurveyChoice> & { profile: string }, more: { draws?: number; episodes?: number; policies?: string[] } = {}) => surveyProfile(desk, { choice: { intensity: 1, ...choice }, seed: 1, policies: ['robust', 'naive'], draws: 50, episodes: 20, ...more })

t.test('latencies are those that calls take', async (t) => {
  const { latency: { tools } } = survey({ profile: 'fixed' })
  t.same(tools.map(({ tool, p50, p90, p99, mean, draws }) => [tool, p50, p90, p99, mean, draws.length]), [
    ['get_account', 120, 120, 120, 120, 50], ['freeze', 300, 300, 300, 300, 50], ['overdraw', 300, 300, 300, 300, 50], ['pay', 300, 300, 300, 300, 50],
  ], 'reads first, by name')
  // Of 8000 draws the median lies within 5%, the 99th percentile within 15% (over 4 standard errors).
  for (const { tool, p50, p99 } of survey({ profile: 'tail' }, { draws: 8000, episodes: 1 }).latency.tools) {
    t.ok(Math.abs(p50 / 200 - 1) < 0.05, `${tool}: p50 ${p50}`)
    t.ok(Math.abs(p99 / 1800 - 1) < 0.15, `${tool}: p99 ${p99}`)
  }
  const pay = survey({ profile: 'lost' }).latency.tools.find(({ tool }) => tool === 'pay')!
  t.same([pay.p50, pay.draws.at(-1)], [0, 5000], 'a timeout takes its deadline, once in each session of five calls')
  t.equal(pay.draws.filter((ms) => ms === 5000).length, 10)
  t.ok(survey({ profile: 'none' }).latency.tools.every(({ draws }) => draws.every((ms) => ms === 0)))
})

t.test('shares of faults are those of the entries', async (t) => {
  const { trials: [robust] } = survey({ profile: 'busy' }, { episodes: 400, policies: ['robust'] })
  const [net, busy] = robust!.strikes
  t.same([net!.struck, busy!.of], [0, 'calls'])
  t.ok(busy!.met > 200 && net!.met > busy!.met, 'the entry about writes meets writes alone')
  const [share, p] = [busy!.struck / busy!.met, 0.3]
  t.ok(Math.abs(share - p) < 4 * Math.sqrt((p * (1 - p)) / busy!.met), `share ${share} of ${busy!.met}, within 4 standard errors`)
  t.equal(busy!.failed, busy!.struck)
  t.equal(robust!.failed, busy!.struck, 'nothing else fails')
  const half = survey({ profile: 'busy', intensity: 0.5 }, { episodes: 400, policies: ['robust'] }).trials[0]!.strikes[1]!
  t.ok(Math.abs(half.struck / half.met - 0.15) < 4 * Math.sqrt((0.15 * 0.85) / half.met), `half the intensity: ${half.struck / half.met}`)
  t.equal(survey({ profile: 'busy', intensity: 0 }).trials[0]!.strikes[1]!.struck, 0)
  t.same(survey({ profile: 'others' }).trials[0]!.strikes[0], { entry: 'audit', of: 'episodes', met: 20, struck: 20, failed: 0 })
  t.ok(survey({ profile: 'hurry' }).trials[0]!.strikes.find(({ entry }) => entry === 'over')!.struck > 0, 'a deadline that ends episodes')
})

t.test('what comes of it: who looks first succeeds, who repeats blindly does not', async (t) => {
  const { trials: [robust, naive] } = survey({ profile: 'lost' })
  t.same([robust!.policy, robust!.episodes, robust!.voided, naive!.policy, naive!.episodes], ['robust', 20, 0, 'naive', 20])
  // A task that asks for the number in the lost answer is beyond both.
  t.ok(robust!.successes > naive!.successes && robust!.reward > naive!.reward, `${robust!.successes} and ${naive!.successes} of 20`)
  t.equal(survey({ profile: 'fixed' }).trials[0]!.successes, 20)
  t.equal(surveyProfile(desk, { choice: { profile: 'busy', intensity: 1, without: ['busy'] }, seed: 1, policies: ['robust'], draws: 10, episodes: 5 }).entries.length, 1, 'changes as a reset makes them')
})

const timeline = (profile: string, policy: string) => {
  const episode = Episode.start(desk, { seed: 1, task: 'pay_once', options: { dynamics: profile } })
  playOut(episode, createPolicy(policy, episode)!)
  return timelineOf(episode, policy)
}

t.test('timelines', async (t) => {
  const robust = timeline('lost', 'robust')
  t.match(robust, { policy: 'robust', task: 'pay_once', seed: 1, success: true, reward: 1, reason: 'finished' })
  const lost = robust.spans.find(({ name }) => name === 'pay')!
  t.match(lost, { outcome: 'error', committed: true, faults: [{ entry: 'lost', phase: 'post_commit' }], later: [] })
  t.equal(lost.until - lost.at, 5000)
  t.same(robust.spans.map(({ at }) => at), robust.spans.map(({ at }) => at).toSorted((a, b) => a - b))
  t.equal(robust.ends, Math.max(...robust.spans.map(({ until }) => until)))
  t.ok(timeline('lost', 'naive').spans.filter(({ name }) => name === 'pay').length === 2, 'the naive one pays again')
  const late = timeline('late', 'robust').spans.find(({ name }) => name === 'pay')!
  t.same([late.committed, late.later], [false, [{ at: late.at + 700, again: false, refused: false }]], 'an effect after the answer was given up')
  const twice = timeline('twice', 'robust').spans.find(({ name }) => name === 'pay')!
  t.same([twice.outcome, twice.later.map(({ at, again }) => [at - twice.at, again])], ['silent', [[40, true]]])
  t.same(timeline('others', 'robust').happenings, [{ at: 1, entry: 'audit', rows: 1 }])
})

t.test('a survey is the same each time, and is JSON', async (t) => {
  const once = JSON.stringify(surveyJson(survey({ profile: 'busy' })))
  t.equal(JSON.stringify(surveyJson(survey({ profile: 'busy' }))), once)
  const json = JSON.parse(once)
  t.match(json, { profile: 'busy', intensity: 1, changed: false, latency: { draws: 50, session: { tools: 8, rounds: 5, pace_ms: 1000 } } })
  t.match(json.entries[1], { id: 'busy', kind: 'error.abort', about: 'writes', when: '30% of calls', phase: ['pre_commit'], surface: ['tool_error'], recovery: ['retry'], unable: false, parameters: { status: 503, retryable: true } })
  for (const { histogram: { counts } } of json.latency.tools) t.equal(counts.reduce((sum: number, n: number) => sum + n, 0), 50)
  const told: number[] = []
  surveyProfile(desk, { choice: { profile: 'tail', intensity: 1 }, seed: 1, policies: ['robust'], draws: 20, episodes: 5 }, (share) => told.push(share))
  t.same(told, told.toSorted((a, b) => a - b))
  t.equal(told.at(-1), 1)
})

t.test('profiles in a list', async (t) => {
  const lines = listProfiles(desk)
  t.same(lines.map(({ name }) => name), [...desk.profiles])
  t.match(lines.find(({ name }) => name === 'busy'), { entries: 2, families: ['latency', 'error'] })
  t.equal(lines.filter(({ isDefault }) => isDefault).length, 1)
})

/** Entries with every way of saying when; what they say of themselves. */
const WORDS: readonly [entry: object, intensity: number, about: string | RegExp, when: string][] = [
  [{ kind: 'error.abort', match: { tools: ['pa*'], idempotent: false, where: 'args.amount > 3' }, when: { probability: 0.2, window: { from_ms: 1000, to_ms: 90_000 }, burst: { calls: 3, probability: 0.5 } }, persistence: { calls: 2 } }, 0.5, 'pa*, not idempotent, where args.amount > 3', '10% of calls, 1 s to 1.5 min, then 25% of 3 more, for 2 calls'],
  [{ kind: 'error.abort', when: { every: 3, after_calls: 2, max_occurrences: 4 }, persistence: { ms: 500 } }, 1, 'all calls', 'every 3. call, after 2 calls, at most 4 times, for 500 ms'],
  [{ kind: 'error.abort', when: { probability: 0.4 }, persistence: 'permanent' }, 1, 'all calls', '40% of tools, for ever'],
  [{ kind: 'outage.window', start_ms: [5000, 60_000], duration_ms: 8000, when: { probability: 0.5 } }, 0.5, 'all calls', '25% of episodes, begins 5 s to 1 min, for 4 s'],
  [{ kind: 'outage.window', start_ms: 1000, duration_ms: 500, every_ms: 10_000 }, 1, 'all calls', 'at 1 s, for 500 ms, every 10 s'],
  [{ kind: 'user.noise', form: 'vague', when: { probability: 0.1 } }, 1, 'messages to the user', '10% of messages'],
  [{ kind: 'world.event', mean_ms: 30_000, do: [{ stop: true }] }, 1, 'the rows', 'every 30 s on average'],
  [{ kind: 'deadline', at_ms: 60_000 }, 0.5, 'the task', 'at 2 min'],
  [{ kind: 'consistency.stale_read', lag: { ms: 5 } }, 1, 'reads', 'always'],
  [{ kind: 'auth.expiry', ttl_ms: 90_000 }, 1, 'all calls', '1.5 min after each sign-in'],
  [{ kind: 'error.abort' }, 0, 'all calls', 'never'],
]

t.test('entries in words', async (t) => {
  for (const [entry, intensity, about, when] of WORDS) {
    const add = [DynamicsEntry.parse({ id: 'x', ...entry })]
    const { entries } = surveyProfile(desk, { choice: { profile: 'none', intensity, add }, seed: 1, policies: [], draws: 10, episodes: 1 })
    t.same([entries[0]!.about, entries[0]!.when], [about, when], JSON.stringify(entry))
  }
})

t.test('axes, figures and tables', async (t) => {
  t.same([0, 3.26, 180, 999.7, 1000, 2345, 23_456, 61_000, 5_400_000].map(writeTime), ['0 ms', '3.3 ms', '180 ms', '1 s', '1 s', '2.35 s', '23.5 s', '1.02 min', '1.5 h'])
  t.same([0, 0.0004, 0.031, 0.5, 1].map(writeShare), ['0%', '<0.1%', '3.1%', '50%', '100%'])
  const log = spreadAxis(30, 8000, 10)
  t.same([log.isLog, log.from, log.to], [true, 20, 10_000])
  t.ok(Math.abs(log.place(Math.sqrt(20 * 10_000)) - 0.5) < 1e-9, 'the geometric middle is in the middle')
  t.same(log.ticks.map(({ label }) => label), ['20 ms', '50 ms', '100 ms', '200 ms', '500 ms', '1 s', '2 s', '5 s', '10 s'])
  t.same([log.place(0), log.place(1e9)], [0, 1])
  t.equal(spreadAxis(0, 0).isLog, false)
  t.equal(spreadAxis(100, 300).isLog, false)
  t.same(linearAxis(21_500, 5).ticks.map(({ label }) => label), ['0 s', '5 s', '10 s', '15 s', '20 s'])
  t.same(linearAxis(400_000, 8).ticks.map(({ label }) => label).slice(0, 3), ['0 min', '1 min', '2 min'])
  t.same(histogram([0, 1, 5, 9, 10], linearAxis(10), 2), [2, 3])
  t.same(wrapWords('a bc def abcdefgh', 4), ['a bc', 'def', 'abcd', 'efgh'])
  t.same(textTable([{ title: 'A' }, { title: 'N', right: true }, { title: 'TEXT', wraps: 5 }], [['x', '10', 'one two three'], ['y', '5', '']], 12), ['A   N  TEXT', 'x  10  one', '       two', '       three', 'y   5'])
})

t.test('text fits the width, and is readable without colour', async (t) => {
  for (const profile of ['busy', 'late', 'twice', 'others']) {
    const found = survey({ profile })
    for (const width of [60, 80, 120, 200]) {
      const lines = surveyText(found, { width, colour: false })
      t.same(lines.filter((line) => line.length > width), [], `${profile} at ${width}`)
      t.notOk(lines.some((line) => line.includes('\u001b')))
    }
    const plain = surveyText(found, { width: 100, colour: false })
    // eslint-disable-next-line no-control-regex
    t.same(surveyText(found, { width: 100, colour: true }).map((line) => line.replaceAll(/\u001b\[\d+m/g, '')), plain, 'colour adds nothing else')
  }
})
