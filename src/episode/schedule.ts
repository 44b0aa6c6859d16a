/** Who acts next: of all frames that can go on, the one with the smallest clock; of several, by path. */
import { comparePaths, type Frame } from './frame.ts'
import type { EpisodeState } from './episode-state.ts'
import { nextNodeAt } from './workflow-run.ts'

/** A frame and the virtual time at which it goes on. */
export type Due = { readonly frame: Frame; readonly at: number }

function dueAt(state: EpisodeState, frame: Frame): number | undefined {
  switch (frame.state) {
    case 'waiting': return frame.held?.at ?? frame.clock
    case 'workflow': return nextNodeAt(state, frame)
    default: return undefined
  }
}

/** The frame that goes on next; undefined where all is done. */
export function nextDue(state: EpisodeState): Due | undefined {
  let first: Due | undefined
  for (const frame of state.frames.values()) {
    const at = dueAt(state, frame)
    if (at !== undefined && (!first || at < first.at || (at === first.at && comparePaths(frame.parts, first.frame.parts) < 0))) first = { frame, at }
  }
  return first
}

/** Frames that wait for an action, the earliest first. */
export function waitingFrames({ frames }: EpisodeState): Frame[] {
  return [...frames.values()].filter((frame) => frame.state === 'waiting' && !frame.held).sort((a, b) => a.clock - b.clock || comparePaths(a.parts, b.parts))
}

/** Frames that are not done. */
export function liveCount({ frames }: EpisodeState): number {
  let n = 0
  for (const frame of frames.values()) if (frame.state !== 'done') n++
  return n
}
