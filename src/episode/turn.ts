/** One turn of a frame: its calls in order, their times, and what it begins. */
import { CALL_UNITS } from '../world/evaluation.ts'
import type { Delegation } from './delegation.ts'
import { delegationsIn, isDelegation, readDelegation } from './delegation.ts'
import type { EpisodeState } from './episode-state.ts'
import type { CompiledAgent } from './compiled-agent.ts'
import type { Frame, PendingTurn } from './frame.ts'
import { type FrameStop, refusedFor } from './frame-budget.ts'
import { openFrame, runFrame } from './open-frame.ts'
import { performCall, rejectCall } from './perform-call.ts'
import { liveCount } from './schedule.ts'
import { shownTools } from './shown-tools.ts'
import { nearest } from '../core/nearest.ts'
import { performTeamCall } from './team-call.ts'
import type { ReadAction, ReadCall } from './turn-action.ts'
import { completeTurn, isEndingCall, sayText } from './turn-end.ts'

/** What the calls of one turn may cost together, with the rules that judge them: no turn keeps others waiting for long. */
export const TURN_UNITS = 20 * CALL_UNITS

/**
 * Performs a turn of the frame in charge. Calls start together, draw and commit in call order; those that forbid it run
 * first, one after another; an ending call comes after all others. A turn that calls other agents is completed when the
 * last of them is done. What stands beside calls is said to nobody; a message without calls goes to the simulated user,
 * or to the frame above.
 * @param turn index of its event
 */
export function performTurn(state: EpisodeState, action: ReadAction, turn: number): void {
  state.units = TURN_UNITS
  const { frame, scenario } = state
  const agent = scenario.agents.get(frame.agent)!
  // Beside calls only who was told to write its calls into its text is taken at its word.
  const isRead = agent.subAgents.length > 0 && (!action.calls.length || agent.delegation === 'xml')
  const calls = isRead ? [...action.calls, ...delegationsIn(action.text, frame.turns - 1, action.calls.length)] : action.calls
  if (!calls.length) return sayText(state, frame, action, turn)
  const pending: PendingTurn = { turn, calls, results: new Map(), children: new Map(), latest: frame.clock, handedOff: false }
  const working = calls.filter((call) => call.problem !== undefined || !isEndingCall(frame, agent, call))
  let start = frame.clock
  for (const call of working.filter((one) => isSerial(state, one))) start = Math.max(start, perform(state, frame, agent, pending, call, start))
  pending.latest = start
  for (const call of working.filter((one) => !isSerial(state, one))) pending.latest = Math.max(pending.latest, perform(state, frame, agent, pending, call, start))
  if (!pending.children.size) return completeTurn(state, frame, pending)
  frame.state = 'joining'
  frame.pending = pending
}

/** Performs a call, or opens the frame that will answer it; gives when it is answered as far as that is known. */
function perform(state: EpisodeState, frame: Frame, agent: CompiledAgent, pending: PendingTurn, call: ReadCall, at: number): number {
  const { spent, identity: { options: { budgets } } } = state
  if (spent.calls >= budgets.calls) {
    state.stop ??= { ending: { reason: 'calls_budget' }, natural: false }
    pending.results.set(call, rejectCall(state, pending.turn, call, at, 'calls_budget', 'The budget of tool calls is used up'))
    return at
  }
  spent.calls++
  frame.calls++
  if (call.problem === undefined && isDelegation(call, agent)) return delegate(state, frame, agent, pending, call, at)
  const result = performTeamCall(state, agent, pending.turn, call, at) ?? performCall(state, pending.turn, call, at)
  pending.results.set(call, result)
  return result.returnsAt
}

function delegate(state: EpisodeState, frame: Frame, agent: CompiledAgent, pending: PendingTurn, call: ReadCall, at: number): number {
  const refuse = (rejected: Parameters<typeof rejectCall>[4], content: string) => {
    pending.results.set(call, rejectCall(state, pending.turn, call, at, rejected, content, { inner: true }))
    return at
  }
  const read = readDelegation(call, agent)
  if (typeof read === 'string') return refuse('invalid_arguments', `Invalid arguments for ${call.name}: ${read}`)
  const { concurrent = Infinity } = agent.limits
  if (pending.children.size >= concurrent) return refuse('concurrent_limit', `At most ${concurrent} agents may run for you at once; call this one when another is done`)
  const child = read.child === undefined ? openFor(state, frame, read, at) : resumeFor(frame, state, pending, read, at)
  if ('rejected' in child) return refuse(child.rejected, child.content)
  pending.children.set(child.path, { call, at })
  runFrame(state, child, read.message, { call_id: call.id })
  return at
}

type Refusal = { readonly rejected: Parameters<typeof rejectCall>[4]; readonly content: string }

function openFor(state: EpisodeState, frame: Frame, { to }: Delegation, at: number): Frame | Refusal {
  const refused = refusedFor(state, frame, frame.depth + 1)
  if (!refused) return openFrame(state, frame, to.agent, { at })
  return refuseFrame(state, refused)
}

function refuseFrame(state: EpisodeState, reason: FrameStop): Refusal {
  state.stop ??= { ending: { reason }, natural: false }
  return { rejected: reason, content: 'No further agent can be started: the budget of the episode is used up' }
}

function resumeFor(frame: Frame, state: EpisodeState, pending: PendingTurn, { to, child: path }: Delegation, at: number): Frame | Refusal {
  const { frames } = state
  const child = frames.get(path!)
  if (!child || child.parent !== frame.path || child.agent !== to.agent) {
    const own = [...frames.values()].filter((one) => one.parent === frame.path && one.agent === to.agent).map((one) => one.path)
    const close = nearest(path!, own)
    return { rejected: 'invalid_arguments', content: `You have called no ${to.agent} with the id '${path!.slice(0, 200)}'${close ? `; did you mean '${close}'?` : ''}` }
  }
  if (child.state !== 'done' || pending.children.has(child.path)) return { rejected: 'invalid_arguments', content: `${path} is still at work` }
  if (child.run > to.sendBack) return { rejected: 'send_back_limit', content: `${path} has been sent back ${to.sendBack} times, which is the most allowed` }
  if (liveCount(state) >= state.identity.options.budgets.concurrent_frames) return refuseFrame(state, 'concurrent_frames_budget')
  child.clock = Math.max(child.clock, at)
  return child
}

function isSerial(state: EpisodeState, call: ReadCall): boolean {
  const { world } = state.scenario
  const name = state.dynamics.presenters.length ? shownTools(state, state.frame.clock).shown.get(call.name)?.real : call.name
  return (name !== undefined && world.tools.get(name)?.spec.disable_parallel) ?? false
}
