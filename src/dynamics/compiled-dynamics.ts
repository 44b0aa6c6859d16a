/** A dynamics profile, compiled over a world: ready to be asked about calls. */
import type { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { orderedDigestOf } from '../core/digest.ts'
import { keyOf } from '../core/keyed.ts'
import { matchesGlob } from '../core/glob.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Site } from '../world/site.ts'
import type { CompiledEntry, EntryEnvironment, Hooks } from './compiled-entry.ts'
import { compileCondition } from './json-expression.ts'
import { kindOf, rankOf } from './kind-table.ts'
import { requireTools } from './known-tool.ts'
import type { OwnTool } from './own-tool.ts'
import type { ToolTraits } from './passage.ts'
import type { Presentation } from './presentation.ts'
import { toolTraits } from './tool-traits.ts'

export type CompiledDynamics = {
  readonly name: string
  /** What its document says of it; empty where it says nothing. */
  readonly description: string
  readonly digest: string
  /** In the order of the profile. */
  readonly entries: readonly CompiledEntry[]
  readonly tools: ReadonlyMap<string, ToolTraits>
  /** Entries that change how tools look. */
  readonly presenters: readonly CompiledEntry[]
  /** Presentations that were made, by what is active. */
  readonly presentations: Map<string, Presentation>
  readonly ownTools: readonly OwnTool[]
  /** Entries by which something happens beside calls. */
  readonly events: readonly CompiledEntry[]
  readonly deadlines: readonly CompiledEntry[]
  /** Entries that come between the agent and the simulated user. */
  readonly noises: readonly CompiledEntry[]
  /** What it takes in memory where a reset made it, in bytes, roughly; those of a scenario are no episode's. */
  readonly weight?: number
  /** How far back reads may look, in milliseconds; 0 never. */
  readonly reach: number
  /** Milliseconds after which whatever is hidden or held back can be seen. */
  readonly settles: number
  /** Whether a tool that an agent calls is one of an entry's. */
  matches(entry: CompiledEntry, tool: ToolTraits, agent: string): boolean
  /** The entries that are about a tool, in the order of the way. */
  routeOf(tool: ToolTraits, agent: string): readonly CompiledEntry[]
  /** Those of them that do something on the way of a call. */
  wayOf(tool: ToolTraits, agent: string): readonly CompiledEntry[]
}

function matches({ spec }: CompiledEntry, tool: ToolTraits, agent: string): boolean {
  const { match } = spec
  const { effect } = kindOf(spec)
  if (effect && effect !== tool.effect) return false
  if (match.tools && !matchesGlob(match.tools, tool.name)) return false
  if (match.effect && match.effect !== tool.effect) return false
  if (match.idempotent !== undefined && match.idempotent !== tool.idempotent) return false
  if (match.read_back !== undefined && match.read_back !== tool.readBack) return false
  return match.agent === undefined || matchesGlob([match.agent], agent)
}

/** Whether a profile has a say in how tools look, or adds some. */
export function isFormed({ presenters, ownTools }: CompiledDynamics): boolean {
  return presenters.length > 0 || ownTools.length > 0
}

/** Whether an entry does its work at every call that it matches: what only takes time does, at every intensity. */
function firesAlways(spec: DynamicsEntry): boolean {
  return spec.kind.startsWith('latency.') && Object.keys(spec.when).length === 0
}

function isSimple(spec: DynamicsEntry): boolean {
  const { probability: _probability, ...rest } = spec.when
  const persistence = 'persistence' in spec ? spec.persistence : undefined
  return Object.keys(rest).length === 0 && (persistence === undefined || (typeof persistence === 'object' && 'calls' in persistence && persistence.calls === 1))
}

function recoveryOf(spec: DynamicsEntry): CompiledEntry['recovery'] {
  if (spec.recovery) return spec.recovery
  if (spec.kind === 'auth.scope' && spec.grant === undefined) return ['report_unable']
  if (spec.kind === 'tools.list_changed' && spec.remove) return spec.alternate ? ['alternate_tool'] : ['wait']
  const { recovery } = kindOf(spec)
  // What needs no way past it, such as noise, stops nobody by lasting.
  if (recovery.length && 'persistence' in spec && spec.persistence === 'permanent') return ['report_unable']
  return recovery
}

function checkEntry(spec: DynamicsEntry, unable: boolean, tools: ReadonlyMap<string, ToolTraits>, site: Site): void {
  const { when, match } = spec
  if (match.tools) requireTools(match.tools, tools, site.at('match', 'tools'))
  const { drive } = kindOf(spec)
  if (drive !== 'calls') {
    for (const field of ['after_calls', 'every', 'burst', 'max_occurrences'] as const) if (when[field] !== undefined) site.at('when', field).complain('schedule', `${spec.kind} is not driven by calls`, { key: true, expected: drive === 'time' ? 'window or probability' : 'window' })
  }
  if ('persistence' in spec && spec.persistence === 'permanent') {
    for (const field of ['every', 'burst', 'max_occurrences'] as const) if (when[field] !== undefined) site.at('when', field).complain('schedule', 'what is permanent is drawn once for each tool', { key: true, expected: 'probability, window or after_calls' })
  }
  if (!unable) return
  const lasts = spec.kind === 'auth.scope' || ('persistence' in spec && spec.persistence === 'permanent')
  if (!lasts) site.at('recovery').complain('schedule', 'what passes does not make a task impossible', { expected: 'persistence: permanent, or another recovery' })
  // Else a task could be made impossible by waiting, or by asking for the wrong thing; or waiting would get past it.
  if (when.window || when.after_calls) site.at('when').complain('schedule', 'what makes a task impossible has to hold from the start to the end', { expected: 'no window and no after_calls' })
  if (match.where !== undefined) site.at('match', 'where').complain('match', 'what makes a task impossible holds for whole tools', { expected: 'no where' })
}

function compileEntry(spec: DynamicsEntry, index: number, environment: Omit<EntryEnvironment, 'self' | 'site'>, site: Site): CompiledEntry {
  const recovery = recoveryOf(spec)
  const unable = recovery.length === 1 && recovery[0] === 'report_unable'
  checkEntry(spec, unable, environment.tools, site)
  const where = spec.match.where === undefined ? undefined : compileCondition(spec.match.where, ['args'], site.at('match', 'where'))
  const hooks = kindOf(spec).compile(spec, { ...environment, site, self: () => entry })
  const entry: CompiledEntry = { spec, key: keyOf([spec.id]), index, rank: rankOf(spec), hooks, recovery, unable, where: where && ((args) => where({ args })), simple: isSimple(spec), drive: firesAlways(spec) ? 'always' : kindOf(spec).drive }
  return entry
}

/** Tools that entries add; entries may share one that means the same to all of them. */
function ownToolsOf(entries: readonly CompiledEntry[], placed: readonly PlacedEntry[]): ReadonlyMap<string, OwnTool> {
  const own = new Map<string, OwnTool>()
  entries.forEach(({ hooks }, i) => {
    for (const tool of hooks.tools ?? []) {
      const { name } = tool.schema
      if ((own.get(name) ?? tool).means !== tool.means) placed[i]!.site.complain('name', `another entry adds a tool '${name}' that means something else`, { expected: 'another name for the tool' })
      own.set(name, tool)
    }
  })
  return own
}

/** What the entries of a profile may add together to every call, or to what is shown: bytes of noise, decoys of each tool, forms upon forms. */
const MOST_NOISE = 100_000
const MOST_DECOYS = 20
const MOST_CHANGES = 20

function checkTogether(placed: readonly PlacedEntry[]): void {
  const granted = new Set(placed.flatMap(({ spec }) => (spec.kind === 'auth.scope' && spec.grant !== undefined ? [spec.scope] : [])))
  let noise = 0
  let decoys = 0
  let changes = 0
  for (const { spec, site } of placed) {
    if (spec.kind === 'auth.scope' && spec.grant === undefined && granted.has(spec.scope)) site.at('scope').complain('value', `another entry grants '${spec.scope}'`, { expected: 'a scope that nothing grants, or a grant' })
    if ((spec.kind === 'schema.drift' || spec.kind === 'tools.list_changed') && ++changes > MOST_CHANGES) site.complain('entry', 'the entries change the tools too often', { expected: `at most ${MOST_CHANGES} entries of schema.drift and tools.list_changed in all` })
    if (spec.kind === 'response.redundant' && (noise += spec.bytes) > MOST_NOISE) site.at('bytes').complain('value', 'the entries add too much noise together', { expected: `at most ${MOST_NOISE} bytes in all` })
    if (spec.kind === 'tools.list_changed' && (decoys += spec.decoys) > MOST_DECOYS) site.at('decoys').complain('value', 'the entries add too many decoys together', { expected: `at most ${MOST_DECOYS} in all` })
  }
}

/** An entry with the place that mistakes in it are found at. */
export type PlacedEntry = { readonly spec: DynamicsEntry; readonly site: Site }

/** Hooks that a call can meet; the others are about how tools look, or about what happens beside calls. */
const ON_THE_WAY = ['tick', 'delay', 'before', 'after', 'weigh', 'close', 'watches'] as const satisfies readonly (keyof Hooks)[]

/** Compiles the entries of a profile over a world; mistakes become findings of their sites. */
export function compileDynamics(name: string, placed: readonly PlacedEntry[], world: CompiledWorld, description = ''): CompiledDynamics {
  const tools = toolTraits(world)
  const ids = new Set<string>()
  const entries = placed.map(({ spec, site }, i) => {
    if (ids.has(spec.id)) site.at('id').complain('name', `two entries are called '${spec.id}'`, { expected: 'another id' })
    ids.add(spec.id)
    return compileEntry(spec, i, { world, tools }, site)
  })
  checkTogether(placed)
  const own = ownToolsOf(entries, placed)
  const ways = new Map<ToolTraits, Map<string, readonly CompiledEntry[]>>()
  const routeOf = (tool: ToolTraits, agent: string) => entries.filter((entry) => entry.hooks.watches === tool.name || matches(entry, tool, agent)).sort((a, b) => a.rank - b.rank || a.index - b.index)
  const most = (of: 'reach' | 'settles') => entries.reduce((sum, { hooks }) => Math.max(sum, hooks[of] ?? 0), 0)
  return {
    name,
    description,
    digest: orderedDigestOf({ name, entries: placed.map(({ spec }) => spec) }),
    entries,
    tools,
    // Arguments that the dynamics take for themselves come last: nothing renames them.
    presenters: entries.filter(({ hooks }) => hooks.present).sort((a, b) => a.rank - b.rank || a.index - b.index),
    presentations: new Map(),
    ownTools: [...own.values()],
    events: entries.filter(({ hooks }) => hooks.event),
    deadlines: entries.filter(({ hooks }) => hooks.deadline),
    noises: entries.filter(({ hooks }) => hooks.hear),
    reach: most('reach'),
    settles: most('settles'),
    matches,
    routeOf,
    wayOf(tool, agent) {
      let ofTool = ways.get(tool)
      if (!ofTool) ways.set(tool, (ofTool = new Map()))
      let way = ofTool.get(agent)
      if (!way) ofTool.set(agent, (way = routeOf(tool, agent).filter(({ hooks }) => ON_THE_WAY.some((hook) => hooks[hook] !== undefined))))
      return way
    },
  }
}
