/** Slips of repetition: the same question for the same answer, cycles of calls, failing calls again and again. */
import { type CallEvent, type Event, USER_FRAME } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { meantBy } from './agent-call.ts'
import { callKey, callsOfAgent } from './call-key.ts'
import type { Slip } from './slip.ts'

/** How often the same may be asked in a stretch in which nothing has changed. */
const MOST_ASKED = 2
/** How often a call may fail before somebody waits. */
const MOST_FAILED = 4
/** The longest cycle of calls that is looked for, and how often it has to come round. */
const LONGEST_CYCLE = 8
const ROUNDS = 3

/** Finds them. */
export function slipsOfRepetition(view: EpisodeView): Slip[] {
  return [...repeatedQuestions(view.events, view.base.world), ...storms(view.events), ...cycles(view)]
}

/** Whether time was let pass, somebody else did something, or the user spoke: then asking again makes sense. */
function isNews(event: Event): boolean {
  if (event.type === 'user') return true
  if (event.type === 'timer' || event.type === 'effect') return event.changes.length > 0 || event.emits !== undefined
  return event.type === 'call' && (event.frame === USER_FRAME || event.inner === true || (event.tool === 'wait' && !event.is_error))
}

/** Reads that were made with the same arguments and answered the same, though nothing was written since and no time given. */
function repeatedQuestions(events: readonly Event[], world: CompiledWorld): Slip[] {
  const slips: Slip[] = []
  let asked = new Map<string, { times: number; last: number }>()
  for (const event of events) {
    if (isNews(event)) asked = new Map()
    if (event.type !== 'call' || event.frame === USER_FRAME || event.inner || event.rejected) continue
    const effect = world.tools.get(meantBy(event).tool)?.spec.effect
    if (effect === 'write') asked = new Map()
    if (effect !== 'read' || event.is_error || event.unseen || event.faults.length) continue
    const key = `${callKey(event)}\0${event.content}`
    const { times, last } = asked.get(key) ?? { times: 0, last: 0 }
    if (times >= MOST_ASKED) slips.push({ category: 'repetition', events: [event.index, last], pointer: '/arguments', about: `${event.tool} was asked the same ${times + 1} times` })
    asked.set(key, { times: times + 1, last: event.index })
  }
  return slips
}

/** Calls that failed again and again, and nobody waited. */
function storms(events: readonly Event[]): Slip[] {
  const slips: Slip[] = []
  let failed = new Map<string, number>()
  for (const event of events) {
    if (isNews(event)) failed = new Map()
    if (event.type !== 'call' || event.frame === USER_FRAME || event.inner || event.rejected) continue
    const key = callKey(event)
    const times = event.is_error ? (failed.get(key) ?? 0) + 1 : 0
    if (times > MOST_FAILED) slips.push({ category: 'retry_storm', events: [event.index], pointer: '/content', about: `${event.tool} failed ${times} times in a row` })
    failed.set(key, times)
  }
  return slips
}

/** Cycles of calls, with a write among them, that came round with the same answers; those of reads alone are repeated questions. */
function cycles({ events, base: { world } }: EpisodeView): Slip[] {
  const calls = callsOfAgent(events)
  const keys = calls.map((event) => `${callKey(event)}\0${event.content}`)
  const covered = new Set<number>()
  const slips: Slip[] = []
  for (let period = 1; period <= LONGEST_CYCLE; period++) {
    let run = 0
    for (let i = period; i < calls.length; i++) {
      run = keys[i] === keys[i - period] ? run + 1 : 0
      if (run === 0 || run % period || run < period * (ROUNDS - 1)) continue
      const round = calls.slice(i - period + 1, i + 1)
      if (covered.has(i) || !isCycle(round, world)) continue
      for (let at = i - period + 1; at <= i; at++) covered.add(at)
      slips.push({ category: 'repetition', events: [calls[i]!.index, calls[i - period]!.index], pointer: '/arguments', about: `the same ${period === 1 ? 'write' : `${period} calls`} ${run / period + 1} times in a row` })
    }
  }
  return slips
}

function isCycle(round: readonly CallEvent[], world: CompiledWorld): boolean {
  return round.some((event) => event.committed && world.tools.get(meantBy(event).tool)?.spec.effect === 'write') && !round.some(({ tool }) => tool === 'wait')
}
