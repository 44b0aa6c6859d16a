/** Whether a calibrated profile is like calls that it was not fitted to. */
import { below, keyOf } from '../core/keyed.ts'
import { percentile } from '../statistics/percentile.ts'
import { wilson } from '../statistics/wilson.ts'
import { type Calibration, type CalibrationOptions, calibrate, isAnswered } from './calibrate.ts'
import { COMPARED } from './fit-latency.ts'
import { type Played, playProfile } from './play-profile.ts'
import type { RecordedCall } from './recorded-call.ts'

/**
 * How far simulated percentiles may be from those of held-out calls: a share of them, or milliseconds where that is
 * more. The clock counts whole milliseconds, so one is allowed everywhere; the further out a percentile lies, the less
 * a policy meets it, and the more of it is luck.
 */
export const TOLERANCE = {
  0.5: { share: 0.15, ms: 1 }, 0.9: { share: 0.15, ms: 1 }, 0.95: { share: 0.2, ms: 1 }, 0.99: { share: 0.35, ms: 2 },
} as const satisfies Record<(typeof COMPARED)[number], { share: number; ms: number }>
/**
 * A percentile is judged where both the fitted and the held-out calls know it: where half its 95% interval (of order
 * statistics) is no more than this part of the tolerance in each. Where they do not, a difference would say nothing of
 * the fit.
 */
const KNOWN = 0.75
/** Held-out calls with which the rate of faults is judged. */
const LEAST_HELD = 100
/** One call in so many is held out. */
const HELD = 3
/** Simulated calls of each tool. */
const DRAWS = 5000
/** Of them, so many are taken for each held-out call where tools are looked at together. */
const STEPS = 3
/** Names the row of all tools together, which more calls know. */
export const ALL = 'all tools'

export type PercentileCheck = { readonly share: (typeof COMPARED)[number]; readonly held: number; readonly played: number; /** Undefined where too few calls were held out. */ readonly ok: boolean | undefined }
export type RateCheck = { readonly held: number; readonly played: number; readonly ok: boolean | undefined }
export type HeldOutRow = { readonly tool: string; readonly fitted: number; readonly held: number; readonly percentiles: readonly PercentileCheck[]; readonly faults: RateCheck }

export type HeldOut = { readonly calibration: Calibration; readonly rows: readonly HeldOutRow[]; /** Whether nothing that was judged is out of tolerance. */ readonly ok: boolean; /** How many percentiles and rates were judged. */ readonly judged: number }

/** Splits calls by a key of their place: the same recordings are always split alike. */
export function splitCalls(calls: readonly RecordedCall[]): { readonly fit: RecordedCall[]; readonly held: RecordedCall[] } {
  const isHeld = ({ n }: RecordedCall): boolean => below(keyOf(['held-out', n]), HELD) === 0
  return { fit: calls.filter((call) => !isHeld(call)), held: calls.filter(isHeld) }
}

/** Fits a profile to a part of the calls and compares it, played, with the others. @throws RangeError where no call was answered */
export function holdOut(calls: readonly RecordedCall[], options: CalibrationOptions): HeldOut {
  const { fit, held } = splitCalls(calls)
  const answered = calls.filter(isAnswered).length
  if (answered && !fit.some(isAnswered)) throw new RangeError(`${answered} answered call${answered === 1 ? ' is' : 's are'} too few: a third is held out, and nothing is left to fit; record more`)
  const calibration = calibrate(fit, { ...options, tools: calls.map(({ tool }) => tool) })
  // Which errors come and go is told from all calls: it is no quantity that is fitted.
  const transient = new Set(calibrate(calls, options).errors.filter(({ nature }) => nature === 'transient').flatMap((cluster) => [...cluster.calls]))
  const isDisturbed = (call: RecordedCall): boolean => call.failure !== undefined || transient.has(call.n)
  // A profile by effect says nothing of single tools.
  const unitOf = ({ tool, effect }: RecordedCall): string => (options.by === 'effect' ? `${effect}s` : tool)
  const tools = [...new Map(calls.map((call) => [unitOf(call), { tool: unitOf(call), effect: call.effect }])).values()].sort((a, b) => (a.tool < b.tool ? -1 : 1))
  const played = playProfile(calibration.profile, tools, DRAWS)
  const rows = tools.map(({ tool }) => rowOf(tool, fit.filter((call) => unitOf(call) === tool), held.filter((call) => unitOf(call) === tool), played.get(tool)!, isDisturbed))
  if (rows.length > 1) rows.push(rowOf(ALL, fit, held, together(rows, played), isDisturbed))
  const verdicts = rows.flatMap(({ percentiles, faults }) => [...percentiles.map(({ ok }) => ok), faults.ok]).filter((ok) => ok !== undefined)
  return { calibration, rows, ok: verdicts.every(Boolean), judged: verdicts.length }
}

function rowOf(tool: string, fit: readonly RecordedCall[], held: readonly RecordedCall[], played: Played, isDisturbed: (call: RecordedCall) => boolean): HeldOutRow {
  const ms = timesOf(held)
  const struck = held.filter(isDisturbed).length
  const rate = played.disturbed / played.calls
  return {
    tool, fitted: fit.length, held: held.length,
    percentiles: COMPARED.map((share) => checkPercentile(share, timesOf(fit), ms, played.ms)),
    faults: { held: struck / Math.max(1, held.length), played: rate, ok: held.length < LEAST_HELD ? undefined : isNear(rate, struck, held.length, fit.length) },
  }
}

/** Played calls of all tools, each as often as it was held out: the calls of a tool in even steps from its fastest to its slowest. */
function together(rows: readonly HeldOutRow[], played: ReadonlyMap<string, Played>): Played {
  const ms = rows.flatMap(({ tool, held }) => {
    const own = played.get(tool)!.ms
    return Array.from({ length: own.length ? held * STEPS : 0 }, (_, i) => own[Math.floor(((i + 0.5) * own.length) / (held * STEPS))]!)
  })
  const calls = rows.reduce((sum, { held }) => sum + held, 0)
  return { ms: ms.sort((a, b) => a - b), calls, disturbed: rows.reduce((sum, { held, faults }) => sum + held * faults.played, 0) }
}

/** Of calls that were answered, ascending. */
function timesOf(calls: readonly RecordedCall[]): number[] {
  return calls.filter(isAnswered).map(({ ms }) => ms).sort((a, b) => a - b)
}

function checkPercentile(share: (typeof COMPARED)[number], fitted: readonly number[], held: readonly number[], played: readonly number[]): PercentileCheck {
  const [real, simulated] = [percentile(held, share), percentile(played, share)]
  const { share: part, ms } = TOLERANCE[share]
  const allowed = Math.max(ms, part * real)
  const isKnown = [fitted, held].every((part) => uncertainty(part, share) <= KNOWN * allowed)
  return { share, held: real, played: simulated, ok: isKnown ? Math.abs(simulated - real) <= allowed : undefined }
}

/** Half of the 95% interval of a percentile, by order statistics; infinite where there are too few. */
function uncertainty(ascending: readonly number[], share: number): number {
  const n = ascending.length
  const spread = 1.96 * Math.sqrt(n * share * (1 - share))
  const [low, high] = [Math.floor(n * share - spread), Math.ceil(n * share + spread)]
  return low < 0 || high >= n ? Infinity : (ascending[high]! - ascending[low]!) / 2
}

/** Both the fitted rate and the held-out one are drawn: their 95% intervals (Wilson) have to meet. */
function isNear(rate: number, struck: number, held: number, fitted: number): boolean {
  const [low, high] = wilson(struck, held)
  const [least, most] = wilson(Math.round(rate * fitted), fitted)
  return most >= low && least <= high
}
