/** How far a workflow has come, and how it goes on: nodes start when those before them are through. */
import { jsonOrText } from '../core/json-or-text.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { CallLimit, Refused, SpecFault } from '../world/fault.ts'
import type { CompiledNode, NodeValues, WorkMeter } from './compiled-agent.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import type { Frame } from './frame.ts'
import { openFrame, runFrame } from './open-frame.ts'
import { refusedFor } from './frame-budget.ts'
import { unsafePlace } from '../core/json-safe.ts'

/** Frames that a node waits for: their place in its list, by path. */
type Running = { readonly left: ReadonlyMap<string, number>; readonly results: readonly unknown[]; readonly end: number }

/** Never changed in place. */
export type WorkflowRun = {
  readonly input: string
  readonly since: number
  /** JSON that nodes gave. */
  readonly outputs: ReadonlyMap<string, unknown>
  /** Nodes that are through, of the present round where they stand in a loop. */
  readonly settled: ReadonlySet<string>
  readonly running: ReadonlyMap<string, Running>
  /** When nodes were through. */
  readonly ends: ReadonlyMap<string, number>
  /** Calls of a node that failed, and when it is tried again. */
  readonly tries: ReadonlyMap<string, { readonly n: number; readonly at: number }>
  /** Rounds that a loop has begun. */
  readonly rounds: Readonly<Record<string, number>>
}

export function openRun(input: string, since: number): WorkflowRun {
  return { input, since, outputs: new Map(), settled: new Set(), running: new Map(), ends: new Map(), tries: new Map(), rounds: {} }
}

type Ready = { readonly node: CompiledNode; readonly at: number; readonly loop: Extract<CompiledNode, { kind: 'loop' }> | undefined }

function startOf(run: WorkflowRun, after: readonly string[], since: number): number {
  return after.reduce((latest, name) => Math.max(latest, run.ends.get(name) ?? since), since)
}

/** Nodes whose turn has come. */
function readyNodes(run: WorkflowRun, nodes: readonly CompiledNode[]): Ready[] {
  const isOpen = ({ name, after }: CompiledNode) => !run.settled.has(name) && !run.running.has(name) && after.every((one) => run.settled.has(one))
  return nodes.flatMap((node): Ready[] => {
    if (!isOpen(node)) return []
    const at = run.tries.get(node.name)?.at ?? startOf(run, node.after, run.since)
    if (node.kind !== 'loop' || (run.rounds[node.name] ?? 0) === 0) return [{ node, at, loop: undefined }]
    const round = run.ends.get(`${node.name} round`) ?? at
    const inner = node.nodes.filter(isOpen).map((one): Ready => ({ node: one, at: run.tries.get(one.name)?.at ?? startOf(run, one.after, round), loop: node }))
    if (inner.length) return inner
    // The round is through: the loop itself looks at how it went.
    return node.nodes.every(({ name }) => run.settled.has(name)) ? [{ node, at: node.nodes.reduce((latest, { name }) => Math.max(latest, run.ends.get(name) ?? 0), round), loop: undefined }] : []
  })
}

function earliest(ready: readonly Ready[]): Ready | undefined {
  return ready.reduce<Ready | undefined>((first, one) => (!first || one.at < first.at ? one : first), undefined)
}

/** When the next node of a workflow's frame starts; undefined while it waits for other frames. */
export function nextNodeAt({ scenario }: EpisodeState, frame: Frame): number | undefined {
  const { nodes } = scenario.agents.get(frame.agent)!.workflow!
  const run = frame.work!
  const next = earliest(readyNodes(run, nodes))
  if (next) return next.at
  return run.running.size ? undefined : lastEnd(run)
}

function lastEnd({ ends, since }: WorkflowRun): number {
  return Math.max(since, ...ends.values())
}

/** What a step of a workflow comes to: more to do, an action of the workflow's own, or its end. */
export type WorkflowStep =
  | { readonly does: 'on' }
  | { readonly does: 'call'; readonly node: string; readonly tool: string; readonly args: Record<string, unknown>; readonly retries: number }
  | { readonly does: 'say'; readonly node: string; readonly text: string }
  | { readonly does: 'end'; readonly value: unknown; readonly unable: string | undefined }

/** Units that workflows may cost between two turns: one that never asks anybody does not go on for ever. */
export const WORK_UNITS = 500 * CALL_UNITS
/** What a node costs where nothing comes of it. */
const NODE_UNITS = 500

/**
 * Starts the next node, or ends the workflow when all are through.
 * @throws SpecFault when workflows do too much by themselves
 */
export function stepWorkflow(state: EpisodeState, frame: Frame, meter: WorkMeter): WorkflowStep {
  meter.left -= NODE_UNITS
  if (meter.left < 0) throw new SpecFault('what workflows do by themselves costs too much together')
  const workflow = state.scenario.agents.get(frame.agent)!.workflow!
  const run = frame.work!
  const next = earliest(readyNodes(run, workflow.nodes))
  const values: NodeValues = { input: run.input, outputs: run.outputs, base: baseOf(state), meter }
  if (!next) {
    frame.clock = Math.max(frame.clock, lastEnd(run))
    const last = workflow.nodes.at(-1)!
    return { does: 'end', value: workflow.result ? attempt(() => workflow.result!(values), null) : run.outputs.get(last.name) ?? null, unable: undefined }
  }
  frame.clock = Math.max(frame.clock, next.at)
  const { node, at } = next
  if (node.kind === 'loop' && (run.rounds[node.name] ?? 0) > 0) return turnLoop(state, frame, node, at, values)
  if (node.when && !attempt(() => node.when!(values), false)) return settleNode(state, frame, node.name, null, at, true)
  return startNode(state, frame, node, at, values)
}

function startNode(state: EpisodeState, frame: Frame, node: CompiledNode, at: number, values: NodeValues): WorkflowStep {
  switch (node.kind) {
    case 'agent': return startAgents(state, frame, node, [values], at, false)
    case 'map': {
      const items = attempt(() => listOf(node.items(values)), undefined)
      return items?.length ? startAgents(state, frame, node, items.map((item) => ({ ...values, item })), at, true) : settleNode(state, frame, node.name, items ?? null, at)
    }
    case 'branch': return settleNode(state, frame, node.name, attempt(() => node.choose(values), null), at)
    case 'merge': return settleNode(state, frame, node.name, attempt(() => node.value(values), null), at)
    case 'tool': {
      const args = attempt(() => node.args(values), undefined)
      return args ? { does: 'call', node: node.name, tool: node.tool, args, retries: node.retries } : settleNode(state, frame, node.name, null, at, true)
    }
    case 'human': {
      const text = attempt(() => node.say(values), undefined)
      return text === undefined ? settleNode(state, frame, node.name, null, at, true) : { does: 'say', node: node.name, text }
    }
    case 'loop': {
      frame.work = { ...frame.work!, rounds: { ...frame.work!.rounds, [node.name]: 1 } }
      return { does: 'on' }
    }
    case 'end': return { does: 'end', value: node.answer ? attempt(() => node.answer!(values), null) : null, unable: node.unable && attempt(() => node.unable!(values), 'It cannot be done.') }
  }
}

/** After a round: once more, or through. */
function turnLoop(state: EpisodeState, frame: Frame, node: Extract<CompiledNode, { kind: 'loop' }>, at: number, values: NodeValues): WorkflowStep {
  const run = frame.work!
  const rounds = run.rounds[node.name]!
  const done = attempt(() => node.until(values), false)
  if (done || rounds >= node.most) return settleNode(state, frame, node.name, { rounds, done }, at)
  const settled = new Set(run.settled)
  for (const { name } of node.nodes) settled.delete(name)
  frame.work = { ...run, settled, ends: new Map(run.ends).set(`${node.name} round`, at), rounds: { ...run.rounds, [node.name]: rounds + 1 } }
  return { does: 'on' }
}

function startAgents(state: EpisodeState, frame: Frame, node: Extract<CompiledNode, { kind: 'agent' | 'map' }>, each: readonly NodeValues[], at: number, isList: boolean): WorkflowStep {
  const left = new Map<string, number>()
  const results: unknown[] = each.map(() => null)
  each.forEach((values, i) => {
    const message = attempt(() => node.message(values), values.input)
    const refused = refusedFor(state, frame, frame.depth + 1)
    if (refused) {
      state.stop ??= { ending: { reason: refused }, natural: false }
      return
    }
    const child = openFrame(state, frame, node.agent, { at })
    left.set(child.path, i)
    runFrame(state, child, message, { node: node.name })
  })
  const running: Running = { left, results: isList ? results : [], end: at }
  frame.work = { ...frame.work!, running: new Map(frame.work!.running).set(node.name, running) }
  if (!left.size) return settleNode(state, frame, node.name, null, at)
  return { does: 'on' }
}

/** Takes what a child gave to the node that waits for it. */
export function takeChild(state: EpisodeState, frame: Frame, child: Frame, content: string): void {
  const run = frame.work!
  const [name, running] = [...run.running].find(([, { left }]) => left.has(child.path))!
  const place = running.left.get(child.path)!
  const left = new Map(running.left)
  left.delete(child.path)
  const value = safeJson(content)
  const isList = running.results.length > 0
  const results = isList ? running.results.with(place, value) : running.results
  const end = Math.max(running.end, child.clock)
  if (left.size) frame.work = { ...run, running: new Map(run.running).set(name, { left, results, end }) }
  else settleNode(state, frame, name, isList ? results : value, end)
}

function safeJson(content: string): unknown {
  const value = jsonOrText(content)
  return unsafePlace(value) ? content : value
}

/** Notes what a node gave. */
export function settleNode(state: EpisodeState, frame: Frame, name: string, output: unknown, at: number, skipped = false): WorkflowStep {
  const run = frame.work!
  const running = new Map(run.running)
  running.delete(name)
  const tries = new Map(run.tries)
  tries.delete(name)
  const value = output ?? null
  frame.work = { ...run, running, tries, outputs: new Map(run.outputs).set(name, value), settled: new Set(run.settled).add(name), ends: new Map(run.ends).set(name, at) }
  state.log.push({ type: 'node', index: state.log.length, frame: frame.path, node: name, at, ...(skipped && { skipped: true as const }), output: value })
  return { does: 'on' }
}

/** Milliseconds before a failed call of a node is made again; twice as many each time. */
const PAUSE_MS = 2000

/** Lets a node be tried again later; false where it was tried often enough. */
export function retryLater(frame: Frame, node: string, at: number, retries: number): boolean {
  const run = frame.work!
  const n = (run.tries.get(node)?.n ?? 0) + 1
  if (n > retries) return false
  frame.work = { ...run, tries: new Map(run.tries).set(node, { n, at: at + PAUSE_MS * 2 ** Math.min(n - 1, 6) }) }
  return true
}

/** A list, or text that holds one. */
function listOf(value: unknown): unknown[] | undefined {
  const list = typeof value === 'string' ? safeJson(value) : value
  return Array.isArray(list) ? list.slice(0, MOST_ITEMS) : undefined
}

const MOST_ITEMS = 10_000

/** What agents gave need not be what a node's expressions expect: then there is a fallback, never a fault. */
function attempt<T, F>(run: () => T, fallback: F): T | F {
  try {
    return run()
  } catch (error) {
    if (error instanceof SpecFault || error instanceof Refused || error instanceof CallLimit) return fallback
    throw error
  }
}
