/** Axes of milliseconds: where a value stands, and round values to label. */
import { log, pow } from '../core/portable-math.ts'

export type Axis = {
  readonly isLog: boolean
  readonly from: number
  readonly to: number
  /** Where a value stands, from 0 to 1; outside values stand at the ends. */
  place(ms: number): number
  readonly ticks: readonly { readonly ms: number; readonly label: string }[]
}

const LN10 = log(10)
const STEPS = [1, 2, 5] as const
const SECOND = 1000
const MINUTE = 60_000
const HOUR = 3_600_000
/** Round steps of a linear axis, in milliseconds. */
const LINEAR_STEPS = [...[1, 10, 100].flatMap((unit) => STEPS.map((step) => step * unit)), ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND), ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE), ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((n) => n * HOUR)]
/** A log axis is worth it where the largest value is so many times the smallest. */
const LOG_RATIO = 12

const clamp = (share: number): number => Math.min(1, Math.max(0, share))

/** 1, 2 or 5 times a power of ten: the last one not above a value, and the first not below it. */
function roundAround(value: number): readonly [number, number] {
  const exponent = Math.floor(log(value) / LN10 + 1e-9)
  const candidates = [exponent - 1, exponent, exponent + 1].flatMap((power) => STEPS.map((step) => step * pow(10, power)))
  return [candidates.findLast((one) => one <= value * (1 + 1e-9))!, candidates.find((one) => one >= value * (1 - 1e-9))!]
}

/** A tick of a log axis: milliseconds below a second, else seconds. */
function logLabel(ms: number): string {
  return ms < SECOND ? `${Number(ms.toFixed(3))} ms` : `${ms / SECOND} s`
}

function linearLabel(ms: number, step: number): string {
  if (step >= HOUR) return `${ms / HOUR} h`
  if (step >= MINUTE) return `${ms / MINUTE} min`
  return step >= 100 ? `${Number((ms / SECOND).toFixed(1))} s` : `${ms} ms`
}

function logAxis(least: number, most: number, mostTicks: number): Axis {
  const [from] = roundAround(least)
  const [, to] = roundAround(most)
  const [low, span] = [log(from), log(to / from)]
  const place = (ms: number): number => clamp((log(Math.max(ms, from)) - low) / span)
  const steps = (span / LN10) * STEPS.length <= mostTicks ? STEPS : ([1] as const)
  const ticks: { ms: number; label: string }[] = []
  for (let power = Math.floor(low / LN10 + 1e-9); power <= log(to) / LN10 + 1e-9; power++) {
    for (const step of steps) {
      const ms = step * pow(10, power)
      if (ms >= from * (1 - 1e-9) && ms <= to * (1 + 1e-9)) ticks.push({ ms, label: logLabel(ms) })
    }
  }
  return { isLog: true, from, to, place, ticks }
}

/** A linear axis from 0 with at most so many ticks. */
export function linearAxis(most: number, mostTicks = 8): Axis {
  const top = Math.max(1, most)
  const step = LINEAR_STEPS.find((one) => top / one <= mostTicks) ?? LINEAR_STEPS.at(-1)!
  const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, n) => ({ ms: n * step, label: linearLabel(n * step, step) }))
  return { isLog: false, from: 0, to: top, place: (ms) => clamp(ms / top), ticks }
}

/** An axis for values that may span decades: then it is a log axis; what is below a millisecond counts as one. */
export function spreadAxis(least: number, most: number, mostTicks = 8): Axis {
  const low = Math.max(1, least)
  return most / low >= LOG_RATIO ? logAxis(low, most, mostTicks) : linearAxis(most, mostTicks)
}

/** How many of some values fall into each of n equal parts of an axis. */
export function histogram(values: readonly number[], axis: Axis, n: number): number[] {
  const counts = new Array<number>(n).fill(0)
  for (const value of values) counts[Math.min(n - 1, Math.floor(axis.place(value) * n))]!++
  return counts
}
