/** Tools in TypeScript, for environment families whose meaning data cannot say: the one interface they are written to. */
import type { Row } from './evaluation.ts'
import { CallLimit } from './fault.ts'
import { charge } from './evaluation.ts'
import { below, keyOf } from '../core/keyed.ts'
import type { CallEvaluation, StepRun } from './step.ts'

/**
 * The world as a host tool sees it: rows by table name, as plain run-time values (a dec is an integer at its scale,
 * a time milliseconds since 1970). Everything it does belongs to the call's transaction.
 */
export type HostWorld = {
  /** Milliseconds since 1970 on the virtual calendar. */
  readonly now: number
  get(table: string, key: string): Row | undefined
  rows(table: string): readonly Row[]
  /** Rows whose column equals a value, by an index where there is one. */
  lookup(table: string, column: string, value: unknown): readonly Row[]
  /** Writes columns of a row that exists. @throws SpecFault when it does not */
  update(table: string, key: string, columns: Record<string, unknown>): void
  /** Writes a whole row; all columns have to be there. */
  put(table: string, key: string, row: Row): void
  remove(table: string, key: string): void
  emit(to: 'agent' | 'user', text: string): void
  /** An int from lo to hi, keyed by seed, stream and call. */
  draw(stream: string, lo: number, hi: number): number
  /** Counts work against the call's meter. @throws CallLimit */
  charge(units: number): void
}

/** What a host tool answers: JSON, and whether it is an error (which undoes its writes). */
export type HostResult = { readonly json: unknown; readonly isError?: boolean }

/** Pure but for the world it is handed: no clock, no randomness, no I/O. Arguments are typed as the tool's input says. */
export type HostTool = (world: HostWorld, args: never) => HostResult

/** Tools of environment families by `family/tool`. */
export type HostTools = Readonly<Record<string, HostTool>>

/** Runs a host tool as steps are run. */
export function hostSteps(tool: HostTool): StepRun {
  return (cx) => {
    const { json, isError = false } = tool(worldOf(cx), cx.slots[0] as never)
    return { json, isError, ...(isError && { undoBut: [] }) }
  }
}

function worldOf(cx: CallEvaluation): HostWorld {
  const { tx } = cx
  const at = (table: string) => tx.base.world.positionOf(table)
  return {
    now: cx.now,
    get: (table, key) => tx.get(at(table), key),
    rows: (table) => {
      const rows = tx.rows(at(table))
      charge(cx, rows.length >> 2)
      return rows
    },
    lookup: (table, column, value) => tx.lookup(at(table), column, value),
    update: (table, key, columns) => tx.update(at(table), key, columns),
    put: (table, key, row) => tx.put(at(table), key, row),
    remove: (table, key) => tx.remove(at(table), key),
    emit: (to, text) => tx.emit(to, text),
    draw: (stream, lo, hi) => {
      if (!(hi >= lo)) throw new CallLimit('draw: the greatest value is below the least')
      return lo + below(keyOf([stream, cx.draws++], cx.key), hi - lo + 1)
    },
    charge: (units) => charge(cx, units),
  }
}
