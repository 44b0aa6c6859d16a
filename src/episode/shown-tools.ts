/** The tools that an agent is shown: those of the world that exist now, in the form that the dynamics give them. */
import type { ToolSchema } from '../../protocol/observation.ts'
import { type Form, formAt, type Presentation } from '../dynamics/presentation.ts'
import { isFormed } from '../dynamics/compiled-dynamics.ts'
import type { Odds } from '../dynamics/compiled-entry.ts'
import { looker, visibleTools } from './visible-tools.ts'
import type { EpisodeState } from './episode-state.ts'

/** What the dynamics draw by. */
export function oddsOf({ luck, identity }: EpisodeState): Odds {
  return { luck, intensity: identity.options.intensity }
}

/** How all tools of the agent look at a time, whether they exist now or not. */
function formOf(state: EpisodeState, at: number): Form {
  const { dynamics, dynamicsState, scenario, frame, task, luck } = state
  const { form } = dynamicsState
  if (form && form.luck === luck && at >= form.from && at < form.to) return form
  const world = () => scenario.toolsFor(task.template).filter(({ name }) => scenario.world.tools.has(name))
  return (dynamicsState.form = formAt(dynamics, frame.agent, world, oddsOf(state), at))
}

/** The tools as they look at a time. */
export function shownTools(state: EpisodeState, at: number): Presentation {
  return formOf(state, at).presentation
}

/** Names under which tools can be called now. @throws SpecFault when finding out costs too much */
export function shownNames(state: EpisodeState, at: number): string[] {
  const visible = visibleTools(state)
  const { dynamics, identity } = state
  if (!isFormed(dynamics)) return visible
  const { real } = shownTools(state, at)
  const own = identity.options.intensity > 0 ? dynamics.ownTools.map(({ schema }) => schema.name) : []
  return [...visible.flatMap((name) => real.get(name)?.schema.name ?? []), ...own]
}

/** The tools that exist for the agent now, as they are. @throws SpecFault when finding out costs too much */
function existingTools(state: EpisodeState): readonly ToolSchema[] {
  const { scenario, task } = state
  const all = scenario.toolsFor(task.template)
  if (!scenario.hasHiddenTools) return all
  const isSeen = looker(state)
  return all.filter(({ name }) => !scenario.world.tools.has(name) || isSeen(name))
}

/** The tools that the agent has now, in the form that they have now. @throws SpecFault when finding out costs too much */
export function toolsNow(state: EpisodeState): readonly ToolSchema[] {
  const now = existingTools(state)
  return isFormed(state.dynamics) ? inForm(state, now) : now
}

/**
 * The tools that the agent has now, when they are not those it was last shown; unannounced changes of the dynamics
 * alone are not shown.
 */
export function changedTools(state: EpisodeState): ToolSchema[] | undefined {
  const { scenario, task, frame } = state
  const all = scenario.toolsFor(task.template)
  const formed = isFormed(state.dynamics)
  if (!scenario.hasHiddenTools && !formed) {
    if (state.shown) return undefined
    state.shown = all.map(({ name }) => name)
    return [...all]
  }
  const told = formed ? formOf(state, frame.clock).told : ''
  // Without tools that come and go nothing but the form can have changed.
  if (!scenario.hasHiddenTools && state.shown?.at(-1) === told) return undefined
  const now = existingTools(state)
  const names = now.map(({ name }) => name)
  const shown = formed ? [...names, told] : names
  if (state.shown?.join() === shown.join()) return undefined
  state.shown = shown
  return formed ? inForm(state, now) : [...now]
}

/** The same tools as the dynamics show them, with those that they add before the system's own. */
function inForm(state: EpisodeState, now: readonly ToolSchema[]): ToolSchema[] {
  const { scenario, frame, dynamics } = state
  const { schemas, shown } = shownTools(state, frame.clock)
  const names = new Set(now.map(({ name }) => name))
  const ofWorld = schemas.filter(({ name }) => {
    const tool = shown.get(name)
    return !tool || tool.real === undefined || names.has(tool.real)
  })
  return [...ofWorld, ...now.filter(({ name }) => !scenario.world.tools.has(name) && !dynamics.tools.has(name))]
}
