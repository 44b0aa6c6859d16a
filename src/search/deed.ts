/** What a plan is made of: calls of the agent, what the user does when asked, and letting time pass. */
import type { Captures } from '../episode/task.ts'

/** A call by concrete arguments. */
export type Call = { readonly tool: string; readonly args: Readonly<Record<string, unknown>> }

export type Deed =
  /** A write of the agent; one of the witness names its step, and may take its arguments from what earlier calls answered. */
  | ({ readonly kind: 'call'; readonly step?: number; readonly late?: true } & Call)
  /** What the user did in answer to one message of the witness. */
  | { readonly kind: 'user'; readonly calls: readonly Call[] }
  /** Timers fire: up to the moment at which they had in the witness, or for as long. */
  | { readonly kind: 'wait'; readonly until: number; readonly ms: number }

/** What the witness did to the world, in its order, and what it was told meanwhile. */
export type Script = { readonly deeds: readonly Deed[]; readonly captured: Captures; /** The first step after which a capture may be of a changed world. */ readonly firstDeed: number }

/** Writes of the agent among deeds. */
export function writesIn(deeds: readonly Deed[]): number {
  return deeds.filter(({ kind }) => kind === 'call').length
}

/** A plan in one line, for people. */
export function describePlan(deeds: readonly Deed[]): string {
  const calls = (some: readonly Call[]) => some.map(({ tool, args }) => `${tool}(${JSON.stringify(args)})`).join(', ')
  return deeds.map((deed) => (deed.kind === 'call' ? calls([deed]) : deed.kind === 'user' ? `the user: ${calls(deed.calls)}` : `wait ${deed.ms} ms`)).join('; then ') || 'nothing'
}
