/** How a frame begins to run: opened below another one, or resumed with all that it knows. */
import type { Message } from '../../protocol/observation.ts'
import { requireFits } from './deliver.ts'
import type { EpisodeState } from './episode-state.ts'
import { childPath, type Frame, newFrame, type PathPart, receive } from './frame.ts'
import { xmlHint } from './team-tool.ts'
import { openRun } from './workflow-run.ts'

type Place = { readonly at: number; /** Takes the place of the frame above, with all that it may. */ readonly takesOver?: boolean }

/** A new frame below another; it does not run yet. */
export function openFrame(state: EpisodeState, parent: Frame, agent: string, { at, takesOver = false }: Place): Frame {
  const nth = (parent.opened.get(agent) ?? 0) + 1
  parent.opened = new Map(parent.opened).set(agent, nth)
  const part: PathPart = [agent, nth]
  const path = childPath(parent, part)
  const frame = newFrame([...parent.parts, part], { path, depth: takesOver ? parent.depth : parent.depth + 1, parent: parent.path, leads: takesOver && parent.leads, clock: at })
  state.frames.set(path, frame)
  return frame
}

/** Lets a frame run with a message: what opened it is its call id or its node. */
export function runFrame(state: EpisodeState, frame: Frame, message: string, by: { readonly call_id?: string; readonly node?: string }): void {
  frame.run++
  frame.runTurns = 0
  frame.runSince = frame.clock
  state.log.push({ type: 'frame', index: state.log.length, frame: frame.path, agent: frame.agent, parent: frame.parent!, ...by, run: frame.run, at: frame.clock, message })
  requireFits(state)
  begin(state, frame, frame.leads ? [{ role: 'user', content: state.task.instruction }, { role: 'user', name: 'hand_off', content: message }] : [{ role: 'user', content: message }], message)
}

/** What a frame is told first; a workflow is told and starts its nodes. */
export function begin(state: EpisodeState, frame: Frame, told: readonly Message[], input: string): void {
  const agent = state.scenario.agents.get(frame.agent)!
  if (agent.workflow) {
    frame.state = 'workflow'
    frame.work = openRun(input, frame.clock)
    return
  }
  frame.state = 'waiting'
  receive(frame, frame.run > 1 ? told : [{ role: 'system', content: agent.prompt + xmlHint(agent) }, ...told])
}
