/** Endpoints that misbehave neither stop nor bias a sweep: what they answer in the end is what counts, and what they never answer counts apart. */
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Action } from '../../protocol/action.ts'
import { SweepSpec } from '../../protocol/sweep.ts'
import { embeddedFiles } from '../../src/cli/embedded-catalogue.ts'
import { embeddedProfiles, embeddedThemes } from '../../src/cli/embedded-supply.ts'
import { localFinder } from '../../src/cli/local-finder.ts'
import { below, keyOf } from '../../src/core/keyed.ts'
import { toEnd } from '../../src/core/to-end.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { type Ending, SweepRun } from '../../src/server/sweeps/sweep-run.ts'
import { openDatabase } from '../../src/store/database.ts'
import { SqliteSweeps } from '../../src/store/sqlite-sweeps.ts'
import { type Plan, planSweep, requestOf, unitAt, unitCount } from '../../src/sweep/plan.ts'
import { type Played, playedOf } from '../../src/sweep/played.ts'
import { reportOn } from '../../src/sweep/report.ts'
import { type Asked, type Behaviour, called, type Model, reply, startModel } from '../llm/model-under-test.ts'

const finder = localFinder()

function planOf(spec: unknown): Plan {
  return toEnd(planSweep(SweepSpec.parse(spec), finder))
}

/** What the witness does in each task, by the task's first message. */
function scriptsOf(plan: Plan): Map<string, Action[]> {
  const scripts = new Map<string, Action[]>()
  for (let unit = 0; unit < unitCount(plan); unit++) {
    const place = unitAt(plan, unit)
    const { scenario, seed, task } = plan.rows[place.row]!
    const episode = Episode.start(toEnd(finder.scenario(scenario, seed, task)), requestOf(plan, place))
    const name = episode.observation.messages.find(({ role }) => role === 'user')!.content
    const policy = createPolicy('oracle', episode)!
    const actions: Action[] = []
    while (!episode.ended) {
      const action = policy.act(episode.observation)
      actions.push(action)
      episode.step(action)
    }
    scripts.set(name, actions)
  }
  return scripts
}

/** A model that knows the witness of two tasks in three, and gives up in the others; its answer depends on the question alone. */
function scripted(scripts: ReadonlyMap<string, Action[]>): Behaviour {
  return (response, { body }: Asked) => {
    const task = body.messages.find(({ role }: { role: string }) => role === 'user').content
    const turn = body.messages.filter(({ role }: { role: string }) => role === 'assistant').length
    const usage = { prompt_tokens: 100, completion_tokens: 10 }
    if (below(keyOf([task]), 3) === 0) return reply(response, { role: 'assistant', content: null, tool_calls: [called('report_unable', '{"reason": "no"}')] }, usage)
    const { content, tool_calls = [] } = scripts.get(task)![turn]!
    reply(response, { role: 'assistant', content: content ?? null, tool_calls: tool_calls.map((call: any, i: number) => called(call.name, JSON.stringify(call.arguments), `c${turn}_${i}`)) }, usage)
  }
}

const FAULTS: readonly Behaviour[] = [
  async (response) => { await pause(900); response.end('{}') },
  (response) => void response.writeHead(429, { 'retry-after': '0.05' }).end('{"error": "slow down"}'),
  (response) => void response.writeHead(500).end('oops'),
  (response) => void response.end('{"choices": [{"message": {"content": "hel'),
  (response) => void response.end(''),
  (response) => { const timer = setInterval(() => response.write(' '), 20); response.on('close', () => clearInterval(timer)) },
  (response) => void response.destroy(),
  (response) => void response.end('{"choices": []}'),
]

/** The same model behind a bad line: two requests in five go wrong, in every way. */
function unreliable(model: Behaviour): Behaviour {
  return (response, asked, n) => (below(keyOf(['fault', n]), 5) < 2 ? FAULTS[below(keyOf(['which', n]), FAULTS.length)]!(response, asked, n) : model(response, asked, n))
}

async function run(t: Test, plan: Plan, models: Record<string, Model>, retries = 5): Promise<{ ending: Ending; played: Played[] }> {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const store = new SqliteSweeps(database)
  const id = '0'.repeat(32)
  store.create({ id, spec: plan.spec, tasks: plan.rows, digest: plan.digest, planned: unitCount(plan), engine: '', principal: '', createdAt: 0, state: 'running' })
  const endpoints = new Map(Object.entries(models).map(([name, model]) => [name, model.endpoint({ timeoutMs: 400, retries })]))
  const source = { shipped: [...embeddedFiles('envs'), ...embeddedFiles('scenarios')], given: [], themes: embeddedThemes(), profiles: embeddedProfiles() }
  const ending = await new SweepRun({ id, plan, store, source, endpoints, threads: 1 }).run(new AbortController().signal)
  return { ending, played: store.outcomes(id).map(({ unit, outcome }) => playedOf(plan, unit, outcome)) }
}

t.test('slow, 429, 500, broken JSON, empty, endless: the same report as of a model that behaves', async (t) => {
  const plan = planOf({
    policies: [{ name: 'good', policy: 'endpoint', endpoint: 'good', price: { prompt: 1, completion: 10 } }, { name: 'bad', policy: 'endpoint', endpoint: 'bad', concurrency: 12 }, { policy: 'noop' }],
    scenarios: ['retail'], seeds: 16, dynamics: [{ profile: 'clean' }],
  })
  const [good, bad] = [await startModel(t), await startModel(t)]
  const model = scripted(scriptsOf(plan))
  good.behave(model)
  bad.behave(unreliable(model))
  const { ending, played } = await run(t, plan, { good, bad })
  t.same(ending, { state: 'done' })
  t.equal(played.length, unitCount(plan))
  const of = (policy: number) => played.filter((each) => each.policy === policy)
  // Requests, retries and tries tell of the line; all else is the episode.
  const seen = (policy: number) => of(policy).map(({ outcome: { usage: _usage, tries: _tries, ...outcome } }) => outcome)
  t.same(seen(1), seen(0))
  const successes = of(1).filter(({ outcome }) => outcome.success).length
  t.ok(successes > 3 && successes < 16, `${successes} of 16 succeed`)
  const report = reportOn(plan, played, { state: 'done' })
  const [well, ill] = report.policies
  t.match([well!.failed, ill!.failed, ill!.success.mean], [0, 0, well!.success.mean])
  t.ok(ill!.usage!.retries > 10 && ill!.usage!.requests > well!.usage!.requests, `${ill!.usage!.requests} requests instead of ${well!.usage!.requests}`)
  t.equal(well!.usage!.cost, (well!.usage!.prompt_tokens + 10 * well!.usage!.completion_tokens) / 1e6)
  t.match(report.comparisons.find(({ a, b, metric }) => a === 'good' && b === 'bad' && metric === 'success'), { difference: { mean: 0 }, better: 0, worse: 0, p: 1 })
})

t.test('what is never answered is counted apart, never as a zero', async (t) => {
  const plan = planOf({ policies: [{ policy: 'endpoint', endpoint: 'small' }], scenarios: ['retail'], seeds: 12, dynamics: [{ profile: 'clean' }], tries: 2 })
  const scripts = scriptsOf(plan)
  const model = scripted(scripts)
  const small = await startModel(t)
  const dead = [...scripts.keys()].filter((task) => below(keyOf([task]), 3) !== 0).slice(0, 3)
  small.behave((response, asked, n) => (asked.body.messages.some(({ content }: { content: string }) => dead.includes(content)) ? void response.writeHead(500).end() : model(response, asked, n)))
  const { ending, played } = await run(t, plan, { small }, 1)
  t.same(ending, { state: 'done' })
  const { policies: [figures], failures, counts } = reportOn(plan, played, { state: 'done' })
  t.match(counts, { scored: 9, failed: 3, left: 0 })
  const won = played.filter(({ outcome }) => outcome.success).length
  t.equal(figures!.success.mean, won / 9)
  t.same(figures!.success_bounds, [won / 12, (won + 3) / 12])
  t.match(failures, [{ episodes: 3, cause: /answers 500/ }])
  t.ok(played.filter(({ outcome }) => outcome.status === 'failed').every(({ outcome }) => outcome.reward === null && outcome.tries === 2 && outcome.usage!.requests === 4))
})

t.test('an endpoint that refuses everybody stops the sweep, and fails nobody', async (t) => {
  const plan = planOf({ policies: [{ policy: 'endpoint', endpoint: 'small' }, { policy: 'noop' }], scenarios: ['retail'], seeds: 40, dynamics: [{ profile: 'clean' }], tries: 1 })
  const small = await startModel(t)
  small.behave((response) => void response.writeHead(400).end('no such model'))
  const { ending, played } = await run(t, plan, { small })
  t.match(ending, { state: 'failed', why: /small failed 20 times one after another.*400/ })
  t.equal(played.filter(({ policy }) => policy === 0).length, 0, 'they are played when it is mended')
  small.behave((response) => void response.writeHead(401).end('no such key'))
  const few = await run(t, planOf({ ...plan.spec, seeds: 3 }), { small })
  t.match(few.ending, { state: 'failed', why: /^small is refused: .*401/ }, 'however few there are')
  t.equal(few.played.filter(({ policy }) => policy === 0).length, 0)
})

t.test('a model that never comes to an end is stopped by the budget, and scored', async (t) => {
  const plan = planOf({ policies: [{ policy: 'endpoint', endpoint: 'small' }], scenarios: ['retail'], seeds: 2, dynamics: [{ profile: 'clean' }], budgets: { turns: 5 } })
  const small = await startModel(t)
  small.behave((response) => reply(response, { role: 'assistant', content: null, tool_calls: [called('wait', '{"ms": 1}')] }))
  const { played } = await run(t, plan, { small })
  t.match(played.map(({ outcome }) => outcome), [{ status: 'scored', reward: 0, stop_reason: 'turns_budget', turns: 5 }, { status: 'scored' }])
})
