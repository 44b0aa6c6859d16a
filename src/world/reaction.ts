/** Reactions: steps that follow a change inside its transaction, each at most once a commit, in an order without circles. */
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import { declare, type Scope } from './expression/scope.ts'
import { type CallEvaluation, compileSteps, type StepEnvironment, type StepRun, type Stop } from './step.ts'
import type { Site } from './site.ts'
import { sameValue } from './json-value.ts'
import type { CompiledTable } from './table.ts'
import type { PendingChange } from './transaction.ts'
import { nullable } from './type.ts'
import { writesOf } from './written-column.ts'

type Watch = { readonly table: CompiledTable; readonly column: string | undefined }

export type Reaction = {
  readonly watch: readonly Watch[]
  /** Slots of the changed row and of the row before; undefined when it runs once for all changes. */
  readonly each: { readonly row: number; readonly old: number } | undefined
  readonly run: StepRun
  readonly slots: number
}

/** Compiles the reactions of a world, in the order in which they run. */
export function compileReactions(spec: Pick<World, 'reactions' | 'defs'>, scope: () => Scope, environment: Omit<StepEnvironment, 'writes'>, site: Site): Reaction[] {
  const made = spec.reactions.map(({ watch, as, do: steps }, i) => {
    const at = site.at(i)
    const watches = watch.flatMap((source, j) => compileWatch(source, environment, scope(), at.at('watch', j)))
    const tables = new Set(watches.map(({ table }) => table))
    if (as !== undefined && tables.size > 1) at.at('as').complain('reaction', 'a row of one table needs watches of one table', { expected: 'columns of one table, or no as' })
    const table = watches[0]?.table
    let inner = scope()
    let each: Reaction['each']
    if (as !== undefined && table) {
      if (inner.tables.has(as)) at.at('as').complain('name', `'${as}' is a table`, { expected: 'another name' })
      const row = declare(inner, as, nullable(table.row))
      const old = declare(row.scope, 'old', nullable(table.row))
      inner = old.scope
      each = { row: row.slot, old: old.slot }
    }
    const run = compileSteps(steps, inner, { ...environment, writes: true }, at.at('do'))
    return { reaction: { watch: watches, each, run, slots: inner.slots.used } satisfies Reaction, inner, writes: writesOf(steps, spec.defs) }
  })
  // Slots are counted when the steps have been compiled.
  const reactions = made.map(({ reaction, inner, writes }, i) => ({ at: site.at(i), writes, reaction: { ...reaction, slots: inner.slots.used } }))
  return inOrder(reactions)
}

function compileWatch(source: string, { tableOf }: Pick<StepEnvironment, 'tableOf'>, scope: Scope, at: Site): Watch[] {
  const [name, column] = source.split('.') as [string, string?]
  const table = tableOf(name)
  if (!table) at.complain('name', `unknown table '${name}'`, { nearest: nearest(name, scope.tables.keys()) })
  else if (column !== undefined && !table.columnOf.has(column)) at.complain('name', `${name} has no column '${column}'`, { nearest: nearest(column, table.columnOf.keys()), expected: [...table.columnOf.keys()].join(', ') })
  return table ? [{ table, column }] : []
}

type Placed = { readonly at: Site; readonly writes: ReadonlySet<string>; readonly reaction: Reaction }

function feeds({ writes }: Placed, { reaction }: Placed): boolean {
  return reaction.watch.some(({ table, column }) => writes.has(`${table.name}.*`) || (column === undefined ? [...writes].some((write) => write.startsWith(`${table.name}.`)) : writes.has(`${table.name}.${column}`)))
}

/** Sorts so that each comes after those that write what it watches; a circle is complained about. */
function inOrder(placed: readonly Placed[]): Reaction[] {
  const left = [...placed]
  const order: Reaction[] = []
  while (left.length) {
    const next = left.findIndex((candidate) => !left.some((other) => feeds(other, candidate)))
    if (next < 0) {
      left[0]!.at.complain('cycle', 'reactions set one another off in a circle', { expected: 'a reaction that writes nothing it watches, itself or through others' })
      return [...order, ...left.map(({ reaction }) => reaction)]
    }
    order.push(left.splice(next, 1)[0]!.reaction)
  }
  return order
}

function isWatched({ table, column }: Watch, { row, old }: PendingChange): boolean {
  if (column === undefined || !row || !old) return row !== old
  return !sameValue(row[column], old[column]) && table.columnOf.has(column)
}

/** Lets a world react to what a transaction wrote; the failure of one ends the call. */
export function runReactions(reactions: readonly Reaction[], cx: CallEvaluation): Stop | undefined {
  if (!reactions.length) return undefined
  const { tx } = cx
  tx.byWorld = true
  try {
    for (const reaction of reactions) {
      const stop = react(reaction, cx)
      if (stop?.isError) return stop
    }
    return undefined
  } finally {
    tx.byWorld = false
  }
}

function react({ watch, each, run, slots }: Reaction, cx: CallEvaluation): Stop | undefined {
  const changes = new Map<string, PendingChange>()
  for (const one of watch) {
    for (const change of cx.tx.pendingChanges(one.table.position)) if (isWatched(one, change)) changes.set(`${one.table.name}\0${change.key}`, change)
  }
  if (!changes.size) return undefined
  if (!each) return runInside(cx, slots, run)
  for (const { row, old } of changes.values()) {
    const stop = runInside(cx, slots, run, (values) => {
      values[each.row] = row
      values[each.old] = old
    })
    if (stop?.isError) return stop
  }
  return undefined
}

/** Runs steps with slots of their own under the same meter. */
export function runInside(cx: CallEvaluation, slots: number, run: StepRun, fill?: (slots: unknown[]) => void): Stop | undefined {
  const inner: CallEvaluation = { ...cx, slots: new Array(slots) }
  fill?.(inner.slots)
  try {
    return run(inner)
  } finally {
    cx.left = inner.left
    cx.draws = inner.draws
  }
}
