/** How an episode goes on by itself: answers are taken when no frame has an earlier clock, workflows start their nodes. */
import type { Action } from '../../protocol/action.ts'
import type { EndEvent } from '../../protocol/event.ts'
import { GymError } from '../core/gym-error.ts'
import { SpecFault } from '../world/fault.ts'
import { advanceWorld } from './advance-world.ts'
import { deadlineOf } from './deadline.ts'
import { delegationsIn } from './delegation.ts'
import type { EpisodeState } from './episode-state.ts'
import type { Frame } from './frame.ts'
import { nextDue, waitingFrames } from './schedule.ts'
import { learnersOf } from './team-options.ts'
import { performTurn } from './turn.ts'
import { readAction } from './turn-action.ts'
import { WORK_UNITS } from './workflow-run.ts'
import { advanceWorkflow } from './workflow-turn.ts'

type Stop = NonNullable<EpisodeState['stop']>

/**
 * The frames that actions answer: with parallel frames all of the trainer's that wait, or the one that a player is asked for.
 * @throws GymError GYM_UNKNOWN_FRAME
 */
export function framesFor(state: EpisodeState, actions: readonly Action[], player: string | undefined): Frame[] {
  const { options } = state.identity
  const learners = learnersOf(state.scenario, options)
  const open = options.parallel_frames && player === undefined ? waitingFrames(state).filter(({ agent }) => learners.has(agent)) : [state.frame]
  const taken = new Set<Frame>()
  return actions.map(({ frame: path }, i) => {
    const frame = path === undefined && actions.length === 1 ? state.frame : open.find((one) => one.path === path)
    const at = actions.length === 1 ? 'action.frame' : `actions.${i}.frame`
    if (!frame || frame.held) throw new GymError('GYM_UNKNOWN_FRAME', path === undefined ? 'each of several actions names its frame' : `frame '${path}' does not wait for an action`, { path: at, expected: open.map((one) => one.path) })
    if (taken.has(frame)) throw new GymError('GYM_UNKNOWN_FRAME', `two actions are for frame '${path}'`, { path: at })
    taken.add(frame)
    return frame
  })
}

/** Keeps an action until its time has come. */
export function hold(state: EpisodeState, frame: Frame, action: Action, player: string | undefined): void {
  const { options } = state.identity
  const read = readAction(action, frame.turns)
  const at = frame.clock + (action.think_ms ?? Math.round(read.tokens * (options.think_ms_per_token ?? 0)))
  frame.held = { read, at, seq: state.seq, player, given: state.given++ }
  const named = state.frames.size > 1 && read.journal.frame === undefined ? { ...read.journal, frame: frame.path } : read.journal
  state.journal.push({ action: named, ...(options.parallel_frames && { seq: state.seq }), ...(player !== undefined && { player }) })
}

/**
 * Goes on until a frame has to be asked, which is then in charge, or until the episode stops.
 * @throws SpecFault, and GymError when a replay does not fit
 */
export function runUntilAsked(state: EpisodeState): Stop | undefined {
  let meter = { left: WORK_UNITS }
  for (;;) {
    if (state.stop) {
      advanceWorld(state, state.frame.clock)
      return isOver(state, state.frame.clock) ? DEADLINE : state.stop
    }
    const next = nextDue(state)
    if (!next) throw new SpecFault('no frame can go on')
    const { frame, at } = next
    const turn = frame.held && beginTurn(state, frame, frame.held)
    advanceWorld(state, at)
    if (isOver(state, at)) return DEADLINE
    state.frame = frame
    if (turn) {
      performTurn(state, turn.read, turn.index)
      meter = { left: WORK_UNITS }
    } else if (frame.state === 'workflow') advanceWorkflow(state, frame, meter)
    else return undefined
    state.stop ??= budgetStop(state)
  }
}

/** Actions that were given and not taken, for the end of the log. */
export function heldActions({ frames }: EpisodeState): { held?: HeldAction[] } {
  const held = [...frames.values()].flatMap(({ path, held: one }): HeldAction[] => (one ? [{ action: { ...one.read.journal, frame: path }, given: one.given, seq: one.seq, ...(one.player !== undefined && { player: one.player }) }] : []))
  return held.length ? { held } : {}
}

type HeldAction = NonNullable<EndEvent['held']>[number]

const DEADLINE: Stop = { ending: { reason: 'deadline' }, natural: true }

function beginTurn(state: EpisodeState, frame: Frame, { read, at, seq, player, given }: NonNullable<Frame['held']>): { readonly read: typeof read; readonly index: number } {
  const index = state.log.length
  state.frame = frame
  frame.held = undefined
  frame.turns++
  frame.runTurns++
  frame.tokens += read.tokens
  frame.context += read.tokens
  frame.clock = at
  const isLate = given !== state.spent.turns++
  state.spent.tokens += read.tokens
  const isForTeam = !read.calls.length && (!frame.leads || (state.scenario.agents.get(frame.agent)!.subAgents.length > 0 && delegationsIn(read.text, 0).length > 0))
  state.log.push({ type: 'turn', index, frame: frame.path, seq, action: read.journal, at, tokens: read.tokens, ...(player !== undefined && { player }), ...(isLate && { given }), ...(isForTeam && { to: 'team' as const }) })
  return { read, index }
}

/** Whether the task's own deadline has passed. */
function isOver(state: EpisodeState, at: number): boolean {
  return at >= deadlineOf(state)
}

function budgetStop({ frame, identity, spent }: EpisodeState): Stop | undefined {
  const { budgets } = identity.options
  const reason = spent.turns >= budgets.turns ? 'turns_budget' as const
    : spent.tokens >= budgets.tokens ? 'tokens_budget' as const
    : frame.clock >= budgets.virtual_ms ? 'time_budget' as const
    : undefined
  return reason && { ending: { reason }, natural: false }
}
