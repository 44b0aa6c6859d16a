/** The agent's calls as checks and rules see them. */
import { type CallEvent, type EffectEvent, type Event, USER_FRAME } from '../../protocol/event.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import type { EpisodeView, TaskInstance } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { wasRefused } from '../world/refusal.ts'
import { agentWords } from './words.ts'

/** A call that succeeded, or that the tool refused; arguments and result as JSON. */
export type AgentCall = { readonly event: number; readonly turn: number; readonly write: boolean; readonly tool: string; readonly args: unknown; readonly result: unknown }

/**
 * Calls of the world's tools that succeeded: writes that were committed, reads whose answer was seen.
 * @param refused whether calls count too that the tool itself answered with an error
 */
export function agentCalls(events: readonly Event[], world: CompiledWorld, refused = false): AgentCall[] {
  const late = lateCommits(events)
  const told = late.size ? toldJobs(events, world) : NOBODY
  return events.flatMap((event): AgentCall[] => {
    if (event.type !== 'call' || event.frame === USER_FRAME || event.inner) return []
    const { tool, arguments: args } = meantBy(event)
    const write = world.tools.get(tool)?.spec.effect === 'write'
    // A read that was done later is seen when the agent is told what came of it.
    const seen = !write && late.has(event.index) ? told.get(jobIn(event.content)) : event
    if (!seen) return []
    const succeeded = (event.committed && (write || !(event.is_error || event.unseen))) || late.has(event.index)
    if (!succeeded && !(refused && wasRefused(event))) return []
    return [{ event: event.index, turn: seen.turn, write, tool, args, result: event.result ?? (event.unseen && !late.has(event.index) ? null : jsonOrText(late.get(event.index)?.content ?? event.content)) }]
  })
}

/** Several checks ask one look at an episode for the same calls. */
const known = new WeakMap<readonly Event[], Map<string, readonly AgentCall[]>>()

/** The same, worked out once for each look at an episode. */
export function callsOf({ events }: EpisodeView, world: CompiledWorld, refused = false): readonly AgentCall[] {
  let all = known.get(events)
  if (!all) known.set(events, (all = new Map()))
  const which = refused ? 'refused too' : 'succeeded'
  let calls = all.get(which)
  if (!calls) all.set(which, (calls = agentCalls(events, world, refused)))
  return calls
}

const NOBODY: ReadonlyMap<string | undefined, CallEvent> = new Map()

/** The job that an answer is about. */
function jobIn(content: string): string | undefined {
  return /"job_id":"(\w+)"/.exec(content)?.[1]
}

/** Calls in which the agent was told that a job is done, the first of each job. */
function toldJobs(events: readonly Event[], world: CompiledWorld): ReadonlyMap<string | undefined, CallEvent> {
  const told = new Map<string | undefined, CallEvent>()
  for (const event of events) {
    if (event.type !== 'call' || event.is_error || world.tools.has(meantBy(event).tool) || !event.content.includes('"status":"done"')) continue
    const job = jobIn(event.content)
    if (job !== undefined && !told.has(job)) told.set(job, event)
  }
  return told
}

/** The tool of the world that a call was about and its arguments, however they were shown. */
export function meantBy({ tool, arguments: args, meant }: CallEvent): { readonly tool: string; readonly arguments: unknown } {
  return meant ? { tool: meant.tool, arguments: meant.arguments } : { tool, arguments: args }
}

/** The first write that was answered with an error and did nothing, unless its tool is one whose refusals are `wanted`. */
export function refusedWrite({ events, base: { world } }: Pick<EpisodeView, 'events' | 'base'>, wanted: ReadonlySet<string>): CallEvent | undefined {
  const late = lateCommits(events)
  return events.find((event): event is CallEvent => {
    if (event.type !== 'call' || event.frame === USER_FRAME || event.inner || !event.is_error || event.committed || late.has(event.index)) return false
    const { tool } = meantBy(event)
    return world.tools.get(tool)?.spec.effect === 'write' && !wanted.has(tool)
  })
}

/** Tools that the proof of a task calls, in its order. */
export function witnessTools({ template }: TaskInstance): string[] {
  return template.witness.steps.flatMap((step) => (step.kind === 'call' ? [step.call] : []))
}

const NONE: ReadonlyMap<number, EffectEvent> = new Map()

/** Calls of the agent that took effect after they were answered, by event; a request delivered once more is not the agent's. */
export function lateCommits(events: readonly Event[]): ReadonlyMap<number, EffectEvent> {
  let late: Map<number, EffectEvent> | undefined
  for (const event of events) if (event.type === 'effect' && event.cause === 'agent' && event.committed) (late ??= new Map()).set(event.call, event)
  return late ?? NONE
}

/**
 * Whether what a read told can have been used: some later turn acts. A read in the turn that ends, or beside a write
 * after which nothing but a plain ending comes, was asked for and not waited for.
 */
export function usableReads(view: EpisodeView, world: CompiledWorld): (call: AgentCall) => boolean {
  const { events, answer, declined } = view
  const calls = callsOf(view, world, true)
  const lastTurn = events.findLast((event) => event.type === 'turn')?.index ?? 0
  const writes = new Set(calls.filter(({ write }) => write).map(({ turn }) => turn))
  const tells = answer !== undefined || declined
  const acts = [...writes, ...agentWords(events).map(({ event }) => event), ...(tells ? [lastTurn] : [])]
  const latestAct = Math.max(-1, ...acts)
  return ({ write, turn }) => write || turn < latestAct || (turn < lastTurn && !writes.has(turn))
}

/** The call by which the agent said that it cannot be done. */
export function declineOf(events: readonly Event[]): CallEvent | undefined {
  return events.findLast((event): event is CallEvent => event.type === 'call' && event.frame !== USER_FRAME && event.tool === 'report_unable' && !event.is_error)
}
