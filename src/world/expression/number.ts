import { CallLimit, SpecFault } from '../fault.ts'

/** @throws CallLimit when an integer leaves the exact range */
export function safe(n: number): number {
  if (!Number.isSafeInteger(n)) throw new CallLimit('a number leaves the range of exact integers')
  return n === 0 ? 0 : n
}

/** @throws CallLimit when a double is infinite or none at all */
export function finite(n: number): number {
  if (!Number.isFinite(n)) throw new CallLimit('a number leaves the range of numbers')
  return n
}

/** @throws CallLimit for a division by zero */
export function quotient(a: number, b: number): number {
  if (b === 0) throw new CallLimit('division by zero')
  return finite(a / b)
}

/** The rest of a division that floors, with the sign of the divisor; exact for all safe integers. */
export function floorMod(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest + 0
}

/** The quotient that floors; exact for all safe integers. */
export function floorDiv(a: number, b: number): number {
  const rest = a % b
  // The part that divides evenly is no larger than a, so nothing is rounded.
  return (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0) + 0
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
