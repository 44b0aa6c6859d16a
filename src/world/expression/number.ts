import { CallLimit, SpecFault } from '../fault.ts'

/** @throws CallLimit when an integer leaves the exact range */
export function safe(n: number): number {
  if (!Number.isSafeInteger(n)) throw new CallLimit('a number leaves the range of exact integers')
  return n === 0 ? 0 : n
}

/** @throws SpecFault for null where a number is needed */
export function number(value: unknown): number {
  if (typeof value !== 'number') throw new SpecFault(`${JSON.stringify(value) ?? 'nothing'} where a number is needed`)
  return value
}

/** Rounds n / unit to an integer; ties away from zero, or to even. */
export function divideRounding(n: number, unit: number, toEven: boolean): number {
  const quotient = Math.floor(Math.abs(n) / unit)
  const rest = Math.abs(n) - quotient * unit
  const up = rest * 2 > unit || (rest * 2 === unit && (!toEven || quotient % 2 === 1))
  const magnitude = quotient + (up ? 1 : 0)
  return n < 0 && magnitude !== 0 ? -magnitude : magnitude
}
