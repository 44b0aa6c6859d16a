/** The random policy plays the tools that it is shown, in the form that they have. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { ToolSchema } from '../../protocol/observation.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { digestOf } from '../../src/core/digest.ts'
import { fuzzEpisodes } from '../../src/admit/fuzz.ts'
import { Episode, type EpisodeRequest } from '../../src/episode/episode.ts'
import { random } from '../../src/policy/trivial.ts'
import { ROOT, seedOf } from '../checkout.ts'

const { catalogue } = compileCatalogue([{ file: 'depot.yaml', text: readFileSync(`${ROOT}test/fixtures/depot.yaml`, 'utf8') }])
const depot = catalogue.find('depot')!

/** Names, arguments and tools that are others than those of the world; some only later, and told. */
const FORMED = {
  add: [
    { id: 'names', kind: 'tools.list_changed', match: { tools: ['price_list'] }, suffix: 'v2', decoys: 1 },
    { id: 'drift', kind: 'schema.drift', match: { tools: ['find_items'] }, rename: { item_label: 'labelText' } },
    { id: 'reasons', kind: 'schema.drift', match: { tools: ['retire_items'] }, when: { window: { from_ms: 3000 } }, require: { reason: ['sold', 'broken'] }, announced: true },
    { id: 'gone', kind: 'tools.list_changed', match: { tools: ['carry_item'] }, when: { window: { to_ms: 4000 } }, remove: true, announced: true },
    { id: 'key', kind: 'idempotency.key', match: { tools: ['move_item'] } },
    { id: 'jobs', kind: 'async.job', match: { tools: ['move_item'] }, poll_ms: 100, completion: { ms: 300 } },
    { id: 'session', kind: 'auth.expiry', ttl_ms: 60_000 },
    { id: 'net', kind: 'latency.constant', ms: 400 },
  ],
}

type Told = { readonly called: string; readonly tool: ToolSchema | undefined }

/** Plays a random episode and notes what each call looked like in the list that was last shown. */
function playShown(request: EpisodeRequest): { episode: Episode; told: Told[] } {
  const episode = Episode.start(depot, request)
  const policy = random(episode, request.seed)
  const told: Told[] = []
  let shown: readonly ToolSchema[] = []
  while (!episode.ended) {
    shown = episode.observation.tools ?? shown
    const action = policy.act(episode.observation)
    const [call] = action.tool_calls as { name: string }[]
    told.push({ called: call!.name, tool: shown.find(({ name }) => name === call!.name) })
    episode.step(action)
  }
  return { episode, told }
}

t.test('random calls are of the tools that the observation showed, whatever they are called', async (t) => {
  const called = new Set<string>()
  const committed = new Set<string>()
  const reasons = new Set<boolean>()
  let unknown = 0
  for (let i = 0; i < 60; i++) {
    const request = { seed: seedOf('shown', i), options: { dynamics: FORMED, budgets: { turns: 40 } } }
    const { episode, told } = playShown(request)
    t.ok(told.every(({ tool }) => tool !== undefined), 'each was in the list')
    const events = episode.events().filter((event) => event.type === 'call')
    for (const event of events) {
      called.add(event.tool)
      if (event.committed) committed.add(event.tool)
      if (event.tool === 'retire_items') reasons.add('reason' in (event.arguments as object))
      if (event.rejected === 'unknown_tool' || (event.rejected === 'invalid_arguments' && ['find_items', 'retire_items'].includes(event.tool))) unknown += 1
    }
    t.equal(digestOf(playShown(request).episode.events()), digestOf(episode.events()), 'and the same again')
  }
  for (const name of ['price_list_v2', 'price_list', 'find_items', 'move_item', 'check_job', 'refresh_session', 'carry_item']) t.ok(called.has(name), `${name} is called`)
  t.equal(reasons.size, 2, 'before the change, and as it demands afterwards')
  for (const name of ['find_items', 'price_list_v2']) t.ok(committed.has(name), `${name} works as it is shown`)
  t.equal(unknown, 0, 'nothing that is shown is unknown, or takes other arguments')
})

t.test('a policy that begins in the middle sees the tools as they are by then', async (t) => {
  const episode = Episode.start(depot, { seed: seedOf('middle', 1), options: { dynamics: FORMED } })
  t.same(episode.tools, episode.observation.tools)
  episode.step({ tool_calls: [{ name: 'wait', arguments: { ms: 10_000 } }] })
  t.same(episode.tools, episode.observation.tools, 'both changes were told')
  episode.step({ tool_calls: [{ name: 'get_item', arguments: { item_id: 'x' } }] })
  t.equal(episode.observation.tools, undefined)
  const names = new Set(episode.tools.map(({ name }) => name))
  t.ok(names.has('carry_item') && names.has('price_list_v2') && names.has('check_job'))
  const policy = random(episode, 5)
  for (let i = 0; i < 30; i++) {
    const [call] = policy.act(episode.observation).tool_calls as { name: string }[]
    t.ok(names.has(call!.name), call!.name)
  }
})

t.test('odd arguments are tried on tools as they are shown, and under their own names', async (t) => {
  const outcomes = new Map<string, Set<string>>()
  for (const episode of fuzzEpisodes(depot, { seed: seedOf('odd', 1), task: 'move_and_tell', options: { dynamics: FORMED } })) {
    for (const event of episode.events()) {
      if (event.type !== 'call') continue
      outcomes.set(event.tool, (outcomes.get(event.tool) ?? new Set()).add(event.rejected ?? (event.committed ? 'committed' : 'answered')))
    }
    t.not(episode.last.info.stop_reason, 'env_error')
  }
  t.ok(outcomes.get('price_list_v2')?.has('committed'))
  t.ok(outcomes.get('find_items')?.has('committed'), 'in its new form')
  for (const name of ['check_job', 'refresh_session', 'price_list', 'carry_item', 'finish', 'report_unable']) t.ok(outcomes.has(name), name)
})
