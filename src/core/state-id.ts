/** Names of the states of a server, in recordings and while they are replayed. */
import type { ServerState } from '../../protocol/cassette.ts'
import { canonicalJson } from './canonical-json.ts'
import { digestOf } from './digest.ts'

/** Digits of a digest that name a state: enough that no two of a recording share them. */
const DIGITS = 16

/** The name of a state that is known by its rows: the order of rows, and tables without any, make no difference. */
export function stateId(state: ServerState): string {
  const rows = Object.entries(state).flatMap(([table, all]) => (all.length ? [[table, all.map((row) => canonicalJson(row)).sort()] as const] : []))
  return digestOf(Object.fromEntries(rows)).slice(0, DIGITS)
}

/** The name of a state that is known by the calls that led to it alone: of the state before, and a call that may have changed it. */
export function stateAfter(before: string, tool: string, args: unknown): string {
  return digestOf([before, tool, args ?? null]).slice(0, DIGITS)
}
