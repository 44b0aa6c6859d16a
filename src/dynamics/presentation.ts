/** How tools look to an agent under a profile: their names, descriptions and arguments, and the way back. */
import type { ToolSchema } from '../../protocol/observation.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { compileInput, type Misfit, type Reader } from '../world/input.ts'
import type { FaultMark } from '../../protocol/event.ts'
import type { CompiledDynamics } from './compiled-dynamics.ts'
import type { CompiledEntry, Odds } from './compiled-entry.ts'
import type { OwnTool } from './own-tool.ts'
import type { Extras } from './passage.ts'
import { isActive } from './schedule.ts'

/** Turns arguments as they are shown back into those of the tool, and those of the tool into what is shown. */
export type Way = {
  /** The one argument that it adds, for itself. */
  readonly adds?: { readonly name: string; readonly read: Reader; readonly required: boolean }
  back(args: Record<string, unknown>, extras: Record<string, unknown>): Record<string, unknown>
  there(args: Record<string, unknown>): Record<string, unknown>
}

/** A tool of the world as it is shown; without `real` it leads nowhere. */
export type Presented = {
  readonly schema: ToolSchema
  readonly real: string | undefined
  /** The tool of the world whose looks it has: a dead one looks like the live one it stands beside. */
  readonly like: string
  /** The latest change first. */
  readonly ways: readonly Way[]
  /** Entries that changed it. */
  readonly by: readonly CompiledEntry[]
  /** What a dead tool answers. */
  readonly dead?: string
}

/** All tools of an agent as they are shown at one time. */
export type Presentation = {
  readonly schemas: readonly ToolSchema[]
  /** By shown name. */
  readonly shown: ReadonlyMap<string, Presented & { readonly read: Reader }>
  /** By real name; absent where it is gone. */
  readonly real: ReadonlyMap<string, Presented>
}

/** The same tool with another schema or other arguments. */
export function changed(tool: Presented, by: CompiledEntry, schema: Partial<ToolSchema>, way?: Way): Presented {
  return { ...tool, schema: { ...tool.schema, ...schema }, ways: way ? [way, ...tool.ways] : tool.ways, by: [...tool.by, by] }
}

/** The same tool with one more argument, which the dynamics take for themselves; one that has it already keeps its own. */
export function withArgument(tool: Presented, by: CompiledEntry, name: string, schema: Readonly<Record<string, unknown>>, required: boolean): Presented {
  const { properties = {}, required: before = [], ...rest } = tool.schema.input_schema as { properties?: Record<string, unknown>; required?: string[] }
  if (Object.hasOwn(properties, name)) return tool
  const input_schema = { ...rest, properties: { ...properties, [name]: schema }, required: required ? [...before, name] : before }
  return changed(tool, by, { input_schema }, {
    adds: { name, read: compileInput(schema as unknown as InputSchema).read, required },
    back(args, extras) {
      if (!Object.hasOwn(args, name)) return args
      const { [name]: taken, ...others } = args
      extras[name] = taken
      return others
    },
    there: (args) => args,
  })
}

/** Entries that change how tools look and are on at a time. */
function presenting({ presenters }: CompiledDynamics, odds: Odds, at: number): readonly CompiledEntry[] {
  return presenters.filter((entry) => isActive(entry, odds, at))
}

/** How tools look over a stretch of time in which nothing about it changes. */
export type Form = {
  readonly luck: number
  readonly from: number
  readonly to: number
  /** What tells forms apart of which the agent is told: unannounced changes are found out. */
  readonly told: string
  readonly presentation: Presentation
}

/** Forms that are kept of a profile; fewer of one that a reset changed, which is played less often. */
const MOST_KEPT = 64
const MOST_KEPT_CHANGED = 4

/** How an agent's tools look at a time. @param tools gives those of the world, as they are */
export function formAt(dynamics: CompiledDynamics, agent: string, tools: () => readonly ToolSchema[], odds: Odds, at: number): Form {
  const active = presenting(dynamics, odds, at)
  const own = odds.intensity > 0 ? dynamics.ownTools : []
  const key = `${active.map(({ index }) => index).join()};${own.length};${agent}`
  let presentation = dynamics.presentations.get(key)
  if (!presentation) {
    presentation = makePresentation(dynamics, agent, tools(), active, own)
    if (dynamics.presentations.size >= (dynamics.weight === undefined ? MOST_KEPT : MOST_KEPT_CHANGED)) dynamics.presentations.clear()
    dynamics.presentations.set(key, presentation)
  }
  const edges = dynamics.presenters.flatMap(({ spec: { when: { window } } }) => (window ? [window.from_ms, window.to_ms ?? Infinity] : []))
  return {
    luck: odds.luck, presentation,
    from: Math.max(0, ...edges.filter((edge) => edge <= at)),
    to: Math.min(Infinity, ...edges.filter((edge) => edge > at)),
    told: `#${active.filter(({ spec }) => !('announced' in spec) || spec.announced).map(({ index }) => index).join()}`,
  }
}

function makePresentation(dynamics: CompiledDynamics, agent: string, tools: readonly ToolSchema[], active: readonly CompiledEntry[], own: readonly OwnTool[]): Presentation {
  let shown: Presented[] = tools.map((schema) => ({ schema, real: schema.name, like: schema.name, ways: [], by: [] }))
  for (const entry of active) {
    shown = shown.flatMap((tool) => {
      const traits = tool.real === undefined ? undefined : dynamics.tools.get(tool.real)
      return traits && dynamics.matches(entry, traits, agent) ? entry.hooks.present!(tool, traits) : [tool]
    })
  }
  shown = distinct(shown, own)
  return {
    schemas: [...shown.map(({ schema }) => schema), ...own.map(({ schema }) => schema)],
    shown: new Map(shown.map((tool) => [tool.schema.name, { ...tool, read: readerOf(tool) }])),
    real: new Map(shown.flatMap((tool) => (tool.real === undefined ? [] : [[tool.real, tool]]))),
  }
}

/** Dead tools are left out where another one has their name; live ones that would share a name, or get too long a one, keep their own. */
function distinct(shown: readonly Presented[], own: readonly OwnTool[]): Presented[] {
  const added = own.map(({ schema }) => schema.name)
  const live = (tools: readonly Presented[]) => [...added, ...tools.flatMap(({ real, schema }) => (real === undefined ? [] : [schema.name]))]
  let tools = [...shown]
  for (let before: readonly Presented[] = []; before.length !== tools.length || tools.some((tool, i) => tool !== before[i]);) {
    before = tools
    const names = live(tools)
    tools = tools.map((tool) => {
      const { real, schema: { name } } = tool
      const keeps = real === undefined || real === name || (names.indexOf(name) === names.lastIndexOf(name) && name.length <= MOST_NAME)
      return keeps ? tool : { ...tool, schema: { ...tool.schema, name: real } }
    })
  }
  const taken = new Set(live(tools))
  return tools.filter(({ real, schema: { name } }) => real !== undefined || (!taken.has(name) && taken.add(name)))
}

/** A call can name no longer ones. */
const MOST_NAME = 128

/** Reads arguments as the shown form takes them; most forms of most tools are never called. */
function readerOf({ schema }: Presented): Reader {
  let read: Reader | undefined
  return (args, at) => (read ??= compileInput(schema.input_schema as unknown as InputSchema).read)(args, at)
}

const NO_EXTRAS: Extras = {}

/** A call as the world knows it, or why there is none. */
export type Received =
  | { readonly tool: string; readonly args: Record<string, unknown>; readonly extras: Extras }
  | { readonly misfit: Misfit; readonly faults: readonly FaultMark[] }

/** Kinds that ask for other arguments than the tool's own. */
const DEMANDING: ReadonlySet<string> = new Set(['schema.drift', 'conflict.optimistic_lock'])

/** What may be at fault when the arguments of a shown tool do not fit. */
function marksOf({ by }: Presented): FaultMark[] {
  return by.flatMap(({ spec: { id, kind } }) => (DEMANDING.has(kind) ? [{ entry: id, kind, phase: 'pre_commit' as const }] : []))
}

/** Reads the arguments of a shown tool and finds the way back to those of the world's. */
export function receive(tool: Presented & { readonly read: Reader }, args: unknown): Received {
  if (tool.ways.every(({ adds }) => adds !== undefined)) return takeAdded(tool, args)
  const read = tool.read(args, '')
  if ('problem' in read) return { misfit: read, faults: marksOf(tool) }
  const extras: Record<string, unknown> = {}
  return { tool: tool.real!, args: tool.ways.reduce((now, way) => way.back(now, extras), args as Record<string, unknown>), extras }
}

/** Where arguments were only added, they are taken out and the tool reads the rest itself. */
function takeAdded(tool: Presented, args: unknown): Received {
  let rest = args as Record<string, unknown>
  let extras = NO_EXTRAS
  if (args === null || typeof args !== 'object' || Array.isArray(args)) return { tool: tool.real!, args: rest, extras }
  for (const { adds } of tool.ways) {
    const { name, read, required } = adds!
    const given = Object.hasOwn(rest, name) ? rest[name] : undefined
    if (given === undefined) {
      if (required) return { misfit: { path: name, problem: 'required, but missing' }, faults: marksOf(tool) }
      continue
    }
    const value = read(given, name)
    if ('problem' in value) return { misfit: value, faults: marksOf(tool) }
    const { [name]: taken, ...others } = rest
    rest = others
    extras = { ...extras, [name]: taken }
  }
  return { tool: tool.real!, args: rest, extras }
}

/** The arguments of the world's tool as its shown form takes them. */
export function dress(tool: Presented, args: Record<string, unknown>): Record<string, unknown> {
  return tool.ways.reduceRight((now, way) => way.there(now), args)
}
