/** A check, compiled: what it found, with evidence. */
import type { Component, Issue, MilestoneResult } from '../../protocol/verdict.ts'
import type { EpisodeView, Stray } from '../episode/task.ts'
import type { Watched } from './kinds/invariants.ts'

export type Evidence = NonNullable<Component['evidence']>[number]

export type Finding = {
  /** 0 to 1. */
  readonly score: number
  readonly evidence: Evidence[]
  /** What kind of mistake a failure is. */
  readonly category?: Issue['category']
  /** The event that shows it. */
  readonly event?: number
  /** Further mistakes that it found, of other kinds: each becomes an issue of its own. */
  readonly others?: readonly Pick<Finding, 'category' | 'event' | 'evidence'>[]
  /** Of a check with milestones, each of them. */
  readonly milestones?: readonly Omit<MilestoneResult, 'check'>[]
}

export type CompiledCheck = {
  readonly id: string
  readonly kind: string
  readonly gate: boolean
  readonly weight: number
  run(view: EpisodeView): Finding
  /** What it still asks of an agent that rightly declined what nothing gets past; default: nothing. */
  whenDeclined?(view: EpisodeView): Finding
  /** Things that hold now, and all there are; undefined for checks that say nothing before the end. */
  progress?(view: EpisodeView): { held: number; of: number }
  /** Tables that its expressions go through row by row. */
  readonly scans?: readonly string[]
  /** Conditions that the engine looks at after every commit. */
  readonly watched?: readonly Watched[]
  /** Whether a failure in the midst of an episode voids its progress. */
  readonly guards?: boolean
  /** Of a check that guards: whether nothing is wrong yet that cannot be mended; default: whether it is passed as things stand. */
  stands?(view: EpisodeView): boolean
  /** Whether the state alone decides it: the rows as they are, and whose doing that is. */
  readonly ofState?: boolean
  /** Of a check on what may change: the changes that it objects to. */
  strays?(view: EpisodeView): readonly Stray[]
}

/** Everything in order. */
export const PASSED: Finding = { score: 1, evidence: [] }
