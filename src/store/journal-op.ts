/** What is written about episodes, in the order in which it happened; the main thread sends batches of these. */

/** How an episode came into being, or all of it anew after a failure of the store. */
export type OpenOp = {
  readonly op: 'open'
  readonly id: string
  readonly scenario: string
  readonly digest: string
  readonly engine: string
  /** JSON of the identity. */
  readonly identity: string
  /** Real milliseconds for each virtual one; 0 never sleeps. */
  readonly pace: number
  readonly principal: string
  readonly created_at: number
  /** Entries that it was opened with: 0 after a reset, the past of a fork or of a snapshot. */
  readonly opened_with: number
  /** Forks taken of it so far. */
  readonly forks: number
  /** The episode that it shares its first entries with, in the store. */
  readonly parent?: { readonly id: string; readonly entries: number }
  /** Name of the request that made it, if that carried a key; told by a `request` before. */
  readonly request?: string
  /** JSON of each entry from `first` on. */
  readonly first: number
  readonly entries: readonly string[]
  readonly ended: boolean
  readonly at: number
}

/** A creating call with a request_key, and what it created. */
export type RequestOp = { readonly op: 'request'; readonly name: string; readonly params: string; readonly episodes: readonly string[] }

/** More of a journal. */
export type AppendOp = { readonly op: 'append'; readonly id: string; readonly first: number; readonly entries: readonly string[]; readonly ended: boolean; readonly at: number }

/** An episode left the memory, came back to it, was closed, or was forked. */
export type TurnOp = { readonly op: 'park' | 'return' | 'close'; readonly id: string; readonly at: number }
export type ForkedOp = { readonly op: 'forked'; readonly id: string; readonly forks: number }

export type JournalOp = OpenOp | RequestOp | AppendOp | TurnOp | ForkedOp

/** Bytes that an operation keeps in memory, roughly. */
export function weigh(op: JournalOp): number {
  let bytes = 200
  if (op.op === 'open' || op.op === 'append') for (const entry of op.entries) bytes += entry.length + 16
  if (op.op === 'open') bytes += op.identity.length
  if (op.op === 'request') bytes += op.params.length + 40 * op.episodes.length
  return bytes
}
