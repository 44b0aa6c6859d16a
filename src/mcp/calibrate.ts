/** Recordings as a dynamics profile: how long calls take and how they fail, so that a simulated tool behaves like the recorded one. */
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { rankOf } from '../dynamics/kind-table.ts'
import { percentile } from '../statistics/percentile.ts'
import { wilson } from '../statistics/wilson.ts'
import { ANSWER_LIMITS } from './answer-of.ts'
import { clusterErrors, type ErrorCluster } from './error-cluster.ts'
import { fitLatency, type LatencyFit } from './fit-latency.ts'
import type { RecordedCall } from './recorded-call.ts'

/** Tools with fewer calls are fitted together. */
export const LEAST_CALLS = 30
/** Tools beyond so many are fitted together too: a profile has its bounds. */
const MOST_TOOLS = 60

export type CalibrationOptions = {
  readonly name: string
  readonly description?: string
  /** By `effect`, a profile speaks of reads and writes, and so fits any world. */
  readonly by?: 'tool' | 'effect'
  /** Tools that the profile is to speak of although none of their calls is among those that it is fitted to. */
  readonly tools?: readonly string[]
}

/** Calls that share a latency: a tool, tools with few calls, or all of an effect. */
export type LatencyGroup = { readonly id: string; readonly tools: readonly string[]; readonly calls: number; readonly fit: LatencyFit; readonly bytes: { readonly p50: number; readonly p99: number } }

export type Calibration = { readonly profile: Dynamics; readonly groups: readonly LatencyGroup[]; readonly errors: readonly ErrorCluster[]; readonly remarks: readonly string[] }

/** A way in which calls go wrong. */
type Disturbance = { readonly id: string; readonly calls: ReadonlySet<number>; entry(hit: readonly RecordedCall[]): Omit<DynamicsEntry, 'id' | 'match' | 'when'> }

/** Whether the answer of a call came, so that its time says how long answers take. */
export function isAnswered({ failure }: RecordedCall): boolean {
  return failure === undefined || failure === 'protocol'
}

/** Fits a profile. Errors that belong to what a tool means are left to the tool, and reported. @throws RangeError without any answered call */
export function calibrate(calls: readonly RecordedCall[], { name, description, by = 'tool', tools: others = [] }: CalibrationOptions): Calibration {
  if (!calls.some(isAnswered)) throw new RangeError('no call of these recordings was answered')
  const errors = clusterErrors(calls)
  const groups = latencyGroups(calls, by, others)
  const latencies = groups.map(({ id, tools, fit }) => ({ id, ...latencyEntry(fit), match: by === 'effect' ? { effect: id === 'reads' ? 'read' : 'write' } : { tools } }) as unknown as DynamicsEntry)
  const remarks: string[] = []
  const faults = faultEntries(calls, disturbancesOf(calls, errors, remarks), by)
  const cut = calls.filter(({ isCut }) => isCut)
  const truncation = cut.length ? [{ id: 'cut', kind: 'response.truncated', ...(by === 'tool' && { match: { tools: toolsOf(cut) } }), bytes: ANSWER_LIMITS.characters } as unknown as DynamicsEntry] : []
  for (const nature of ['meant', 'unclear'] as const) {
    const left = errors.filter((cluster) => cluster.nature === nature).reduce((sum, cluster) => sum + cluster.calls.size, 0)
    if (left) remarks.push(`${left} errors ${nature === 'meant' ? 'are what the tools themselves say of a request' : 'could be either'}: they are no part of the profile`)
  }
  const profile = { kind: 'Dynamics', name, ...(description !== undefined && { description }), extends: [], entries: [...latencies, ...faults, ...truncation] } as Dynamics
  return { profile, groups, errors, remarks }
}

function toolsOf(calls: readonly RecordedCall[]): string[] {
  return [...new Set(calls.map(({ tool }) => tool))].sort()
}

function latencyGroups(calls: readonly RecordedCall[], by: 'tool' | 'effect', others: readonly string[]): LatencyGroup[] {
  const answered = calls.filter(isAnswered)
  const parts = new Map<string, RecordedCall[]>()
  for (const call of answered) {
    const id = by === 'effect' ? `${call.effect}s` : call.tool
    const part = parts.get(id)
    if (part) part.push(call)
    else parts.set(id, [call])
  }
  const sorted = [...parts].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  const alone = by === 'effect' ? sorted : sorted.slice(0, MOST_TOOLS).filter(([, part]) => part.length >= LEAST_CALLS)
  const known = new Set(alone.map(([id]) => id))
  const few = by === 'effect' ? [] : calls.filter(({ tool }) => !known.has(tool))
  const named = by === 'effect' ? [] : [...new Set([...toolsOf(few), ...others.filter((tool) => !known.has(tool))])].sort()
  const pooled = few.filter(isAnswered)
  return [
    ...alone.map(([id, part]) => groupOf(by === 'effect' ? id : `latency-${id}`, toolsOf(part), part)),
    // What is too little together is fitted to all calls.
    ...(named.length ? [groupOf('latency-others', named, pooled.length >= LEAST_CALLS ? pooled : answered)] : []),
  ]
}

function groupOf(id: string, tools: readonly string[], calls: readonly RecordedCall[]): LatencyGroup {
  const bytes = calls.map((call) => call.bytes).sort((a, b) => a - b)
  return { id, tools, calls: calls.length, fit: fitLatency(calls.map(({ ms }) => ms)), bytes: { p50: Math.round(percentile(bytes, 0.5)), p99: Math.round(percentile(bytes, 0.99)) } }
}

function latencyEntry({ family, distribution }: LatencyFit): Pick<DynamicsEntry, 'kind'> {
  return { kind: `latency.${family}`, ...distribution } as Pick<DynamicsEntry, 'kind'>
}

/** What the language has for each way in which answers did not come, and for errors that come and go. */
function disturbancesOf(calls: readonly RecordedCall[], errors: readonly ErrorCluster[], remarks: string[]): Disturbance[] {
  const failed = (failure: string, effect?: string): ReadonlySet<number> => new Set(calls.filter((call) => call.failure === failure && (effect === undefined || call.effect === effect)).map(({ n }) => n))
  const deadline = (hit: readonly RecordedCall[]): number => Math.max(1, Math.round(percentile(hit.map(({ ms }) => ms).sort((a, b) => a - b), 0.5)))
  const statuses = [...new Set(errors.filter(({ nature }) => nature === 'transient').map(({ status }) => status))].sort((a, b) => a - b)
  const all: Disturbance[] = [
    { id: 'timeout', calls: failed('timeout', 'read'), entry: (hit) => ({ kind: 'timeout.pre_commit', deadline_ms: deadline(hit) }) },
    { id: 'lost', calls: failed('timeout', 'write'), entry: (hit) => ({ kind: 'timeout.post_commit', deadline_ms: deadline(hit), committed: committedShare(hit, remarks) }) },
    { id: 'closed', calls: failed('closed'), entry: () => ({ kind: 'connection.reset', phase: 'pre_commit' }) },
    { id: 'too-large', calls: failed('too_large'), entry: () => ({ kind: 'connection.reset', phase: 'post_commit' }) },
    { id: 'protocol', calls: failed('protocol'), entry: () => ({ kind: 'error.abort', status: -32603, surface: 'protocol_error', messages: ['Internal error'] }) },
    ...statuses.map((status): Disturbance => {
      const clusters = errors.filter((cluster) => cluster.nature === 'transient' && cluster.status === status)
      return {
        id: `busy-${status}`, calls: new Set(clusters.flatMap((cluster) => [...cluster.calls])),
        entry: () => ({ kind: 'error.abort', status, surface: 'tool_error', messages: [...new Set(clusters.map(({ example }) => example.trim() || 'Error'))].slice(0, 10), ...(status === 429 && { recovery: ['wait', 'retry'] }) } as unknown as ReturnType<Disturbance['entry']>),
      }
    }),
  ] as Disturbance[]
  return all.filter((one) => one.calls.size > 0)
}

/** Of lost writes, how many happened, where the recording knows states by rows. */
function committedShare(hit: readonly RecordedCall[], remarks: string[]): number {
  const known = hit.filter(({ happened }) => happened !== undefined)
  if (known.length) return Math.round((known.filter(({ happened }) => happened).length / known.length) * 100) / 100
  remarks.push('whether writes whose answer was lost had happened is not in the recordings: the profile says that half of them had')
  return 0.5
}

/**
 * An entry for all tools that are alike, and one for each whose rate is clearly another one. An entry that stands later
 * on the way of a call only meets calls that got past those before it, so its probability is that of what was left.
 */
function faultEntries(calls: readonly RecordedCall[], disturbances: readonly Disturbance[], by: 'tool' | 'effect'): DynamicsEntry[] {
  const ranked = disturbances.map((one) => ({ one, base: one.entry(calls.filter(({ n }) => one.calls.has(n))) })).sort((a, b) => rankOf(a.base as DynamicsEntry) - rankOf(b.base as DynamicsEntry))
  const before = new Set<number>()
  const entries: DynamicsEntry[] = []
  for (const { one, base } of ranked) {
    const concerned = base.kind === 'timeout.pre_commit' ? calls.filter(({ effect }) => effect === 'read') : base.kind === 'timeout.post_commit' ? calls.filter(({ effect }) => effect === 'write') : calls
    const left = concerned.filter(({ n }) => !before.has(n))
    for (const tools of by === 'effect' ? [undefined] : groupsOf(left, one.calls)) {
      const part = tools ? left.filter(({ tool }) => tools.includes(tool)) : left
      const hit = part.filter(({ n }) => one.calls.has(n)).length
      if (!hit) continue
      const match = tools ? { tools } : concerned === calls ? {} : { effect: base.kind === 'timeout.pre_commit' ? 'read' : 'write' }
      entries.push({ id: tools?.length === 1 && entries.some(({ id }) => id === one.id) ? `${one.id}-${tools[0]!}` : one.id, ...base, ...(Object.keys(match).length && { match }), when: { probability: Math.round((hit / part.length) * 100_000) / 100_000 } } as unknown as DynamicsEntry)
    }
    for (const n of one.calls) before.add(n)
  }
  return entries
}

/** Tools that may share a rate, first; then each that may not. */
function groupsOf(calls: readonly RecordedCall[], hit: ReadonlySet<number>): string[][] {
  const of = (tools: readonly string[]): RecordedCall[] => calls.filter(({ tool }) => tools.includes(tool))
  const rate = (part: readonly RecordedCall[]): number => part.filter(({ n }) => hit.has(n)).length / Math.max(1, part.length)
  const tools = toolsOf(calls)
  const common = rate(calls)
  const others = tools.filter((tool) => {
    const part = of([tool])
    const [low, high] = wilson(part.filter(({ n }) => hit.has(n)).length, part.length)
    return part.length >= LEAST_CALLS && (common < low || common > high)
  })
  const alike = tools.filter((tool) => !others.includes(tool))
  return [...(alike.length ? [alike] : []), ...others.map((tool) => [tool])]
}
