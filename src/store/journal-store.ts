/** Journals of episodes as the server sees them: written behind its back, read back when somebody asks. */
import type { JournalOp } from './journal-op.ts'
import type { KeptEpisode, KeptRequest } from './journal-reader.ts'

/** `async` commits soon after an answer, `ack` before it. */
export type Durability = 'async' | 'ack'

export type JournalCounts = {
  readonly commits: number
  readonly entries: number
  /** Real milliseconds that commits took, all together. */
  readonly commitMs: number
  /** Bytes that wait for their commit. */
  readonly pendingBytes: number
  /** Bytes of the file in use, as of the last sweep. */
  readonly fileBytes: number
  /** How often the store began to fail. */
  readonly failures: number
  /** Journals dropped, by why: `ended`, `idle`, `quota`. */
  readonly dropped: Readonly<Record<'ended' | 'idle' | 'quota', number>>
}

export interface JournalStore {
  readonly durability: Durability
  /** Why nothing is written at the moment; undefined when all is well. */
  readonly fault: string | undefined
  /** Grows with every failure: what was written under an earlier one may be missing, and is to be written whole. */
  readonly epoch: number
  /** The file has reached its quota, and all that is left is being played. */
  readonly full: boolean
  readonly counts: JournalCounts
  /** Takes an operation in order and returns its mark; while the store fails, takes nothing. */
  write(op: JournalOp): number
  /** Whether everything up to a mark is committed. */
  isKept(mark: number): boolean
  /**
   * Resolves when everything up to a mark is committed; rejects with GYM_STORE when it will not be.
   * Asking has it committed as soon as possible.
   */
  keep(mark: number): Promise<void>
  /** Resolves when memory for what waits is free again; undefined when it is. */
  relief(): Promise<void> | undefined
  /** @throws GymError GYM_STORE */
  find(id: string): KeptEpisode | undefined
  /** @throws GymError GYM_STORE */
  has(id: string): boolean
  /** A request whose key was used, with those of its creations that live. @throws GymError GYM_STORE */
  findRequest(name: string): KeptRequest | undefined
  /** @throws GymError GYM_STORE, GYM_EPISODE_LOST */
  entries(kept: KeptEpisode, upTo?: number): Generator<unknown>
  /** Drops what is overdue and keeps the quota; soon, not now. */
  sweep(): void
  /** Commits what waits and lets go of the file. */
  close(): Promise<void>
}
