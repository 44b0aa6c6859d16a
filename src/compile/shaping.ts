/** The potentials that shaping pays the changes of: of progress, and of the distance to the goal. */
import type { ShapingInfo } from '../../protocol/methods.ts'
import type { CompiledTask, EpisodeView, Goal, LastPotential, Potential } from '../episode/task.ts'
import { distanceFrom, distanceOfStart } from '../search/distance.ts'
import type { Bounds } from '../search/meter.ts'
import { type Model, modelOf, stateOf } from '../search/model.ts'
import { spentOn } from '../verify/check-context.ts'
import type { CompiledCheck } from '../verify/compiled-check.ts'
import { countHeld, progressOf, quantise, standsNow } from '../verify/score.ts'
import type { CompiledTool } from '../world/tool.ts'

/** What one look at a step may cost. */
export const STEP_BOUNDS: Bounds = { tries: 250, units: 800_000 }
/** What the look at the start may cost, once for all episodes of a task. */
const START_BOUNDS: Bounds = { tries: 4000, units: 4_000_000 }

type Fallback = NonNullable<ShapingInfo['fallback']>

const OUT_OF_REACH: Potential = { value: 0, info: { mode: 'distance', distance: null } }
/** A guard has failed that looks at what happened: for as long as it fails, the state does not matter. */
const BROKEN: Potential = { ...OUT_OF_REACH }

/** What shaping needs of a task. */
export type ShapingParts = { readonly checks: readonly CompiledCheck[]; /** Of the agent, those that write. */ readonly tools: readonly CompiledTool[] }

/** Compiles the potentials of a task. */
export function compileShaping({ checks, tools }: ShapingParts): Pick<CompiledTask, 'goal' | 'potential' | 'opening'> {
  const ofState = checks.filter((check) => check.ofState)
  const ofEvents = checks.filter((check) => check.guards && !check.ofState)
  const goal: Goal = {
    reached: (view) => ofState.every((check) => check.run(view).score === 1),
    strays: (view) => ofState.flatMap((check) => check.strays?.(view) ?? []),
    unitsOf: spentOn,
  }
  const progress = compileProgress(checks)
  const fallBack = (view: EpisodeView, fallback: Fallback): Potential => ({ value: progress(view), info: { mode: 'progress', fallback } })
  const lengths = new WeakMap<EpisodeView, number | Fallback>()

  const lengthOf = (model: Model): number | Fallback => {
    const { reference } = model
    let length = lengths.get(reference)
    if (length === undefined) lengths.set(reference, (length = measureStart(model)))
    return length
  }
  const search = (view: EpisodeView): Potential => {
    const model = modelOf(view)
    const length = model ? lengthOf(model) : 'no_plan'
    if (!model || typeof length === 'string') return fallBack(view, length as Fallback)
    const { result } = distanceFrom(model, stateOf(view), tools, STEP_BOUNDS)
    if (result === 'unknown') return fallBack(view, 'budget')
    return result === 'unreachable' ? OUT_OF_REACH : ahead(result.distance, length)
  }
  const distance = (view: EpisodeView, last: LastPotential | undefined): Potential => {
    const fallback = last?.potential.info?.fallback
    // Whether a task has a distance at all never changes; whether its search ends does with the rows.
    if (fallback && (fallback !== 'budget' || !last.changed)) return fallBack(view, fallback)
    if (ofEvents.some((check) => !standsNow(check, view))) return BROKEN
    return last && !last.changed && last.potential !== BROKEN ? last.potential : search(view)
  }
  return {
    goal,
    potential: (view, mode, last) => (mode === 'progress' ? { value: progress(view), info: undefined } : distance(view, last)),
    opening(view, mode) {
      if (mode === 'progress') return { value: 0, info: undefined }
      const model = modelOf(view)
      const length = model ? lengthOf(model) : 'no_plan'
      return typeof length === 'string' ? { value: 0, info: { mode: 'progress', fallback: length } } : ahead(length, length)
    },
  }
}

/** The potential at a distance from the goal, where the start is `length` away. */
function ahead(distance: number, length: number): Potential {
  return { value: quantise(Math.max(0, length - distance) / length, false), info: { mode: 'distance', distance } }
}

/** How far the goal is from the start. */
function measureStart(model: Model): number | Fallback {
  const { result } = distanceOfStart(model, START_BOUNDS)
  if (result === 'unreachable') return 'no_plan'
  if (result === 'unknown') return 'budget'
  return result.distance || 'no_writes'
}

/** Progress: the share of the checks' conditions that hold, of those that did not at the start. */
function compileProgress(checks: readonly CompiledCheck[]): (view: EpisodeView) => number {
  const starts = new WeakMap<EpisodeView['task'], number>()
  return (view) => {
    let start = starts.get(view.task)
    if (start === undefined) {
      start = countHeld(checks, { ...view, overlay: view.start, events: beforeTheAgent(view) }).held
      starts.set(view.task, start)
    }
    return progressOf(checks, view, start)
  }
}

/** What happened before the agent did anything. */
function beforeTheAgent({ events }: EpisodeView): EpisodeView['events'] {
  return events.slice(0, Math.max(0, events.findIndex(({ type }) => type === 'turn')))
}
