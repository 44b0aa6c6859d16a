/** Figures as people read them: times, shares. */

const SECOND = 1000
const MINUTE = 60_000
const HOUR = 3_600_000

/** At most so many decimals, without the zeros at the end. */
function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)))
}

/** Milliseconds in the unit that fits, to three digits: `180 ms`, `2.4 s`, `12 min`. */
export function writeTime(ms: number): string {
  if (ms < SECOND - 0.5) return `${ms < 10 ? trimmed(ms, 1) : Math.round(ms)} ms`
  if (ms < MINUTE) return `${trimmed(ms / SECOND, ms < 10 * SECOND ? 2 : 1)} s`
  if (ms < HOUR) return `${trimmed(ms / MINUTE, ms < 10 * MINUTE ? 2 : 1)} min`
  return `${trimmed(ms / HOUR, 2)} h`
}

/** A share of 1 in per cent: `12.5%`, `<0.1%`. */
export function writeShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '<0.1%'
  return `${trimmed(percent, percent < 10 ? 1 : 0)}%`
}

export function meanOf(values: readonly number[]): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0
}

/** `1 row`, `3 rows`. */
export function writeCount(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
