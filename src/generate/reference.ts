/** References to generated scenarios: `gen:1/clinic?depth=3&s=...`, which with a seed say everything. */
import type { Axes } from './axis.ts'

/** Raised when the same reference and seed give another environment. */
export const GENERATOR_VERSION = 1

/** What a reference says; the seed comes beside it. */
export type GenReference = {
  readonly version: number
  /** A theme, or `any`: drawn from the seed. */
  readonly theme: string
  readonly axes: Axes
  /** A pattern of the team and a number of agents; drawn where absent. */
  readonly pattern?: string
  readonly agents?: number
  /** A dynamics profile; drawn where absent. */
  readonly profile?: string
  /** A sentence that describes what is wanted, at most 500 bytes as it stands in the reference. */
  readonly sentence?: string
}
