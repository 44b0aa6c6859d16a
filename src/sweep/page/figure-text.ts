/** Figures as the page writes them; shares in per cent, differences of shares in points. */
import type { Estimate } from '../../../protocol/sweep-report.ts'

/** What stands where there is no figure. */
export const NOTHING = '–'

const MINUS = '−'
/** Below it, a corrected p-value counts as a difference. */
export const SIGNIFICANT = 0.05

function signed(text: string): string {
  return text.replace('-', MINUS)
}

/** `5,000`. */
export function writeWhole(n: number): string {
  return signed(String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ','))
}

/** `1 task`, `5,000 tasks`. */
export function countOf(n: number, what: string, many = `${what}s`): string {
  return `${writeWhole(n)} ${n === 1 ? what : many}`
}

/** A mean of counts: `8.5`, `1,250`. */
export function writeMean(value: number): string {
  return Math.abs(value) >= 1000 ? writeWhole(Math.round(value)) : signed(value.toFixed(Math.abs(value) < 10 ? 2 : 1))
}

/** `84.1%`. */
export function percent(share: number): string {
  return `${signed((share * 100).toFixed(1))}%`
}

/** `84`, for narrow cells. */
export function shortPercent(share: number): string {
  return (share * 100).toFixed(0)
}

/** `+6.8` points. */
export function points(difference: number): string {
  const text = (difference * 100).toFixed(1)
  return Number(text) === 0 ? '0.0' : difference > 0 ? `+${text}` : signed(text)
}

/** A p-value as people write it, as HTML. */
export function writeP(p: number): string {
  return p < 0.001 ? '&lt;0.001' : p.toFixed(3)
}

/** `p = 0.020`, `p < 0.001`, as HTML. */
export function sayP(p: number): string {
  return p < 0.001 ? 'p &lt; 0.001' : `p = ${p.toFixed(3)}`
}

/** Whether there is an interval to speak of. */
export function hasInterval({ method }: Estimate): boolean {
  return method !== 'none'
}

/** A mean over its interval, each in its own line of a cell. */
export function estimateCell(estimate: Estimate | null | undefined, write: (value: number) => string): string {
  if (!estimate || estimate.n === 0) return NOTHING
  const { mean, low, high } = estimate
  return `${write(mean)}<br><span class="interval">${hasInterval(estimate) ? `${write(low)} to ${write(high)}` : 'no interval'}</span>`
}

/** A share with its interval, in one line. */
export function sayShare(estimate: Estimate): string {
  return hasInterval(estimate) ? `${percent(estimate.mean)} (95% interval ${percent(estimate.low)} to ${percent(estimate.high)})` : `${percent(estimate.mean)} (too few tasks for an interval)`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** A text of at most so many characters that keeps its beginning and, by a share, its end: names differ at either. */
export function clipped(text: string, most: number, share = 0.45): string {
  if (text.length <= most) return text
  const end = Math.floor((most - 1) * share)
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`.toWellFormed()
}
