/** What an expression sees while it runs. */
import type { Key } from '../core/keyed.ts'
import { CallLimit } from './fault.ts'
import type { Actor } from './settle-table.ts'

/** A row: its columns by name; never changed in place. */
export type Row = Readonly<Record<string, unknown>>

/** Read access to all tables, by the table's position in the world. */
export type View = {
  get(table: number, key: string): Row | undefined
  /** Base rows in row order, then inserted rows in the order in which their rule makes keys. */
  rows(table: number): readonly Row[]
  /** Rows whose column equals the value, in the order of `rows`. */
  lookup(table: number, column: string, value: unknown): readonly Row[]
}

export type Evaluation = {
  readonly view: View
  /** Values of variables by slot. */
  readonly slots: unknown[]
  /** Units left of the meter. */
  left: number
  /** Milliseconds since 1970 on the virtual calendar. */
  readonly now: number
  /** Names `draw()`: seed, world, call. */
  readonly key: Key
  /** Whose row a table with a row for each actor shows; the agent's where nobody acts. */
  readonly actor?: Actor
  /** How many draws this call has made of each stream. */
  draws: number
}

/** Units a call may cost: AST nodes, rows or elements touched, 16 bytes built. */
export const CALL_UNITS = 200_000

/** Slots that the expression of a base column may use. */
export const BASE_SLOTS = 32

/** @throws CallLimit when the meter is exhausted */
export function charge(cx: Evaluation, units: number): void {
  if ((cx.left -= units) < 0) throw new CallLimit(`the call costs more than ${CALL_UNITS} units`)
}
