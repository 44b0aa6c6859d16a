/** What is asked of the grammar. */
import type { Split } from '../../protocol/scalars.ts'
import type { Team } from '../../protocol/spec/blueprint.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import type { Axes } from './axis.ts'

export type Pattern = Team['pattern']

/** All of them, in the order of the schema. */
export const PATTERNS: readonly Pattern[] = ['single', 'orchestrator-workers', 'hierarchy', 'pipeline', 'router', 'map-merge', 'planner-executor', 'evaluator-optimizer', 'blackboard', 'hand-off']

/** A theme of its own, made of a sentence, and the entities that have to be in the world. */
export type OwnTheme = {
  readonly theme: Theme
  /** Names of entities of the theme, those that the sentence speaks of first. */
  readonly must: readonly string[]
  /** Names of entities that are there only where there have to be many. */
  readonly last: readonly string[]
  /** Verbs that the sentence speaks of, by entity: they are in its lifecycle. */
  readonly verbs: Readonly<Record<string, readonly string[]>>
}

/** Axes and choices that are absent are drawn. */
export type Request = {
  /** A theme, or `any`; a theme that was made of a sentence stands in `own` and goes before it. */
  readonly theme: string
  readonly axes: Axes
  readonly own?: OwnTheme
  readonly pattern?: Pattern
  readonly agents?: number
  readonly profile?: string
  /** Only themes of this split are drawn for `any`. */
  readonly split?: Split
  /** Worlds without rules. */
  readonly lawless?: boolean
}
