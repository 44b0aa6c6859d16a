/** Whole episodes over MCP: the same actions lead to the same state, whatever they came by, and whoever plays beside. */
import t from 'tap'
import { Episode } from '../../src/episode/episode.ts'
import { plantedFiles } from '../audits/canary.ts'
import { shippedCatalogue, tryStart } from '../checkout.ts'
import { ADMIN, ANYBODY, ask, openGym, type TestGym } from './gym-under-test.ts'
import type { Action } from '../../protocol/action.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { McpHost } from '../../src/server/mcp/mcp-host.ts'
import { Session } from '../../src/server/session.ts'
import { SUBPROTOCOLS } from '../../protocol/json-rpc.ts'
import { Client as Socket } from './house.ts'
import WebSocket from 'ws'
import { once } from 'node:events'
import { asCall, call, mcpHouse, type Mode, MODERN, playAlong, textOf } from './mcp-house.ts'

const catalogue = shippedCatalogue()

function twinOf(scenario: string, seed: number, dynamics?: string): Episode {
  return Episode.start(catalogue.find(scenario)!, { seed, ...(dynamics !== undefined && { options: { dynamics } }) })
}

function open(gym: TestGym, scenario: string, seed: number, dynamics?: string): string {
  return ask(new Session(gym, ANYBODY), 'env/reset', { scenario, seed, ...(dynamics !== undefined && { options: { dynamics } }) }).episode
}

function hashOf(gym: TestGym, episode: string): string {
  return ask(new Session(gym, ADMIN), 'env/state', { episode }).hash
}

t.test('the same actions over MCP of both revisions and over the WebSocket give the same hash', async (t) => {
  const { gym, origin, connect } = await mcpHouse(t, { catalogue })
  for (const [scenario, seed, dynamics, policy] of [['retail', 7, undefined, 'oracle'], ['phone', 3, undefined, 'oracle'], ['travel', 5, 'drift', 'robust'], ['retail', 11, 'hostile', 'robust']] as const) {
    const hashes: Record<string, string> = {}
    let actions: unknown[] = []
    for (const mode of ['legacy', { pin: MODERN }] satisfies Mode[]) {
      const twin = twinOf(scenario, seed, dynamics)
      const id = open(gym, scenario, seed, dynamics)
      const client = await connect(`/mcp/${id}`, mode)
      const news: string[] = []
      if (mode === 'legacy') client.setNotificationHandler('notifications/tools/list_changed', () => { news.push('tools') })
      let last: Awaited<ReturnType<typeof call>> | undefined
      let shown = JSON.stringify(twin.listed.map(({ schema: { name } }) => name))
      let changes = 0
      actions = await playAlong(twin, policy, async (name, args) => {
        last = await call(client, name, args)
        const now = JSON.stringify(twin.listed.map(({ schema }) => schema.name))
        if (now !== shown) changes += 1
        shown = now
      })
      t.match(textOf(last!), /Reward 1, success/, `${scenario} ${dynamics}`)
      const { contents: [verdict] } = await client.readResource({ uri: `gym://episode/${id}/verdict` })
      t.match(JSON.parse((verdict as { text: string }).text), { reward: 1, success: true })
      if (mode === 'legacy') t.ok(news.length >= changes, `${changes} changes of the names of tools, ${news.length} notices`)
      hashes[JSON.stringify(mode)] = hashOf(gym, id)
      t.equal(hashOf(gym, id), twin.stateHash(), 'as the same actions in the engine alone')
    }
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/v1/ws`, SUBPROTOCOLS.json)
    const wire = new Socket(socket, 'json')
    await once(socket, 'open')
    const { episode } = await wire.ask('env/reset', { scenario, seed, ...(dynamics !== undefined && { options: { dynamics } }) })
    for (const action of actions) await wire.ask('env/step', { episode, action })
    hashes.websocket = hashOf(gym, episode)
    socket.terminate()
    t.equal(new Set(Object.values(hashes)).size, 1, `${scenario} ${dynamics}: one hash`)
  }
})

t.test('a session of its own: the address names scenario, seed, dynamics and luck', async (t) => {
  const { gym, connect } = await mcpHouse(t, { catalogue })
  const client = await connect('/mcp?scenario=retail&seed=9&dynamics=flaky&intensity=0.5&luck=4', 'auto')
  const twin = Episode.start(catalogue.find('retail')!, { seed: 9, options: { luck: 4, dynamics: { profile: 'flaky', intensity: 0.5 } } })
  t.equal(client.getNegotiatedProtocolVersion(), '2025-11-25', 'who negotiates falls back')
  await playAlong(twin, 'robust', (name, args) => call(client, name, args))
  const { resources } = await client.listResources()
  const [, id] = /episode\/([0-9a-f]{32})\//.exec(resources[0]!.uri)!
  t.equal(hashOf(gym, id!), twin.stateHash())
})

/** Plays an episode of a gym over MCP, as the witness goes on from where it stands. */
async function playOut(gym: TestGym, id: string, make: (name: string, args: Record<string, unknown>) => Promise<unknown>): Promise<Action[]> {
  const { episode } = gym.episodes.use(id)
  const policy = createPolicy('oracle', episode)!
  const actions: Action[] = []
  while (!episode.ended) {
    const { name, args, action } = asCall(policy.act(episode.observation))
    actions.push(action)
    await make(name, args)
  }
  return actions
}

t.test('agents that others play have their turns in between, as over the WebSocket', async (t) => {
  const { gym, connect } = await mcpHouse(t, { catalogue })
  const session = new Session(gym, ANYBODY)
  const reset = () => ask(session, 'env/reset', { scenario: 'support-team', seed: 2, options: { others: 'oracle' } }).episode as string
  const id = reset()
  const client = await connect(`/mcp/${id}`, { pin: MODERN })
  const actions = await playOut(gym, id, (name, args) => call(client, name, args))
  t.ok(gym.episodes.use(id).episode.events().some((event) => event.type === 'turn' && event.player === 'oracle'), 'they had some')
  const other = reset()
  for (const action of actions) ask(session, 'env/step', { episode: other, action })
  t.equal(hashOf(gym, id), hashOf(gym, other))
})

t.test('every scenario can be won over MCP, as the root and as all agents, by listed tools alone', async (t) => {
  const gym = openGym({ catalogue })
  const host = new McpHost(gym)
  const context = { signal: new AbortController().signal, seq: undefined, progress: undefined, log: async () => {}, origin: undefined }
  for (const { name: scenario, agents } of catalogue.list()) {
    for (const learner of agents.size > 1 ? ['root', 'all'] : ['root']) {
      const seed = [1, 2, 3, 4, 5].find((each) => tryStart(catalogue.find(scenario)!, { seed: each }))!
      const { episode: id } = await host.ask<{ episode: string }>('env/reset', { scenario, seed, options: { learner } }, ANYBODY)
      const surface = host.surfaceOf(id, ANYBODY)
      const { episode } = gym.episodes.use(id)
      const policy = createPolicy('oracle', episode)!
      // Where the witness makes several calls at once, the later ones come when the agent acts again.
      const later = new Map<string, unknown[]>()
      while (!episode.ended) {
        const { path } = episode.due
        const left = later.get(path) ?? []
        if (!left.length) {
          const { content, tool_calls: calls = [] } = policy.act(episode.observation)
          left.push(...calls.length ? calls.map((one) => ({ tool_calls: [one] })) : [{ content }])
          later.set(path, left)
        }
        const { name, args } = asCall(left.shift() as Action)
        if (!(await surface.tools()).some((tool) => tool.name === name)) throw new Error(`${scenario} ${learner}: ${name} is not listed`)
        await surface.call(name, args, context)
      }
      const { contents: [verdict] } = await surface.read('gym://episode/current/verdict')
      t.match(JSON.parse((verdict as { text: string }).text), { reward: 1 }, `${scenario} ${learner} ${seed}`)
    }
  }
})

t.test('an episode of a sweep that was pulled counts when it was played over MCP', async (t) => {
  const { gym, connect } = await mcpHouse(t, { sweeps: { folder: t.testdir() } })
  gym.sweeps!.start()
  t.teardown(() => gym.sweeps!.close())
  const session = new Session(gym, ANYBODY)
  const pull = async <R>(method: string, params: unknown): Promise<R> => {
    const { reply } = await session.settle({ jsonrpc: '2.0', id: 1, method, params }, new AbortController().signal)
    if ('error' in reply) throw new Error(reply.error.message)
    return reply.result as R
  }
  const { sweep: { sweep } } = await pull<{ sweep: { sweep: string } }>('sweep/create', { spec: { policies: [{ policy: 'external' }], scenarios: ['shop'], seeds: 2, dynamics: [{ profile: 'clean' }] } })
  for (let left = 2; left > 0; left--) {
    const { episode } = await pull<{ episode: { episode: string } }>('sweep/next', { sweep })
    const client = await connect(`/mcp/${episode.episode}`)
    await playOut(gym, episode.episode, (name, args) => call(client, name, args))
  }
  t.match(await pull('sweep/next', { sweep }), { state: 'done', left: 0 })
})

t.test('nothing private is seen over MCP: canaries in every private place of every scenario', async (t) => {
  const { catalogue: planted, complaints } = compileCatalogue(plantedFiles())
  t.same(complaints, [])
  const gym = openGym({ catalogue: planted })
  const host = new McpHost(gym)
  const seen: string[] = []
  const see = (where: string, value: unknown): void => {
    if (/kanarien/i.test(JSON.stringify(value) ?? '')) seen.push(`${where}: ${JSON.stringify(value).slice(0, 2000)}`)
  }
  const context = { signal: new AbortController().signal, seq: undefined, progress: async (...at: unknown[]) => see('progress', at), log: async (text: string) => see('log', text), origin: undefined }
  let ended = 0
  for (const [i, scenario] of planted.list().entries()) {
    for (const [j, policyName] of ['robust', 'random'].entries()) {
      const twin = tryStart(scenario, { seed: i, options: { dynamics: { profile: 'hostile' }, ...(scenario.agents.size > 1 && { learner: 'all' }) } as never })
      if (!twin) continue
      const { episode } = await host.ask<{ episode: string }>('env/reset', { scenario: scenario.name, seed: i, options: { dynamics: { profile: 'hostile' }, ...(scenario.agents.size > 1 && { learner: 'all' }) } }, ADMIN)
      // Whatever token it has, who plays is shown no more.
      const surface = host.surfaceOf(episode, j ? ADMIN : ANYBODY)
      const where = `${scenario.name} ${policyName}`
      const look = async (): Promise<void> => {
        see(where, [await surface.instructions(), await surface.tools(), await surface.prompt('task')])
        for (const { uri } of await surface.resources()) see(`${where} ${uri}`, await surface.read(uri).catch((error: Error) => error.message))
      }
      const policy = createPolicy(policyName, twin, i)!
      await look()
      for (let turn = 0; turn < 30 && !twin.ended; turn++) {
        const planned = policy.act(twin.observation)
        if ((planned.tool_calls?.length ?? 0) > 1) break
        const { name, args, action } = asCall(planned)
        twin.step(action)
        see(where, await surface.call(name, args, context).catch((error: Error) => error.message))
      }
      await look()
      if (twin.ended) ended += 1
    }
  }
  t.same(seen, [])
  t.ok(ended > 20, `${ended} were played to their end`)
})

t.test('200 episodes over MCP beside 200 over WebSockets: each as if it were alone', async (t) => {
  const { gym, origin, connect } = await mcpHouse(t, { catalogue })
  // A seed may have no row for its task.
  const twins = Array.from({ length: 500 }, (_, seed) => tryStart(catalogue.find('retail')!, { seed })).filter((twin) => twin !== undefined).slice(0, 400)
  const overMcp = twins.slice(0, 200).map(async (twin, i) => {
    const id = open(gym, 'retail', twin.identity.seed)
    const client = await connect(`/mcp/${id}`, i % 2 ? 'legacy' : { pin: MODERN })
    const { observation } = twin
    const { messages } = await client.getPrompt({ name: 'task' })
    t.same(messages.map(({ content }) => (content as { text: string }).text), observation.messages.map(({ content }) => content))
    await playAlong(twin, 'oracle', (name, args) => call(client, name, args))
    t.equal(hashOf(gym, id), twin.stateHash())
    await client.close()
  })
  const overSockets = twins.slice(200).map(async (twin) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/v1/ws`, SUBPROTOCOLS.json)
    const wire = new Socket(socket, 'json')
    await once(socket, 'open')
    const { episode } = await wire.ask('env/reset', { scenario: 'retail', seed: twin.identity.seed })
    await playAlong(twin, 'oracle', (name, args) => wire.ask('env/step', { episode, action: { tool_calls: [{ name, arguments: args }] } }))
    t.equal(hashOf(gym, episode), twin.stateHash())
    socket.terminate()
  })
  await Promise.all([...overMcp, ...overSockets])
  t.equal(gym.tally.ended.get('finished'), 400)
  t.same(gym.incidents, [])
})
