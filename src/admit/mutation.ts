/** Changes of a witness: each must score as the verifier's law says, or the verifier has a hole. */
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../episode/episode.ts'
import type { CallPool } from './call-pool.ts'
import type { WitnessRun } from './witness-run.ts'

/** One turn of a changed witness: one of its steps, or an action that is none of them. */
export type Move = { readonly step: number } | { readonly action: Action }

/** What must come of a changed witness: exactly 1, less than 1, a gate that fails, or whatever it is, which is reported. */
export type Must = 'one' | 'below one' | 'gate' | 'reported'

export type Mutation = {
  readonly name: string
  readonly moves: readonly Move[]
  readonly must: Must
  /** Ends the other way: declines what was done, or claims to have done what cannot be done. */
  readonly turned?: true
  /** Says something else wherever the witness says something. */
  readonly muted?: true
  /** Sends an action, the ending too, in another spelling. */
  readonly spelled?: (action: Action) => Action
  /** Whether what was played is what the mutation is about; a reason to leave it out is that the tool refused. */
  applies?(mutant: Episode, run: WitnessRun): boolean
}

/** How many of the mutations that have to be searched for are made: of a witness, beginning with which tool and place. */
export type Effort = {
  /** Tools whose stray writes are looked for. */
  readonly tools: number
  /** Places that each is put in at. */
  readonly places: number
  /** Turns the choice on from seed to seed. */
  readonly turn: number
}

/** All tools at all places. */
export const THOROUGH: Effort = { tools: Infinity, places: Infinity, turn: 0 }

/** A row of the table of mutations. */
export type MutationClass = {
  readonly id: string
  /** How it is made. */
  readonly about: string
  readonly must: Must
  /** The mutations of this class that a witness allows. */
  of(run: WitnessRun, pool: CallPool, effort: Effort): Mutation[]
}

/** The moves of a witness as it is. */
export function movesOf({ end }: WitnessRun): Move[] {
  return end.task.template.witness.steps.map((_, step) => ({ step }))
}

/** The moves with others put in before a step. */
export function inserted(moves: readonly Move[], at: number, ...more: readonly Move[]): Move[] {
  return [...moves.slice(0, at), ...more, ...moves.slice(at)]
}
