/** Sweeps as they are kept: what was planned, and what came of every episode that was played. */
import type { SweepOutcome, SweepSpec, SweepStatus } from '../../protocol/sweep.ts'
import type { TaskRow } from '../../protocol/methods.ts'

export type SweepState = SweepStatus['state']

export type StoredSweep = {
  /** 32 hexadecimal digits. */
  readonly id: string
  /** With its defaults. */
  readonly spec: SweepSpec
  /** In the order of the plan. */
  readonly tasks: readonly TaskRow[]
  /** Of the plan. */
  readonly digest: string
  /** Episodes of the plan. */
  readonly planned: number
  /** Version of the engine that it was planned with. */
  readonly engine: string
  /** Whose token made it. */
  readonly principal: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** The request key that it was made under, with whose it is. */
  readonly request?: string
  readonly state: SweepState
  /** Why it failed, or stopped early. */
  readonly why?: string
}

/** A sweep without its tasks. */
export type SweepEntry = Omit<StoredSweep, 'tasks'>

/** What is kept of an episode; the journal is what `Episode.replay` takes, as JSON. */
export type StoredEpisode = { readonly unit: number; readonly outcome: SweepOutcome; readonly journal?: string }

/** An episode that was given to a client; one without an episode was given back, and has cost that many tries. */
export type Lease = { readonly unit: number; readonly episode?: string; readonly tries: number }

export type SweepCounts = { readonly planned: number; readonly done: number; readonly failed: number; readonly envErrors: number }

/** All of it throws GymError GYM_STORE when the database does not do what it is asked. */
export interface SweepStore {
  create(sweep: StoredSweep): void
  get(id: string): StoredSweep | undefined
  /** Without its tasks, which of a large sweep take a while to read. */
  entry(id: string): SweepEntry | undefined
  /** What was made under a request key. */
  findRequest(request: string): SweepEntry | undefined
  /** The newest first. */
  list(): SweepEntry[]
  setState(id: string, state: SweepState, why?: string): void
  /** What it is called and what is compared may change; what is played may not. */
  setSpec(id: string, spec: SweepSpec): void
  remove(id: string): void
  /** Keeps episodes, all or none; on disk, as far as the database was opened so, when it returns. One that is there stays as it is. */
  add(id: string, episodes: readonly StoredEpisode[]): void
  /** Replaces outcomes by what this version of the verifier says. */
  judgeAgain(id: string, episodes: readonly Pick<StoredEpisode, 'unit' | 'outcome'>[]): void
  /** Forgets episodes, so that they are played again. */
  forget(id: string, units: readonly number[]): void
  /** What was played, by ascending unit. */
  outcomes(id: string): { readonly unit: number; readonly outcome: SweepOutcome; readonly judgedAgain: boolean }[]
  /** How many there are, without reading them. */
  counts(id: string): SweepCounts
  /** The journal of an episode, as JSON. */
  journal(id: string, unit: number): string | undefined
  leases(id: string): Lease[]
  setLease(id: string, lease: Lease): void
  endLease(id: string, unit: number): void
}
