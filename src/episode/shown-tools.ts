/** The tools that an agent is shown: those of the world that exist now, in the form that the dynamics give them. */
import type { ToolSchema } from '../../protocol/observation.ts'
import { type Form, formAt, type Presentation } from '../dynamics/presentation.ts'
import { isFormed } from '../dynamics/compiled-dynamics.ts'
import type { Odds } from '../dynamics/compiled-entry.ts'
import { looker, toolsOfFrame, visibleTools } from './visible-tools.ts'
import type { EpisodeState } from './episode-state.ts'
import type { Frame, Listed } from './frame.ts'

/** What the dynamics draw by. */
export function oddsOf({ luck, identity }: EpisodeState): Odds {
  return { luck, intensity: identity.options.intensity }
}

/** How all tools of the agent look at a time, whether they exist now or not. */
function formOf(state: EpisodeState, at: number): Form {
  const { dynamics, dynamicsState, scenario, frame, luck } = state
  const form = dynamicsState.forms.get(frame.agent)
  if (form && form.luck === luck && at >= form.from && at < form.to) return form
  const world = () => allTools(state).filter(({ name }) => scenario.world.tools.has(name))
  const found = formAt(dynamics, frame.agent, world, oddsOf(state), at)
  dynamicsState.forms.set(frame.agent, found)
  return found
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

/** The tools of the frame in charge, were they all to exist. */
function allTools({ scenario, task, frame }: EpisodeState): readonly ToolSchema[] {
  return scenario.toolsFor(task.template, scenario.agents.get(frame.agent)!, frame.leads)
}

/** Whether tools of the frame in charge may come and go. */
function comeAndGo({ scenario, frame }: EpisodeState): boolean {
  return scenario.hasHiddenTools || scenario.agents.get(frame.agent)!.deferred.size > 0
}

/** The tools that exist for the agent now, as they are. @throws SpecFault when finding out costs too much */
function existingTools(state: EpisodeState): readonly ToolSchema[] {
  const all = allTools(state)
  if (!comeAndGo(state)) return all
  const isSeen = looker(state)
  const own = new Set(toolsOfFrame(state))
  return all.filter(({ name }) => !state.scenario.world.tools.has(name) || (own.has(name) && isSeen(name)))
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
  const tools = findChanged(state)
  if (tools) state.frame.list = { tools, form: isFormed(state.dynamics) ? shownTools(state, state.frame.clock) : undefined }
  return tools
}

function findChanged(state: EpisodeState): ToolSchema[] | undefined {
  const { frame } = state
  const formed = isFormed(state.dynamics)
  if (!comeAndGo(state) && !formed) {
    if (frame.shown) return undefined
    const all = allTools(state)
    frame.shown = all.map(({ name }) => name)
    return [...all]
  }
  const told = formed ? formOf(state, frame.clock).told : ''
  // Without tools that come and go nothing but the form can have changed.
  if (!comeAndGo(state) && frame.shown?.at(-1) === told) return undefined
  const now = existingTools(state)
  const names = now.map(({ name }) => name)
  const shown = formed ? [...names, told] : names
  if (frame.shown?.join() === shown.join()) return undefined
  frame.shown = shown
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

const NOTHING: readonly Listed[] = []

/** The tools as a frame was last shown them, the same object until it is shown others: what changed unannounced is not in it. */
export function listedTools({ scenario: { world } }: EpisodeState, { list }: Frame): readonly Listed[] {
  if (!list) return NOTHING
  const { tools, form } = list
  return (list.listed ??= tools.map((schema) => ({ schema, like: form?.shown.get(schema.name)?.like ?? (form === undefined && world.tools.has(schema.name) ? schema.name : undefined) })))
}
