/** Kinds in which a call fails and nothing has happened: errors, in bursts or not, and outages. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import { formatTime } from '../../core/calendar.ts'
import { below, keyOf } from '../../core/keyed.ts'
import type { CompiledEntry, Kind, Odds } from '../compiled-entry.ts'
import type { Passage } from '../passage.ts'
import { isActive } from '../schedule.ts'
import { type Failure, failureContent, retryAfter, type StatedWait } from '../surface.ts'

/** Only an error with a body can say how long to wait. */
function fail(call: Passage, entry: CompiledEntry, spec: Failure & { readonly messages: readonly string[] }, { stated, ms }: StatedWait = SAYS_NOTHING): void {
  call.refuse(entry, failureContent(spec, spec.messages[below(call.keyOf(entry), spec.messages.length, 2)]!, stated), spec.surface === 'tool_error' ? ms : undefined)
}

const SAYS_NOTHING: StatedWait = { stated: {}, ms: undefined }

export const abort: Kind<EntryOf<'error.abort'>> = {
  drive: 'calls',
  recovery: ['retry'],
  compile: (spec, { self }) => ({ before: (call) => fail(call, self(), spec) }),
}

/** A channel with a good and a bad state; the chain goes on at every call, whoever answers it. */
export const gilbertElliott: Kind<EntryOf<'error.gilbert_elliott'>> = {
  drive: 'calls',
  recovery: ['retry'],
  compile: (spec, { self, site }) => {
    // Otherwise a lower intensity could be in the bad state while a higher one is not.
    if (spec.p + spec.r > 1) site.at('r').complain('value', 'p + r is more than 1', { expected: 'at most 1' })
    if (spec.good > spec.bad) site.at('good').complain('value', 'the good state has more errors than the bad one', { expected: `at most bad (${spec.bad})` })
    return {
      tick(call) {
        const memo = call.memoOf(self())
        const wasBad = call.state.memos.has(memo)
        const isBad = call.chance(self(), wasBad ? 1 - spec.r : spec.p * call.site.intensity, 3)
        if (isBad) call.state.memos.set(memo, true)
        else call.state.memos.delete(memo)
      },
      before(call) {
        const rate = call.state.memos.has(call.memoOf(self())) ? spec.bad : spec.good
        if (call.chance(self(), rate * call.site.intensity, 4)) fail(call, self(), spec)
      },
    }
  },
}

type Start = number | readonly [number, number]

/** The earliest and the latest beginning. */
function startsOf(start: Start): readonly [number, number] {
  return typeof start === 'number' ? [start, start] : [Math.min(...start), Math.max(...start)]
}

/** Whether an outage that comes once can be on at a time, whatever its draw. */
function canBe({ start_ms, duration_ms }: { readonly start_ms: Start; readonly duration_ms: number }, at: number): boolean {
  const [first, last] = startsOf(start_ms)
  return at >= first && at < last + duration_ms
}

/** When an outage begins: as stated, or somewhere between. */
function startOf({ id, start_ms }: { readonly id: string; readonly start_ms: Start }, luck: number, n: number): number {
  const [from, to] = startsOf(start_ms)
  return from + below(keyOf([luck, id, n]), to - from + 1, 5)
}

/** The outage that is on at a time. */
function outageAt(entry: CompiledEntry, spec: EntryOf<'outage.window'>, odds: Odds, at: number): { readonly from: number; readonly to: number } | undefined {
  const { every_ms, duration_ms } = spec
  if (every_ms === undefined && !canBe(spec, at)) return undefined
  // Of those that may have begun by now only the latest two can still be on: they do not overlap.
  const latest = every_ms === undefined ? 0 : Math.floor((at - startsOf(spec.start_ms)[0]) / every_ms)
  for (let n = latest; n >= Math.max(0, latest - 1); n--) {
    const from = n * (every_ms ?? 0) + startOf(spec, odds.luck, n)
    const to = from + Math.ceil(duration_ms * odds.intensity)
    if (at >= from && at < to && isActive(entry, odds, at, n)) return { from, to }
  }
  return undefined
}

export const outage: Kind<EntryOf<'outage.window'>> = {
  drive: 'time',
  recovery: ['wait'],
  compile: (spec, { self, site }) => {
    const [earliest, last] = startsOf(spec.start_ms)
    if (spec.every_ms !== undefined && spec.every_ms < spec.duration_ms + last - earliest) site.at('every_ms').complain('value', 'one outage would begin before the one before it is over', { expected: `at least ${spec.duration_ms + last - earliest}` })
    return {
      before(call) {
        const found = outageAt(self(), spec, call.site, call.site.start)
        if (found) fail(call, self(), spec, retryAfter(spec.announced ? 'seconds' : 'absent', found.to - call.site.start, call.site.epoch + call.site.start))
      },
      notice(odds, epoch) {
        if (!spec.announced) return undefined
        const from = startOf(spec, odds.luck, 0)
        const found = outageAt(self(), spec, odds, from)
        return found && `Scheduled maintenance from ${formatTime(epoch + from)} to ${formatTime(epoch + found.to)}: requests may fail meanwhile.`
      },
    }
  },
}

/** How bad a brownout is at a time, from 0 to 1. */
function brownoutAt(spec: EntryOf<'outage.brownout'>, luck: number, at: number): number {
  const from = startOf(spec, luck, 0)
  const into = at - from
  if (into < 0 || into >= spec.duration_ms) return 0
  const ramp = Math.min(spec.ramp_ms, spec.duration_ms / 2)
  return ramp === 0 ? 1 : Math.min(1, into / ramp, (spec.duration_ms - into) / ramp)
}

export const brownout: Kind<EntryOf<'outage.brownout'>> = {
  drive: 'time',
  recovery: ['retry', 'wait'],
  compile: (spec, { self }) => ({
    before(call) {
      const { luck, intensity, start } = call.site
      if (!canBe(spec, start) || !isActive(self(), call.site, start)) return
      const level = brownoutAt(spec, luck, start) * intensity
      if (level <= 0) return
      call.scaleLatency(1 + (spec.latency_factor - 1) * level)
      if (call.chance(self(), spec.error_rate * level, 3)) fail(call, self(), spec)
    },
  }),
}
