/** Records a live server in all the states that the tasks of a scenario may lead to, so that they can be played without it. */
import type { Cassette, ServedReply, ServerState } from '../../../protocol/cassette.ts'
import type { InputSchema } from '../../../protocol/spec/json-schema.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { stateId } from '../../core/state-id.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { Episode } from '../../episode/episode.ts'
import type { ServedCall } from '../../episode/live-tools.ts'
import { Explored } from '../../mcp/explored.ts'
import { createPolicy } from '../../policy/builtin.ts'
import { ServerFailure } from './connection.ts'
import type { LiveServer } from './live-server.ts'

type Call = Pick<ServedCall, 'tool' | 'arguments' | 'effect'>

export type ExploreOptions = {
  /** Seeds from 0 on whose tasks are played. */
  readonly seeds: number
  /** The most states that are visited. */
  readonly states: number
  /** Told of progress. */
  readonly onProgress?: (states: number, calls: number) => void
}

/** What was recorded, and tasks that the plan did not bring to reward 1. */
export type Exploration = { readonly cassette: Cassette; readonly unpaid: readonly string[]; readonly left: number }

/**
 * Plays the plan of every task instance live, then makes, in every state on the way of an instance, all reads and all
 * writes of that instance, in any order, a list of things at once and one by one; and in the first state the writes of all instances, so that a wrong one is
 * answered as well as a right one.
 * @throws ServerFailure when the server cannot be started
 */
export async function explore(scenario: CompiledScenario, server: LiveServer, options: ExploreOptions): Promise<Exploration> {
  const plays: { readonly label: string; readonly calls: Call[]; readonly paid: boolean }[] = []
  const known = new Set<string>()
  let first: ServedCall | undefined
  for (let seed = 0; seed < options.seeds; seed++) {
    for (const task of scenario.tasks.keys()) {
      const played = await playLive(scenario, server, seed, task)
      first ??= played.asked[0]
      const calls = distinct(played.asked)
      const label = canonicalJson(calls)
      if (known.has(label)) continue
      known.add(label)
      plays.push({ label: `${task}, seed ${seed}`, calls, paid: played.reward === 1 })
    }
  }
  if (!first) throw new RangeError('no task calls a tool of the server')
  const explored = new Explored(first.at, first.state)
  const everyRead = distinct(plays.flatMap(({ calls }) => calls.filter(({ effect }) => effect === 'read')))
  const everyWrite = distinct(plays.flatMap(({ calls }) => calls.filter(({ effect }) => effect === 'write')))
  let left = 0

  async function ask(call: Call, state: ServerState): Promise<ServerState | undefined> {
    const at = stateId(state)
    const reply: ServedReply = await server.answer({ ...call, at, state })
    const next = reply.state && { id: stateId(reply.state), rows: reply.state }
    explored.add({ state: at, tool: call.tool, arguments: call.arguments, answer: reply.answer, ms: reply.ms, ...(next && { next }) })
    return reply.state
  }

  const looked = new Set<string>()
  /** All reads in a state, once. */
  async function look(state: ServerState): Promise<void> {
    const at = stateId(state)
    if (looked.has(at)) return
    looked.add(at)
    for (const call of distinct([...everyRead, ...readsOf(scenario, state)])) await ask(call, state)
    options.onProgress?.(explored.states, explored.calls)
  }

  /** All states that some writes lead to in any order, from one on. */
  async function walk(from: ServerState, writes: readonly Call[], depth: number): Promise<void> {
    const waiting: { state: ServerState; depth: number }[] = [{ state: from, depth: 0 }]
    const seen = new Set<string>()
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const at = stateId(next.state)
      if (seen.has(at)) continue
      seen.add(at)
      if (!looked.has(at) && looked.size >= options.states) {
        left += 1
        continue
      }
      await look(next.state)
      for (const write of writes) {
        const after = await ask(write, next.state)
        if (after && next.depth < depth) waiting.push({ state: after, depth: next.depth + 1 })
        else if (after && looked.size < options.states) await look(after)
      }
    }
  }

  for (const { calls } of plays) {
    const writes = distinct(calls.filter(({ effect }) => effect === 'write').flatMap(otherWays))
    await walk(first.state, writes, writes.length)
  }
  await walk(first.state, everyWrite, 0)
  const { info, tools } = await server.about()
  return { cassette: explored.cassette(info, tools), unpaid: plays.filter(({ paid }) => !paid).map(({ label }) => label), left }
}

async function playLive(scenario: CompiledScenario, server: LiveServer, seed: number, task: string): Promise<{ asked: ServedCall[]; reward: number | null }> {
  const episode = Episode.start(scenario, { seed, task, options: { tools: 'live', dynamics: 'clean', learner: 'all' } })
  const policy = createPolicy('oracle', episode)!
  const asked: ServedCall[] = []
  let total = 0
  while (!episode.ended) {
    const action = policy.act(episode.observation)
    const answers: ServedReply[] = []
    for (let call = episode.asks(action, answers); call; call = episode.asks(action, answers)) {
      asked.push(call)
      const reply = await server.answer(call)
      if (reply.answer.failure && asked.length === 1) throw new ServerFailure(reply.answer.failure, `the server does not answer: ${String(reply.answer.json)}`)
      answers.push(reply)
    }
    const { reward } = episode.step(action, answers)
    if (reward === null) return { asked, reward }
    total += reward
  }
  return { asked, reward: total }
}

function distinct(calls: readonly Call[]): Call[] {
  return [...new Map(calls.map(({ tool, arguments: args, effect }) => [`${tool} ${canonicalJson(args)}`, { tool, arguments: args, effect }])).values()]
}

/** Items of a list whose orders are all tried. */
const MOST_ORDERED = 3

/** A write, and what comes to the same in other words: the items of a list in other orders, and one call for each of them. */
function otherWays(call: Call): Call[] {
  const [name, items] = Object.entries(call.arguments).find(([, value]) => Array.isArray(value) && value.length > 1) as [string, unknown[]] | undefined ?? []
  if (name === undefined || items === undefined) return [call]
  const lists = [...(items.length <= MOST_ORDERED ? orders(items) : [items]), ...items.map((item) => [item])]
  return lists.map((list) => ({ ...call, arguments: { ...call.arguments, [name]: list } }))
}

/** All orders of a list, its own first. */
function orders(items: readonly unknown[]): unknown[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((others) => [item, ...others]))
}

/** Reads that anybody may think of: without arguments, or about one of the things that there are. */
function readsOf({ world }: CompiledScenario, state: ServerState): Call[] {
  const { root = '/workspace', files } = world.spec.server?.state ?? {}
  const names = Object.entries(state).flatMap(([table, rows]) => (table === files?.table ? [root, ...rows.map((row) => `${root}/${String(row[files.path])}`)] : rows.flatMap((row) => String(row[world.spec.tables[table]!.key]))))
  return [...world.tools.values()].flatMap(({ spec }): Call[] => {
    if (spec.effect !== 'read' || spec.served === undefined) return []
    const required = (spec.input as { required?: string[] }).required ?? []
    if (required.length > 1) return []
    const [name] = required
    const schema = name === undefined ? undefined : (spec.input as { properties: Record<string, InputSchema> }).properties[name]
    const valueOf = (one: string): unknown => (schema?.type === 'string' ? one : schema?.type === 'array' && 'items' in schema && schema.items.type === 'string' ? [one] : undefined)
    const values = schema === undefined ? [{}] : names.map(valueOf).filter((value) => value !== undefined).map((value): Record<string, unknown> => ({ [name!]: value }))
    return values.map((args) => ({ tool: spec.served!, arguments: args, effect: 'read' }))
  })
}
