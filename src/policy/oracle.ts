/** The oracles: they play the witness. The plain one knows no faults, the naive one retries blindly, the robust one recovers. */
import type { Action } from '../../protocol/action.ts'
import { USER_FRAME } from '../../protocol/event.ts'
import type { Message, Observation } from '../../protocol/observation.ts'
import { parseHttpDate } from '../core/calendar.ts'
import type { ReadBack } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { SpecFault } from '../world/fault.ts'
import { wasRefused } from '../world/refusal.ts'
import { actionOf, parseContent, Plan, type PlannedStep } from './plan.ts'
import { callAction, type Policy } from './policy.ts'

/** What was answered to a step: the tool's message, or what the user said. */
function answerTo(step: PlannedStep | undefined, { messages }: Observation): Message | undefined {
  return step?.kind === 'say' ? messages.findLast((message) => message.role === 'user' && message.name === undefined) : messages.findLast((message) => message.role === 'tool')
}

/** The next step or the ending; a plan that lost its way because an answer it needed never came says so. */
function next(plan: Plan): { action: Action; step: PlannedStep | undefined } {
  try {
    const step = plan.current()
    return { step, action: step ? actionOf(step) : plan.ending() }
  } catch (error) {
    if (error instanceof SpecFault) return { step: undefined, action: callAction('report_unable', { reason: 'a tool did not answer' }) }
    throw error
  }
}

/** Plays the witness once, whatever the tools answer. */
export function oracle(episode: Episode): Policy {
  return blindPlayer(episode, 0)
}

/** Plays the witness and repeats a failed call at once, up to twice, without looking what happened. */
export function naive(episode: Episode): Policy {
  return blindPlayer(episode, 2)
}

function blindPlayer(episode: Episode, retries: number): Policy {
  const plan = new Plan(episode)
  let made: PlannedStep | undefined
  let tries = 0
  return {
    act(observation) {
      const answer = made && answerTo(made, observation)
      if (answer?.is_error && tries <= retries) tries++
      else {
        if (answer) plan.advance(answer.content)
        tries = 1
      }
      const { action, step } = next(plan)
      made = step
      return action
    },
  }
}

type Doing = { readonly what: 'step' } | { readonly what: 'wait' } | { readonly what: 'look'; readonly readBack: ReadBack; readonly step: PlannedCall }

type PlannedCall = Extract<PlannedStep, { kind: 'call' }>

const PATIENCE_MS = 2000

/** Plays the witness, waits when told to, looks whether an unanswered write happened before it repeats it. */
export function robust(episode: Episode): Policy {
  const plan = new Plan(episode)
  const base = () => episode.scenario.baseOf(episode.identity.seed)
  let doing: Doing | undefined
  let made: PlannedStep | undefined
  /** What to do again after a wait. */
  let after: Doing = { what: 'step' }

  const go = (what: Doing): Action => {
    doing = what
    made = undefined
    if (what.what === 'look') return callAction(what.readBack.call, what.readBack.args(base(), what.step.args))
    const { action, step } = next(plan)
    made = step
    return action
  }
  const pause = (then: Doing, ms: number): Action => {
    doing = { what: 'wait' }
    made = undefined
    after = then
    return callAction('wait', { ms })
  }

  return {
    act(observation) {
      const answer = answerTo(made, observation)
      if (!doing || !answer) return go({ what: 'step' })
      if (doing.what === 'wait') return go(after)
      if (answer.is_error) return recover(doing, answer, plan, episode, go, pause, observation)
      if (doing.what === 'look') {
        if (!doing.readBack.done(base(), doing.step.args, parseContent(answer.content))) return go({ what: 'step' })
        plan.advance(undefined)
        return go({ what: 'step' })
      }
      plan.advance(answer.content)
      return go({ what: 'step' })
    },
  }
}

function recover(doing: Doing, answer: Message, plan: Plan, episode: Episode, go: (next: Doing) => Action, pause: (then: Doing, ms: number) => Action, observation: Observation): Action {
  if (isAwaitedRefusal(doing, plan, episode)) {
    plan.advance(answer.content)
    return go({ what: 'step' })
  }
  const wait = retryAfterMs(answer.content, episode, observation.clock_ms)
  if (wait !== undefined) return pause(doing, wait)
  const step = doing.what === 'step' ? plan.current() : undefined
  const readBack = step?.kind === 'call' && step.write ? episode.scenario.readBacks.get(step.call) : undefined
  const unanswered = /^(Timeout|Connection error)/.test(answer.content)
  // Only an unanswered write may have happened; an answered failure has not.
  if (step?.kind === 'call' && readBack && unanswered) return go({ what: 'look', readBack, step })
  return pause(doing, PATIENCE_MS)
}

/** Whether the tool itself refused a step whose refusal the task's checks count: then the step is done. */
function isAwaitedRefusal(doing: Doing, plan: Plan, episode: Episode): boolean {
  const step = doing.what === 'step' ? plan.current() : undefined
  if (step?.kind !== 'call' || !episode.task.template.refusals.has(step.call)) return false
  const event = episode.events().findLast((one) => one.type === 'call' && one.frame !== USER_FRAME)
  return event?.type === 'call' && wasRefused(event)
}

/** Milliseconds that a refusal asks for: seconds, a date, or a guess where it is silent. */
function retryAfterMs(content: string, episode: Episode, clock: number): number | undefined {
  const body = parseContent(content)
  if (body === null || typeof body !== 'object' || (body as { status?: unknown }).status !== 429) return undefined
  const retry = (body as { retry_after?: unknown }).retry_after
  if (typeof retry === 'number') return Math.max(1, retry * 1000)
  const at = typeof retry === 'string' ? parseHttpDate(retry) : undefined
  if (at !== undefined) return Math.max(1, at - (episode.scenario.world.epoch + clock))
  return PATIENCE_MS * 2
}
