/** Where the calls of a tool may write, read off its steps and the reactions that they set off. */
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { CompiledTool } from '../world/tool.ts'
import { writesOf } from '../world/written-column.ts'

/** `table.column`, or `table.*` for whole rows; `anywhere` where it cannot be read off. */
export type Reach = ReadonlySet<string> | 'anywhere'

const reaches = new WeakMap<CompiledTool, Reach>()

/** The reach of a tool; worked out once. */
export function reachOf(world: CompiledWorld, tool: CompiledTool): Reach {
  let reach = reaches.get(tool)
  if (!reach) reaches.set(tool, (reach = readReach(world, tool)))
  return reach
}

function readReach({ spec: { defs, reactions } }: CompiledWorld, { spec }: CompiledTool): Reach {
  if (!spec.do || dispatches(spec.do)) return 'anywhere'
  const reach = new Set(writesOf(spec.do, defs))
  const sets = (watched: string) => [...reach].some((place) => place === watched || place.split('.')[0] === watched || place === `${watched.split('.')[0]}.*`)
  // Each round follows what the one before it set off.
  for (let before = -1; before < reach.size;) {
    before = reach.size
    for (const { watch, do: steps } of reactions) if (watch.some(sets)) for (const place of writesOf(steps, defs)) reach.add(place)
  }
  return reach
}

/** Whether some step calls another tool by a name that is known at run time only. */
function dispatches(steps: unknown): boolean {
  if (steps === null || typeof steps !== 'object') return false
  return 'call_by_name' in steps || Object.values(steps).some(dispatches)
}
