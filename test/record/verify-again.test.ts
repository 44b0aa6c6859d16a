/** Recordings judged again, explained, and summarised in groups. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Event, Trajectory } from '../../protocol/event.ts'
import { Event as EventSchema } from '../../protocol/event.ts'
import { publicView } from '../../protocol/public-view.ts'
import { QualityReport } from '../../protocol/quality-report.ts'
import { VERIFIER_VERSION } from '../../src/core/engine-version.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { explain } from '../../src/record/explanation.ts'
import { groupStatistics } from '../../src/record/group-statistics.ts'
import { reportOf, verdictOf } from '../../src/record/quality-report.ts'
import { verifyAgain } from '../../src/record/verify-again.ts'
import { seedOf, soloScenarios } from '../checkout.ts'
import { shopCatalogue } from '../server/gym-under-test.ts'

const shop = shopCatalogue().find('shop')!

function played(seed: number, policy: string, shaping: 'none' | 'progress' = 'none', scenario = shop): Episode {
  const episode = Episode.start(scenario, { seed, options: { dynamics: 'flaky', shaping } })
  playOut(episode, createPolicy(policy, episode)!)
  return episode
}

const filed = (episode: Episode): Trajectory => JSON.parse(JSON.stringify(episode.trajectory())) as Trajectory

t.test('the same verifier gives the same verdict, from private and from public recordings', async (t) => {
  const strip = publicView(EventSchema)
  for (let seed = 0; seed < 15; seed++) {
    for (const policy of ['robust', 'naive', 'random']) {
      const episode = played(seed, policy, seed % 2 ? 'progress' : 'none')
      const recording = filed(episode)
      t.match(verifyAgain(shop, recording), { ok: true, changes: [], differences: [], reward: { recorded: recording.reward, now: recording.reward }, verifier: { recorded: VERIFIER_VERSION, now: VERIFIER_VERSION } }, `${policy} ${seed}`)
      t.ok(verifyAgain(shop, { ...recording, events: (recording.events as Event[]).map(strip) as Trajectory['events'] }).ok, 'public')
      t.same(verdictOf(episode), shop.tasks.get(episode.identity.task)!.score(episode.view), 'a pure function of what is left in the end')
    }
  }
})

t.test('a verdict of an older verifier is shown with what changes; one that was forged is refused', async (t) => {
  const recording = filed(played(1, 'naive'))
  const end = recording.events.at(-1) as unknown as { verdict: { reward: number; verifier?: string; components: { id: string; score: number }[]; issues: unknown[] } }
  const { id, score } = end.verdict.components[0]!
  end.verdict.components[0]!.score = 1 - score
  end.verdict.reward = 0.25
  t.match(verifyAgain(shop, recording), { ok: false, changes: [{ what: 'reward', recorded: 0.25 }, { what: `check ${id}` }] }, 'by this version: somebody changed it')
  end.verdict.verifier = '0'
  t.match(verifyAgain(shop, recording), { ok: true, verifier: { recorded: '0', now: VERIFIER_VERSION }, changes: [{ what: 'reward' }, {}] }, 'by an older one: told')
  delete end.verdict.verifier
  t.match(verifyAgain(shop, recording), { ok: true, verifier: { recorded: '0' } }, 'before versions were told')
  const call = recording.events.find((event) => event.type === 'call') as { content: string }
  call.content = 'something else'
  t.match(verifyAgain(shop, recording), { ok: false, differences: [{ at: Number }] }, 'another episode')
})

t.test('a recording whose sum of rewards or hash was forged is not what was played', async (t) => {
  const recording = filed(played(1, 'naive'))
  t.match(verifyAgain(shop, { ...recording, reward: recording.reward! / 2 + 0.25 }), { ok: false, changes: [], differences: [{ what: 'reward', replayed: recording.reward }] })
  t.match(verifyAgain(shop, { ...recording, state_hash: 'f'.repeat(64) }), { ok: false, differences: [{ what: 'state hash' }] })
  const going = filed(Episode.start(shop, { seed: 2 }))
  t.match(verifyAgain(shop, { ...going, reward: 1 }), { ok: false, differences: [{ what: 'reward', recorded: 1, replayed: 0 }] }, 'nor one that has no verdict yet')
})

t.test('an episode that goes on is judged as it stands', async (t) => {
  const episode = Episode.start(shop, { seed: 2 })
  const report = reportOf(episode)
  t.equal(report.stop_reason, null)
  t.equal(report.verdict.success, false)
  t.equal(QualityReport.safeParse(JSON.parse(JSON.stringify(report))).error, undefined)
  t.match(verifyAgain(shop, filed(episode)), { ok: true, verifier: { recorded: null }, reward: { recorded: null } })
  t.notOk(episode.ended, 'looking changes nothing')
})

t.test('explanations name each check once, point at events that exist, and add up', async (t) => {
  for (const scenario of soloScenarios()) {
    for (let i = 0; i < 6; i++) {
      const episode = played(seedOf('explain', i), i % 2 ? 'naive' : 'random', 'none', scenario)
      const report = reportOf(episode)
      const events = episode.events()
      const told = explain(report, events, episode.task)
      t.same(told.reasons.map(({ check }) => check).toSorted(), report.verdict.components.map(({ id }) => id).toSorted())
      t.equal(told.reward, report.verdict.reward)
      for (const { points } of [...told.reasons, ...told.remarks]) for (const { event, happened } of points) t.ok(event === null ? happened === null : events[event] !== undefined && happened !== null)
      for (const { score, text, points } of told.reasons) if (score < 1) t.ok(text !== 'holds' && points.length > 0, 'a failure is shown')
      t.match(told.arithmetic, /^gates [01] \(\d+ of \d+ hold\)/)
    }
  }
  const won = played(3, 'robust')
  t.match(explain(reportOf(won), won.events(), won.task), { summary: 'Reward 1: every check holds.', success: true })
})

t.test('statistics of groups: the shared cases', async (t) => {
  const { rollouts, statistics } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/group-statistics.json'), 'utf8')) as { rollouts: never[]; statistics: unknown }
  close(groupStatistics(rollouts), statistics)
  t.match(groupStatistics([]), { rollouts: 0, mean_reward: null, variance: null, zero_signal: { share: null }, by_group: [] })

  function close(found: any, wanted: any): void {
    if (typeof wanted === 'number') t.ok(Math.abs(found - wanted) < 1e-12, `${found} is ${wanted}`)
    else if (wanted === null || typeof wanted !== 'object') t.equal(found, wanted)
    else {
      t.same(Object.keys(found), Object.keys(wanted))
      for (const key of Object.keys(wanted)) close(found[key], wanted[key])
    }
  }
})
