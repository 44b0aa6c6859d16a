/** What a frame sees: its new messages, its tools where they changed, its clock, what is left of the budgets. */
import type { Message, Observation } from '../../protocol/observation.ts'
import type { EpisodeState } from './episode-state.ts'
import type { Frame } from './frame.ts'
import { receive } from './frame.ts'
import { learnersOf } from './team-options.ts'
import { liveCount, waitingFrames } from './schedule.ts'
import { changedTools } from './shown-tools.ts'

/** What all observations of one moment have in common, found once: there may be a thousand of them. */
type Moment = { readonly waiting: readonly Frame[]; readonly paths: string[]; readonly live: number }

function momentOf(state: EpisodeState): Moment {
  const waiting = state.identity.options.parallel_frames ? waitingFrames(state) : []
  return { waiting, paths: waiting.map(({ path }) => path), live: liveCount(state) }
}

/** Shows a frame what it has not seen yet. */
export function observe(state: EpisodeState, frame: Frame): Observation {
  return show(state, frame, momentOf(state))
}

function show(state: EpisodeState, frame: Frame, { paths, live }: Moment): Observation {
  const { ended } = state
  const before = state.frame
  state.frame = frame
  if (frame.path === state.lead) takeMail(state, frame)
  const tools = ended ? undefined : changedTools(state)
  state.frame = before
  const messages = [...frame.inbox]
  const { isFresh } = frame
  frame.inbox = []
  frame.isFresh = false
  return {
    frame: frame.path,
    agent: frame.agent,
    depth: frame.depth,
    messages,
    ...(tools && { tools }),
    clock_ms: frame.clock,
    budgets: budgetsLeft(state, frame, live),
    ...(isFresh && { segment: frame.segment }),
    waiting: ended ? [] : state.identity.options.parallel_frames ? paths : [frame.path],
  }
}

/** With parallel frames, what all frames of the trainer see that wait, the earliest first. */
export function observeWaiting(state: EpisodeState): Observation[] | undefined {
  if (!state.identity.options.parallel_frames) return undefined
  const learners = learnersOf(state.scenario, state.identity.options)
  // What nobody is told in the end must not count as seen: while others have their turns, the trainer does not look.
  if (state.ended || !learners.has(state.frame.agent)) return []
  const moment = momentOf(state)
  // A thousand frames would each repeat a thousand paths.
  return moment.waiting.filter(({ agent }) => learners.has(agent)).map((frame, i) => show(state, frame, i === 0 ? moment : { ...moment, paths: [] }))
}

/** Gives a frame the messages of the world to the agent. */
export function takeMail(state: EpisodeState, frame: Frame): void {
  const { mail } = state
  if (!mail.agent.length) return
  receive(frame, mail.agent.map((content): Message => ({ role: 'user', name: 'notification', content })))
  state.mail = { ...mail, agent: [] }
}

function budgetsLeft(state: EpisodeState, frame: Frame, live: number): Observation['budgets'] {
  const { identity: { options: { budgets } }, spent, scenario, frames } = state
  const left = (most: number, used: number) => Math.max(0, most - used)
  const { turns } = scenario.agents.get(frame.agent)!.limits
  return {
    turns: left(budgets.turns, spent.turns), calls: left(budgets.calls, spent.calls), tokens: left(budgets.tokens, spent.tokens), virtual_ms: left(budgets.virtual_ms, frame.clock),
    ...((scenario.agents.size > 1 || scenario.root.subAgents.length > 0) && { depth: left(budgets.depth, frame.depth), frames: left(budgets.frames, frames.size), concurrent_frames: left(budgets.concurrent_frames, live) }),
    ...(turns !== undefined && { agent_turns: left(turns, frame.runTurns) }),
  }
}

/** The latest clock of all frames. */
export function horizonOf({ frames }: EpisodeState): number {
  let latest = 0
  for (const { clock } of frames.values()) latest = Math.max(latest, clock)
  return latest
}
