/** Which tools of the world exist for the agent now. */
import { CALL_UNITS } from '../world/evaluation.ts'
import { Transaction } from '../world/transaction.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'

/** Tools of the world that the frame in charge may call, were they all to exist: deferred ones when they were found. */
export function toolsOfFrame({ scenario, frame }: EpisodeState): readonly string[] {
  const { tools, deferred } = scenario.agents.get(frame.agent)!
  return deferred.size ? tools.filter((name) => !deferred.has(name) || frame.loaded.includes(name)) : tools
}

/**
 * Whether a tool of the world exists for the agent now.
 * @throws SpecFault when finding out costs too much
 */
export function isVisible(state: EpisodeState, name: string): boolean {
  if (!toolsOfFrame(state).includes(name)) return false
  return looker(state)(name)
}

/** The tools of the world that exist for the agent now. @throws SpecFault when finding out costs too much */
export function visibleTools(state: EpisodeState): string[] {
  return toolsOfFrame(state).filter(looker(state))
}

/** Asks for several tools under one meter. */
export function looker(state: EpisodeState): (name: string) => boolean {
  const { world } = state.scenario
  const meter = { left: CALL_UNITS }
  let view: Transaction | undefined
  return (name) => {
    const { visible } = world.tools.get(name)!
    return visible === undefined || visible((view ??= new Transaction(baseOf(state), state.overlay)), world.epoch + state.frame.clock, meter)
  }
}
