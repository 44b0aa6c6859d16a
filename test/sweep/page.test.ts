/** The page of a sweep: says what was found, runs nothing, holds at every size, and looks right in a browser. */
import { parseHTML } from 'linkedom'
import t from 'tap'
import { SweepReport } from '../../protocol/sweep-report.ts'
import { clockAxis, writeClock } from '../../src/sweep/page/clock-axis.ts'
import { sweepPage } from '../../src/sweep/page/page.ts'
import { verdictOn } from '../../src/sweep/page/verdict.ts'
import { lookAt } from '../browser.ts'
import { around, madeLine, madeReport } from './made-report.ts'

const many = (n: number, what: string): string[] => Array.from({ length: n }, (_, i) => `${what}${i}`)
const DYNAMICS = ['clean', 'realistic', 'flaky@0.5', 'flaky@1', 'hostile']

/** Texts that mean something to HTML, SVG, CSS, terminals or readers. */
const HOSTILE = ['<script>injected=1</script>', '"><img src=x onerror=injected=1>', "' onload='injected=1", '</style></title><svg onload=injected=1>', '&lt;b&gt;&amp;', '\u202egnirts\u0000\u001b[31m\ud800 ]]>-->', '{{7*7}} ${injected=1} javascript:injected=1']

/** A value with every text in it made hostile, in turn. */
function poisoned<T>(value: T, kept: ReadonlySet<string>): T {
  let next = 0
  const names = new Map<string, string>()
  const poison = (text: string): string => {
    const known = names.get(text)
    if (known !== undefined) return known
    const made = `${HOSTILE[next++ % HOSTILE.length]!}${next}`
    names.set(text, made)
    return made
  }
  const walk = (one: unknown, key = ''): unknown => {
    if (typeof one === 'string') return kept.has(key) ? one : poison(one)
    if (Array.isArray(one)) return one.map((each) => walk(each, key))
    if (one !== null && typeof one === 'object') return Object.fromEntries(Object.entries(one).map(([name, each]) => [name, kept.has(name) ? each : walk(each, name)]))
    return one
  }
  return walk(value) as T
}

const typical = madeReport({ policies: ['oracle', 'naive', 'random', 'noop', 'robust:0.8'], dynamics: DYNAMICS, scenarios: [...many(19, 'clinic-front-office-'), 'gen:1/any'], repeats: 4, timelines: [madeLine(9), madeLine(60), madeLine(260), madeLine(0)] })
const alone = madeReport({ policies: ['naive'], dynamics: ['own'], scenarios: ['retail'] })
const unscored: SweepReport = {
  ...alone, state: 'running', comparisons: [], breakdowns: [], issues: [], frames: [], timelines: [],
  counts: { ...alone.counts, scored: 0, env_errors: 1, failed: 2, left: 2 },
  policies: alone.policies.map((each) => ({ ...each, episodes: 0, env_errors: 1, failed: 2, success: { mean: 0, low: 0, high: 1, n: 0, clusters: 0, method: 'none' as const }, reward: { mean: 0, low: 0, high: 1, n: 0, clusters: 0, method: 'none' as const }, success_bounds: [0, 1] as [number, number], pass_at: [], recovery: { met: 0, success: null, extra_calls: null, extra_ms: null }, zero_signal: { groups: 0, share: null }, turns: 0, calls: 0, virtual_ms: 0, tokens: 0 })),
  failures: [{ policy: 'naive', cause: 'connect ECONNREFUSED '.repeat(20), episodes: 2 }],
}
const partial: SweepReport = {
  ...typical, state: 'cancelled',
  counts: { ...typical.counts, env_errors: 3, failed: 4, left: 1, stopped_after: 50, verified_again: 2, other_versions: 1 },
  spec: { ...typical.spec, stop: { half_width: 0.02, metric: 'success', least: 50 }, policies: [{ policy: 'endpoint', endpoint: 'small' }, { policy: 'replay' }, { policy: 'external' }] },
  comparisons: typical.comparisons.slice(0, 2), curves: typical.curves.slice(0, 1),
  policies: typical.policies.map(({ recovery: _recovery, ...each }, i) => ({ ...each, env_errors: i, failed: 1, success_bounds: [each.success.mean - 0.01 * i, each.success.mean] as [number, number], ...(i === 0 ? { usage: { prompt_tokens: 1_234_567, completion_tokens: 89_012, requests: 4321, retries: 12, cost: 3.456 } } : i === 1 ? { usage: { prompt_tokens: 1, completion_tokens: 2, requests: 3, retries: 0, cost: null } } : {}) })),
}
const huge = madeReport({ policies: many(20, 'a-policy-with-a-name-that-is-as-long-as-a-name-may-be-at-most-').map((name) => name.slice(-64)), dynamics: many(12, 'a-profile-of-a-stranger-'), scenarios: many(200, 'a-scenario-that-somebody-gave-a-long-name-'), repeats: 3, timelines: [madeLine(400, 'a_tool_with_a_name_that_never_ends_and_goes_on')] })
const KEPT = new Set(['format', 'metric', 'method', 'outcome', 'spec', 'counts', 'by'])
const hostile: SweepReport = { ...poisoned({ ...typical, failures: [{ policy: 'naive', cause: 'broken', episodes: 3 }] }, KEPT), spec: { ...typical.spec, task: HOSTILE[0]!, tags: HOSTILE } }
const PAGES = Object.fromEntries(Object.entries({ typical, alone, unscored, partial, huge, hostile }).map(([name, report]) => [name, sweepPage(report)]))

const text = (html: string): string => html.replace(/<[^>]*>/g, '').replaceAll('&lt;', '<')
const said = (report: SweepReport): { found: string; careful: string } => {
  const { found, careful } = verdictOn(report)
  return { found: text(found.join(' ')), careful: text(careful.join(' ')) }
}

t.test('the same report gives the same bytes, and its page needs and runs nothing', async (t) => {
  for (const [name, report] of Object.entries({ typical, hostile, unscored })) t.equal(sweepPage(structuredClone(report)), PAGES[name], name)
  for (const [name, html] of Object.entries(PAGES)) {
    t.ok(html.indexOf("default-src 'none'; style-src 'unsafe-inline'; img-src data:") < html.indexOf('<style>'), `${name} has its policy before anything else`)
    t.same(html.match(/<script|<link|<img|url\(|@import|NaN|undefined|Infinity|\[object/g), null, name)
    // eslint-disable-next-line no-control-regex
    t.same(html.match(/.{0,80}[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/g), null, `${name} has no character that is not seen`)
    t.ok(html.isWellFormed(), name)
    const { document } = parseHTML(html)
    const ids = [...document.querySelectorAll('section')].map(({ id }) => id)
    t.same([...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href')), ids.map((id) => `#${id}`), `${name} leads to all its parts`)
    t.equal(document.querySelectorAll('table').length, document.querySelectorAll('.scroll > table').length, `${name} has its tables in boxes`)
  }
  t.ok(/&lt;script&gt;injected=1&lt;\/script&gt;/.test(PAGES['hostile']!))
})

t.test('the verdict says who is best, by how much, what the dynamics cost, and what to mind', async (t) => {
  const base = madeReport({ policies: ['small', 'large', 'noop'], dynamics: ['clean', 'flaky'], scenarios: ['retail', 'clinic'] })
  const [small, large, noop] = [0.6, 0.7, 0].map((mean, i) => ({ ...base.policies[i]!, success: around(mean), false_success: around(i === 2 ? 0.9 : 0.1) }))
  const compared = (a: string, b: string, mean: number, p_holm: number) => ({ ...base.comparisons[0]!, a, b, difference: { ...base.comparisons[0]!.difference, mean, low: mean - 0.05, high: mean + 0.04 }, p_holm })
  const lost = (policy: string, mean: number) => ({ policy, difference: { ...base.against_first[0]!.difference, difference: { ...base.against_first[0]!.difference.difference, mean, low: mean - 0.05, high: mean + 0.05 } } })
  const report: SweepReport = { ...base, policies: [small!, large!, noop!], comparisons: [compared('small', 'large', 0.1, 0.0001), compared('large', 'noop', -0.7, 0.001)], against_first: [lost('small', -0.3), lost('large', -0.2)] }
  const { found, careful } = said(report)
  t.match(found, 'large succeeds most often: in 70.0% (95% interval 65.0% to 75.0%) of 200 episodes over 100 tasks. Where both played the same, it is 10.0 points (95% interval +5.0 to +14.0, corrected p < 0.001, 200 pairs) ahead of the next, small.')
  t.match(found, 'At a corrected p below 0.05 it is ahead of all 2 policies that it was compared with.')
  t.match(found, /Against clean, large loses 20\.0 points \(.*\) under flaky; small loses 30\.0 points \(.*\) under flaky, the largest loss of all\./)
  t.match(found, /noop most often ends an episode as something done that is not: in 90\.0%.*, against 10\.0% of large/)
  t.equal(careful, '')
  const turned = said({ ...report, comparisons: [compared('large', 'small', 0.1, 0.3)] }).found
  t.match(turned, /it is 10\.0 points \(95% interval −14\.0 to −5\.0, corrected p = 0\.300, 200 pairs\) behind the next, small\. That may be chance\./, 'pairs may say something else than means')
  t.match(said({ ...report, comparisons: [] }).found, /The next is small with 60\.0%.*were not compared/)
  t.match(said({ ...report, policies: [small!, { ...large!, success: around(0.6) }, noop!] }).found, 'small and large succeed equally often, in 60.0% of their episodes, and more often than the others.')
  t.match(said({ ...report, against_first: [] , dynamics: ['clean'] }).found, 'All was played under one dynamics, clean')
  t.match(said({ ...report, against_first: [lost('small', 0)] }).found, 'No other dynamics lower the success')
  t.match(said(alone).found, /^naive succeeds in .* of 5 episodes/)
  t.same(said(unscored).found, 'No episode was scored, so there is nothing to compare.')
  t.match(said(unscored).careful, /It is incomplete: 2 episodes of 5 are not played \(state: running\)\..*3 episodes were not scored, 1 because the environment broke and 2 because infrastructure did; they are not counted as zeros/)
  t.match(said(partial).careful, /ended early, after 50 of 100 tasks, by the rule declared before it began \(intervals of success no wider than ±2\.0 points.*2 episodes were judged again.*1 episode was judged by another version/)
  t.match(said({ ...alone, policies: [{ ...alone.policies[0]!, success: { ...around(1, 0, 5), clusters: 1, method: 'none' } }] }).careful, 'Fewer than two tasks')
})

t.test('what a report lacks, the page leaves out; what it has, is told with its figures', async (t) => {
  const sections = (html: string): string[] => [...parseHTML(html).document.querySelectorAll('section')].map(({ id }) => id)
  t.same(sections(PAGES['typical']!), ['policies', 'success', 'differences', 'robustness', 'scenarios', 'breakdowns', 'issues', 'timelines', 'agents', 'provenance'])
  t.same(sections(PAGES['alone']!), ['policies', 'success', 'breakdowns', 'issues', 'agents', 'provenance'])
  t.same(sections(PAGES['unscored']!), ['policies', 'failures', 'provenance'])
  t.ok(/pass@4[\s\S]*pass\^4/.test(PAGES['typical']!))
  t.ok(/1,234,567[\s\S]*3\.46/.test(PAGES['partial']!))
  t.ok(/--endpoint small=URL,MODEL.*recordings.*sweep\/create/.test(PAGES['partial']!))
  t.notOk(/Recovers/.test(PAGES['partial']!))
  const { document } = parseHTML(PAGES['typical']!)
  const json = [...document.querySelectorAll('#provenance pre')].at(-1)!.textContent
  t.same(JSON.parse(json), { kind: 'Sweep', ...typical.spec }, 'the specification can be taken from the page')
  t.match(document.querySelector('#timelines')!.textContent, /calls from .* to .* not drawn/, 'of long episodes the middle is left out')
  t.equal(document.querySelectorAll('#scenarios tbody tr').length, 20)
})

t.test('a clock with hours of waiting keeps its seconds apart', async (t) => {
  const calls = Array.from({ length: 10 }, (_, i) => ({ at: i * 500, until: i * 500 + 400 }))
  t.same(clockAxis(calls, 5000).cuts, [], 'nothing stands out')
  const axis = clockAxis([...calls, { at: 5000, until: 7_205_000 }, { at: 7_205_000, until: 7_205_500 }], 7_205_500)
  t.match(axis.cuts, [{ ms: 7_200_000 }])
  t.ok(axis.place(4900) > 0.6, 'what is short has most of the axis')
  const places = [0, 400, 4900, 5000, 1_000_000, 7_205_000, 7_205_500].map((ms) => axis.place(ms))
  t.same(places, places.toSorted((a, b) => a - b), 'time goes on')
  t.equal(axis.place(0), 0)
  t.ok(Math.abs(axis.place(7_205_500) - 1) < 1e-9)
  t.same([writeClock(65_432, 100), writeClock(7_205_000), writeClock(999, 1)], ['1:05.4', '2:00:05', '0:00.999'])
})

t.test('in a browser nothing is cut off, covered, empty or wider than the page', { timeout: 240_000 }, async (t) => {
  for (const { page, width, scrollWidth, clientWidth, svgs, empty, outside, overlapping, foreign } of lookAt(PAGES, [400, 1400], t.testdir())) {
    const where = `${page} at ${width} pixels`
    t.equal(scrollWidth, clientWidth, `${where} does not scroll to the side`)
    t.ok(page === 'unscored' || svgs > 1, `${where} has plots`)
    t.equal(empty, 0, `${where} has no empty plot`)
    t.same(outside, [], `${where} has no text outside its plot`)
    t.same(overlapping.slice(0, 10), [], `${where} has no texts over each other`)
    t.same(foreign, [], `${where} holds nothing of its data as markup`)
  }
})
