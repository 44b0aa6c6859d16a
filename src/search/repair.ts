/** Calls that may put right what the agent did wrong: of tools that write there, with what stood there before. */
import type { CompiledTool } from '../world/tool.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Overlay } from '../world/overlay.ts'
import { type Candidates, candidatesOf, type Caps } from './candidate.ts'
import { type Damage, damageIn, jsonColumns } from './damage.ts'
import type { Model } from './model.ts'
import { mayUndo, reachOf } from './reach.ts'
import { pathOf } from './tree-path.ts'
import { ValuePool } from './value-pool.ts'

const CAPS: Caps = { values: 6, ofTool: 24, inAll: 64 }
const NONE: Candidates = { deeds: [], capped: false }

/** Tools that write, of those that the agent has. */
export function writeTools({ tools }: CompiledWorld, names: readonly string[]): CompiledTool[] {
  return names.map((name) => tools.get(name)!).filter(({ spec }) => spec.effect === 'write')
}

/** Repairs of a state; none where the agent did nothing but what the witness does. */
export function repairsOf(model: Model, tools: readonly CompiledTool[], overlay: Overlay): Candidates {
  const damage = damageIn(model, overlay)
  if (!damage.length) return NONE
  const { world } = model.base
  return candidatesOf(tools.filter((tool) => damage.some((one) => mayMend(world, tool, one))), poolFor(model, damage, overlay), CAPS)
}

/** Whether a tool writes where the damage is. */
function mayMend(world: CompiledWorld, tool: CompiledTool, { table, columns, before, now }: Damage): boolean {
  const reach = reachOf(world, tool)
  const op = before ? now ? 'update' : 'delete' : 'insert'
  return columns.some((column) => mayUndo(reach, { op, table: table.name, column }))
}

function poolFor({ base, start, script }: Model, damage: readonly Damage[], overlay: Overlay): ValuePool {
  const pool = new ValuePool()
  for (const { table, before, now } of damage) {
    if (now) pool.add('path', pathOf(base, overlay, table, now))
    if (before) pool.add('path', pathOf(base, start, table, before))
  }
  for (const { table, key, columns, before, now } of damage) {
    pool.add(table.name, key)
    pool.add(table.key, key)
    for (const row of [before, now]) {
      if (!row) continue
      for (const [name, value] of jsonColumns(table, row, columns)) pool.add(name, value)
      const references = table.columns.flatMap(({ name, target }) => (target === undefined ? [] : [name]))
      for (const [name, value] of jsonColumns(table, row, references)) pool.add(name, value)
    }
  }
  for (const deed of script.deeds) if (deed.kind === 'call') for (const [name, value] of Object.entries(deed.args)) pool.add(name, value)
  return pool
}
