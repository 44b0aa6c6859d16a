/** What the checks of a task cost over an episode: units, and tables that they go through row by row. */
import type { CheckCost, EpisodeView } from '../episode/task.ts'
import { spentOn } from './check-context.ts'
import type { CompiledCheck } from './compiled-check.ts'

/** Id and kind under which the cost of one look for progress shaping is reported. */
export const PROGRESS = { check: 'progress', kind: 'shaping' } as const

/** Runs each check by itself, and one look as shaping takes after every step. */
export function costsOf(checks: readonly CompiledCheck[], view: EpisodeView, look: (view: EpisodeView) => unknown): CheckCost[] {
  const costs = checks.map((check): CheckCost => ({ check: check.id, kind: check.kind, units: unitsOf(check.run, view), scans: check.scans ?? [] }))
  const shaped = checks.filter((check) => check.guards || check.progress).flatMap(({ scans = [] }) => scans)
  return [...costs, { ...PROGRESS, units: unitsOf(look, view), scans: [...new Set(shaped)].sort() }]
}

function unitsOf(run: (view: EpisodeView) => unknown, view: EpisodeView): number {
  // A view of its own has a meter of its own.
  const own = { ...view }
  run(own)
  return spentOn(own)
}
