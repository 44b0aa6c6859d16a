/** Reads off how the witness was played what it did to the world. */
import { type CallEvent, type Event, USER_FRAME } from '../../protocol/event.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { sameValue } from '../world/json-value.ts'
import type { EpisodeView, WitnessStep } from '../episode/task.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import type { Call, Deed, Script } from './deed.ts'

const scripts = new WeakMap<EpisodeView, Script>()

/** The script of a reference; worked out once. */
export function scriptOf(reference: EpisodeView): Script {
  let script = scripts.get(reference)
  if (!script) scripts.set(reference, (script = readScript(reference)))
  return script
}

/** One turn of the witness: its step, and what happened in it. */
type Turn = { readonly step: number; readonly events: Event[] }

function turnsOf(events: readonly Event[]): Turn[] {
  const turns: Turn[] = []
  for (const event of events) {
    if (event.type === 'turn') turns.push({ step: turns.length, events: [] })
    turns.at(-1)?.events.push(event)
  }
  return turns
}

function readScript(reference: EpisodeView): Script {
  const { task, base } = reference
  const { steps } = task.template.witness
  const { tools } = base.world
  const captured: Record<string, unknown> = {}
  const early: Record<string, unknown> = {}
  const deeds: Deed[] = []
  let firstDeed = steps.length
  let timed = false
  let clock = 0
  const pass = (to: number) => {
    if (timed) deeds.push({ kind: 'wait', until: to, ms: to - clock })
    timed = false
    clock = to
  }
  for (const { step: at, events } of turnsOf(reference.events)) {
    const step = steps[at]
    const asked: Call[] = []
    for (const event of events) {
      if (event.type === 'timer' || event.type === 'effect') timed = true
      if (event.type !== 'call' || !event.committed || tools.get(event.tool)?.spec.effect !== 'write') continue
      const call = callOf(event)
      if (event.frame !== USER_FRAME) {
        pass(event.at)
        deeds.push({ kind: 'call', step: at, ...call, ...(step?.kind === 'call' && !followsFrom(step, reference, early, call.args) && { late: true as const }) })
      } else if (event.changes.length) {
        if (!asked.length) pass(event.at)
        asked.push(call)
      }
    }
    if (asked.length) deeds.push({ kind: 'user', calls: asked })
    if (deeds.length || timed) firstDeed = Math.min(firstDeed, at)
    if (step?.as === undefined) continue
    const told = toldIn(step, events)
    if (told === undefined) continue
    captured[step.as] = told
    if (firstDeed > at) early[step.as] = told
  }
  pass(reference.clockMs)
  return { deeds, captured, firstDeed }
}

function callOf({ tool, arguments: args, meant }: CallEvent): Call {
  return { tool: meant?.tool ?? tool, args: (meant?.arguments ?? args ?? {}) as Call['args'] }
}

/** Whether a step's arguments are the same without what was answered after the first change. */
function followsFrom(step: Extract<WitnessStep, { kind: 'call' }>, { task, base }: EpisodeView, early: Record<string, unknown>, args: unknown): boolean {
  try {
    return sameValue(step.args(task, base, early), args)
  } catch (error) {
    if (error instanceof SpecFault || error instanceof CallLimit) return false
    throw error
  }
}

/** What a step of the witness captured. */
function toldIn(step: WitnessStep, events: readonly Event[]): unknown {
  for (const event of events) {
    if (step.kind === 'say' && event.type === 'user') return event.said
    if (step.kind === 'call' && event.type === 'call' && event.frame !== USER_FRAME) return jsonOrText(event.content)
  }
  return undefined
}
