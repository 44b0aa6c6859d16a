/** An axis of virtual time on which long stretches without any event are cut short, so that short calls beside hours of waiting can be seen. */

/** Ends of what is drawn, in virtual milliseconds. */
export type Stretch = { readonly at: number; readonly until: number }

export type ClockAxis = {
  /** Where a time stands, from 0 to 1. */
  place(ms: number): number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
  /** Milliseconds from tick to tick. */
  readonly step: number
  /** Stretches that were cut, where they are drawn. */
  readonly cuts: readonly { readonly from: number; readonly to: number; readonly ms: number }[]
}

/** A stretch is cut where it is longer than so many times the sum of all that are shorter: where it would take most of the axis. */
const TOO_LONG = 4
/** Of the axis, what a cut stretch takes. */
const CUT = 0.06
const SECOND = 1000
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400].map((s) => s * SECOND)] as const
const MOST_TICKS = 9
/** Least distance between ticks with labels, as a share of the axis. */
const LEAST_GAP = 0.085

const two = (n: number): string => String(n).padStart(2, '0')

/** `0:05`, `1:02:05`, with as many decimals as the step needs. */
export function writeClock(ms: number, step = SECOND): string {
  const decimals = step % SECOND === 0 ? 0 : step % 100 === 0 ? 1 : step % 10 === 0 ? 2 : 3
  const whole = Math.floor(ms / SECOND)
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const fraction = decimals ? `.${String(Math.floor(ms % SECOND)).padStart(3, '0').slice(0, decimals)}` : ''
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)}${fraction}`
}

/** From which length on stretches are cut; Infinity where none stands out. */
function limitOf(lengths: readonly number[]): number {
  const sorted = lengths.toSorted((a, b) => a - b)
  let sum = 0
  for (const [i, length] of sorted.entries()) {
    // The shorter half is what there is to see, however short some of it may be.
    if (i >= sorted.length / 2 && length > TOO_LONG * sum) return length
    sum += length
  }
  return Infinity
}

/** The axis of an episode that ends at a time. */
export function clockAxis(stretches: readonly Stretch[], ends: number): ClockAxis {
  const bounds = [...new Set([0, ends, ...stretches.flatMap(({ at, until }) => [at, until])])].sort((a, b) => a - b)
  const parts = bounds.slice(1).map((to, i) => ({ from: bounds[i]!, to, ms: to - bounds[i]! }))
  const limit = limitOf(parts.map(({ ms }) => ms))
  const cutCount = parts.filter(({ ms }) => ms >= limit).length
  const cut = Math.min(CUT, 0.5 / Math.max(1, cutCount))
  const kept = parts.reduce((sum, { ms }) => sum + (ms >= limit ? 0 : ms), 0)
  const scale = (1 - cut * cutCount) / Math.max(1, kept)
  let x = 0
  const drawn = parts.map(({ from, to, ms }) => {
    const isCut = ms >= limit
    const start = x
    x += isCut ? cut : ms * scale
    return { from, to, ms, isCut, start, end: x }
  })
  const place = (ms: number): number => {
    const part = drawn.find(({ to }) => ms <= to) ?? drawn.at(-1)
    return part ? part.start + ((Math.min(ms, part.to) - part.from) / part.ms) * (part.end - part.start) : 0
  }
  const step = STEPS.find((one) => kept / one <= MOST_TICKS) ?? STEPS.at(-1)!
  const round = drawn.filter(({ isCut }) => !isCut).flatMap(({ from, to }) => Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, i) => (Math.ceil(from / step) + i) * step))
  let free = -Infinity
  const ticks = [...new Set([0, ...round])].sort((a, b) => a - b).flatMap((ms) => {
    const at = place(ms)
    if (at < free) return []
    free = at + LEAST_GAP
    return [{ at, label: writeClock(ms, step) }]
  })
  return { place, ticks, step, cuts: drawn.filter(({ isCut }) => isCut).map(({ start, end, ms }) => ({ from: start, to: end, ms })) }
}
