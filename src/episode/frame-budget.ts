/** Bounds on the tree of frames, and on one run of a frame. */
import type { StopReason } from '../../protocol/event.ts'
import type { EpisodeState } from './episode-state.ts'
import type { Frame } from './frame.ts'
import { liveCount } from './schedule.ts'

/** Levels of a path, counted with those who took over: no chain of hand-offs is endless. */
const MOST_PARTS = 128

export type FrameStop = Extract<StopReason, 'depth_budget' | 'frames_budget' | 'concurrent_frames_budget'>

/** Why no further frame may be opened below one; undefined where it may. */
export function refusedFor(state: EpisodeState, parent: Frame, depth: number): FrameStop | undefined {
  const { budgets } = state.identity.options
  if (depth > budgets.depth || parent.parts.length >= MOST_PARTS) return 'depth_budget'
  if (state.frames.size >= budgets.frames) return 'frames_budget'
  return liveCount(state) >= budgets.concurrent_frames ? 'concurrent_frames_budget' : undefined
}

/** The bound of its agent that a run of a frame has reached. */
export function limitReached({ scenario }: EpisodeState, { agent, runTurns, runSince, clock }: Frame): 'agent_turns_budget' | 'agent_time_budget' | undefined {
  const { turns, ms } = scenario.agents.get(agent)!.limits
  if (turns !== undefined && runTurns >= turns) return 'agent_turns_budget'
  return ms !== undefined && clock - runSince >= ms ? 'agent_time_budget' : undefined
}
