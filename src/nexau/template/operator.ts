/** Operators of templates, as Python has them. */
import { type Meter, TemplateFault } from './meter.ts'
import { compare, isSame, joined, print, typeName, type Value } from './value.ts'

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => ((a % b) + b) % b,
}

function isIn(item: Value, within: Value, meter: Meter): boolean {
  if (Array.isArray(within)) return within.some((one) => isSame(one, item, meter))
  if (typeof within === 'string') {
    meter.build(within.length)
    return typeof item === 'string' && within.includes(item)
  }
  return within instanceof Map && typeof item === 'string' && within.has(item)
}

/** A text or list so many times. */
function repeated(what: string | Value[], times: number, meter: Meter): Value {
  const count = Math.max(0, Math.trunc(times))
  meter.build(what.length * count)
  return typeof what === 'string' ? what.repeat(count) : Array.from({ length: count }, () => what).flat()
}

/** The value of `a operator b`. @throws TemplateFault where there is none */
export function operate(operator: string, a: Value, b: Value, meter: Meter): Value {
  switch (operator) {
    case '==': return isSame(a, b, meter)
    case '!=': return !isSame(a, b, meter)
    case '<': return compare(a, b, meter) < 0
    case '<=': return compare(a, b, meter) <= 0
    case '>': return compare(a, b, meter) > 0
    case '>=': return compare(a, b, meter) >= 0
    case 'in': return isIn(a, b, meter)
    case 'not in': return !isIn(a, b, meter)
    case '~': return joined([print(a, meter), print(b, meter)], '', meter)
  }
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return joined([a, b], '', meter)
  if (operator === '+' && Array.isArray(a) && Array.isArray(b)) {
    meter.build(a.length + b.length)
    return [...a, ...b]
  }
  if (operator === '*' && typeof b === 'number' && (typeof a === 'string' || Array.isArray(a))) return repeated(a, b, meter)
  if (operator === '*' && typeof a === 'number' && (typeof b === 'string' || Array.isArray(b))) return repeated(b, a, meter)
  const [x, y] = [a, b].map((value) => (typeof value === 'boolean' ? Number(value) : value))
  if (typeof x !== 'number' || typeof y !== 'number' || !Object.hasOwn(ARITHMETIC, operator)) throw new TemplateFault(`${typeName(a)} ${operator} ${typeName(b)} has no value`)
  const result = ARITHMETIC[operator]!(x, y)
  if (!Number.isFinite(result)) throw new TemplateFault(`${operator} gives no number`)
  return result
}
