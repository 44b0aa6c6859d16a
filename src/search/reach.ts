/** Where calls may write, read off the steps of their tools and the reactions that they set off. */
import type { Step } from '../../protocol/spec/step.ts'
import type { Definition } from '../../protocol/spec/world.ts'
import type { Stray } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { CompiledTool } from '../world/tool.ts'
import { writesOf } from '../world/written-column.ts'
import type { Deed } from './deed.ts'

/** `table.column`, `table.*` for whole rows that come or go, `table.-` for rows that go; `anywhere` where it cannot be read off. */
export type Reach = ReadonlySet<string> | 'anywhere'

/** Whether something of a reach may undo a change. */
export function mayUndo(reach: Reach, { op, table, column }: Stray): boolean {
  if (reach === 'anywhere') return true
  if (op === 'update') return reach.has(`${table}.${column}`) || reach.has(`${table}.*`)
  if (op === 'delete') return reach.has(`${table}.*`)
  return reach.has(`${table}.-`)
}

/** Whether something of a reach may make a change one that is allowed: some new rows may stay, once they say something else. */
export function mayRight(reach: Reach, stray: Stray): boolean {
  if (mayUndo(reach, stray) || reach === 'anywhere') return true
  return stray.mayStay === true && [...reach].some((place) => place.startsWith(`${stray.table}.`) && place !== `${stray.table}.*`)
}

/** The reach of several tools together, on top of another. */
export function reachOfTools(world: CompiledWorld, tools: readonly CompiledTool[], more: Reach = new Set()): Reach {
  const all = [more, ...tools.map((tool) => reachOf(world, tool))]
  return all.includes('anywhere') ? 'anywhere' : new Set(all.flatMap((one) => [...one]))
}

/** The reach of what a plan is made of; timers that are waited for may write anywhere. */
export function reachOfDeeds(world: CompiledWorld, deeds: readonly Deed[]): Reach {
  if (deeds.some(({ kind }) => kind === 'wait')) return 'anywhere'
  const names = new Set(deeds.flatMap((deed) => (deed.kind === 'call' ? [deed.tool] : deed.kind === 'user' ? deed.calls.map(({ tool }) => tool) : [])))
  return reachOfTools(world, [...names].map((name) => world.tools.get(name)!))
}

const reaches = new WeakMap<CompiledTool, Reach>()

/** The reach of a tool; worked out once. */
export function reachOf(world: CompiledWorld, tool: CompiledTool): Reach {
  let reach = reaches.get(tool)
  if (!reach) reaches.set(tool, (reach = readReach(world, tool)))
  return reach
}

function readReach({ spec: { defs, reactions } }: CompiledWorld, { spec }: CompiledTool): Reach {
  const started = [...reactions.map((reaction) => reaction.do), ...Object.values(defs).map((definition) => definition.do ?? [])]
  if (!spec.do || dispatches([spec.do, ...started])) return 'anywhere'
  const reach = new Set(placesOf(spec.do, defs))
  const sets = (watched: string) => [...reach].some((place) => place === watched || place.split('.')[0] === watched || place === `${watched.split('.')[0]}.*`)
  // Each round follows what the one before it set off.
  for (let before = -1; before < reach.size;) {
    before = reach.size
    for (const { watch, do: steps } of reactions) if (watch.some(sets)) for (const place of placesOf(steps, defs)) reach.add(place)
  }
  return reach
}

type Definitions = Readonly<Record<string, Definition>>

function placesOf(steps: readonly Step[], definitions: Definitions): string[] {
  const thinned = Object.fromEntries(Object.entries(definitions).map(([name, one]) => [name, one.do ? { ...one, do: deletesOf(one.do) } : one]))
  return [...writesOf(steps, definitions), ...[...writesOf(deletesOf(steps), thinned)].map((place) => place.replace('.*', '.-'))]
}

/** The same steps with nothing in them but what takes rows away. */
function deletesOf(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] => {
    if ('delete' in step || 'use' in step) return [step]
    if ('if' in step) return [...deletesOf(step.then), ...deletesOf(step.else ?? [])]
    if ('cases' in step) return step.cases.flatMap(([, inner]) => deletesOf(inner))
    return 'each' in step ? deletesOf(step.do) : []
  })
}

/** Whether some step calls another tool by a name that is known at run time only. */
function dispatches(steps: unknown): boolean {
  if (steps === null || typeof steps !== 'object') return false
  return 'call_by_name' in steps || Object.values(steps).some(dispatches)
}
