/** Units of the meter, and other counts, that may be unknown: Infinity comes with what would have to be declared. */
import { joinWhy, times, type Unknown } from './size.ts'

export type Units = { readonly n: number; readonly why?: readonly Unknown[] }

export const NONE: Units = { n: 0 }

/** A count; the reasons are kept where it is infinite. */
export function unitsOf(n: number, why?: readonly Unknown[]): Units {
  return n === Infinity ? { n, why: why ?? [] } : { n }
}

export function sum(...all: readonly Units[]): Units {
  let n = 0
  let why: readonly Unknown[] | undefined
  for (const each of all) {
    n += each.n
    why = joinWhy(why, each.why)
  }
  return unitsOf(n, why)
}

/** The greater of alternatives; all that is unknown about any of them. */
export function greatest(...all: readonly Units[]): Units {
  return unitsOf(Math.max(0, ...all.map(({ n }) => n)), all.reduce<readonly Unknown[] | undefined>((why, each) => joinWhy(why, each.why), undefined))
}

export function product(a: Units, b: Units): Units {
  return unitsOf(times(a.n, b.n), joinWhy(a.why, b.why))
}
