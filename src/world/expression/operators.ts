/** Arithmetic, comparison and membership. */
import { charge, type Evaluation } from '../evaluation.ts'
import { SpecFault } from '../fault.ts'
import { POW10, sameValue } from '../json-value.ts'
import { BOOL, dec, describeType, DOUBLE, isNumeric, isStructure, JSON_VALUE, listOf, nullable, STRING, type Type, unify } from '../type.ts'
import { compileNode } from './compile.ts'
import { compareText } from './characters.ts'
import { align, convert, decimalPlaces, tryConvert } from './conversion.ts'
import { compileKeyIn } from './map-method.ts'
import { finite, number, quotient, safe } from './number.ts'
import type { Ast } from './parse.ts'
import { type Compiled, ExpressionError, type Run, type Scope } from './scope.ts'

type Binary = (a: number, b: number) => number

/** Compiles `a op b`. */
export function compileBinary(ast: Ast, scope: Scope): Compiled {
  const at = ast.operator ?? ast.pos
  const sides = [ast.args[0].pos, ast.args[1].pos] as const
  const a = compileNode(ast.args[0], scope)
  const b = compileNode(ast.args[1], scope)
  switch (ast.op) {
    case '==': return { type: BOOL, run: compileEquality(a, b, at, sides) }
    case '!=': {
      const equal = compileEquality(a, b, at, sides)
      return { type: BOOL, run: (cx) => !equal(cx) }
    }
    case '<': case '<=': case '>': case '>=': return compileOrder(ast.op, a, b, at)
    case 'in': return compileIn(a, b, at)
    case '+': return compilePlus(a, b, at)
    case '-': return compileSum(a, b, (x, y) => x - y, at)
    case '*': return compileProduct(a, b, at)
    case '/': case '%':
      if (a.type.k === 'double' && b.type.k === 'double' && ast.op === '/') return { type: DOUBLE, run: numbers(a, b, quotient) }
      throw new ExpressionError(`'${ast.op}' does not say which division is meant`, at, { expected: 'div(a, b), mod(a, b) or ratio(a, b)' })
    default: throw new ExpressionError(`'${ast.op}' is not part of the language`, at)
  }
}

/** Compiles `-a`. */
export function compileNegation(a: Compiled, offset: number): Compiled {
  if (typeof a.literal === 'number') return { ...a, literal: -a.literal, run: () => -(a.literal as number) }
  if (!isNumeric(a.type)) throw new ExpressionError(`${describeType(a.type)} cannot be negated`, offset)
  const { run } = a
  return { type: a.type, run: (cx) => 0 - number(run(cx)) }
}

function numbers(a: Compiled, b: Compiled, op: Binary): Run {
  const x = a.run
  const y = b.run
  if (!a.type.nullable && !b.type.nullable) return (cx) => op(x(cx) as number, y(cx) as number)
  return (cx) => op(number(x(cx)), number(y(cx)))
}

function exact(op: Binary): Binary {
  return (x, y) => {
    const n = op(x, y)
    return Number.isSafeInteger(n) ? n : safe(n)
  }
}

function notNumbers(a: Type, b: Type, offset: number): ExpressionError {
  const expected = a.k === 'time' || b.k === 'time' ? 'seconds(a, b) or days(a, b) between times, t.plus(n, unit) to move one' : 'two numbers'
  return new ExpressionError(`no arithmetic between ${describeType(a)} and ${describeType(b)}`, offset, { expected })
}

function compileSum(a: Compiled, b: Compiled, op: Binary, offset: number): Compiled {
  if (!isNumeric(a.type) || !isNumeric(b.type)) throw notNumbers(a.type, b.type, offset)
  const [x, y, type] = align(a, b, offset)
  return { type, run: numbers(x, y, type.k === 'double' ? (p, q) => finite(op(p, q)) : exact(op)) }
}

function compilePlus(a: Compiled, b: Compiled, offset: number): Compiled {
  if (a.type.k === 'string' && b.type.k === 'string') {
    const x = a.run
    const y = b.run
    return { type: STRING, run: (cx) => built(cx, text(x(cx)) + text(y(cx))) }
  }
  if (a.type.k === 'list' && b.type.k === 'list') {
    const of = unify(a.type.of, b.type.of)
    if (!of) throw new ExpressionError(`${describeType(a.type)} and ${describeType(b.type)} do not join`, offset)
    const x = convert(a, listOf(of), offset).run
    const y = convert(b, listOf(of), offset).run
    return {
      type: listOf(of),
      run: (cx) => {
        const [left, right] = [x(cx) as unknown[], y(cx) as unknown[]]
        charge(cx, left.length + right.length)
        return [...left, ...right]
      },
    }
  }
  if (a.type.k === 'string' || b.type.k === 'string') throw new ExpressionError(`${describeType(a.type)} + ${describeType(b.type)}`, offset, { expected: 'string(x) around what is no text' })
  return compileSum(a, b, (x, y) => x + y, offset)
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new SpecFault('null where text is needed')
  return value
}

/** Charges for text that was built. */
export function built(cx: Evaluation, value: string): string {
  charge(cx, value.length >> 3)
  return value
}

function compileProduct(a: Compiled, b: Compiled, offset: number): Compiled {
  if (!isNumeric(a.type) || !isNumeric(b.type)) throw notNumbers(a.type, b.type, offset)
  const multiply: Binary = (x, y) => x * y
  if (a.type.k !== 'dec' && b.type.k !== 'dec') {
    const [x, y, type] = align(a, b, offset)
    return { type, run: numbers(x, y, type.k === 'double' ? (p, q) => finite(p * q) : exact(multiply)) }
  }
  const x = exactFactor(a, offset)
  const y = exactFactor(b, offset)
  const scale = scaleOf(x.type) + scaleOf(y.type)
  if (scale > 8) throw new ExpressionError('the product has more than 8 decimal places', offset, { expected: 'round(x, n) around a factor' })
  return { type: dec(scale), run: numbers(x, y, exact(multiply)) }
}

function scaleOf(type: Type): number {
  return type.k === 'dec' ? type.scale : 0
}

function exactFactor(x: Compiled, offset: number): Compiled {
  if (x.type.k !== 'double') return x
  if (typeof x.literal !== 'number') throw new ExpressionError('a dec and a double do not mix', offset, { expected: 'round(x, n) makes a dec of a double' })
  return convert(x, dec(decimalPlaces(x.literal)), offset)
}

function compileOrder(op: string, a: Compiled, b: Compiled, offset: number): Compiled {
  const compare: Record<string, (x: any, y: any) => boolean> = { '<': (x, y) => x < y, '<=': (x, y) => x <= y, '>': (x, y) => x > y, '>=': (x, y) => x >= y }
  const test = compare[op]!
  let x = a
  let y = b
  if (isNumeric(a.type) && isNumeric(b.type)) [x, y] = align(a, b, offset)
  else if (a.type.k === 'json' || b.type.k === 'json') [x, y] = [toNumber(a, offset), toNumber(b, offset)]
  else if (a.type.k !== b.type.k || (a.type.k !== 'string' && a.type.k !== 'time')) throw new ExpressionError(`${describeType(a.type)} and ${describeType(b.type)} have no order`, offset, { expected: 'two numbers, two texts or two times' })
  const left = x.run
  const right = y.run
  if (x.type.k === 'string') return { type: BOOL, run: textOrder(left, right, (order) => test(order, 0)) }
  if (!x.type.nullable && !y.type.nullable) return { type: BOOL, run: (cx) => test(left(cx), right(cx)) }
  return {
    type: BOOL,
    run: (cx) => {
      const l = left(cx)
      const r = right(cx)
      if (l === null || r === null) throw new SpecFault(`null ${op} …`)
      return test(l, r)
    },
  }
}

/** Text is ordered by code points, at the price of its length. */
function textOrder(left: Run, right: Run, test: (order: number) => boolean): Run {
  return (cx) => {
    const [l, r] = [text(left(cx)), text(right(cx))]
    charge(cx, Math.min(l.length, r.length) >> 4)
    return test(compareText(l, r))
  }
}

/** The number that an agent would see: a dec as its decimal value. */
function toNumber(x: Compiled, offset: number): Compiled {
  const { run, type } = x
  if (type.k === 'dec') return { type: DOUBLE, run: (cx) => number(run(cx)) / POW10[type.scale]! }
  if (type.k !== 'json' && !isNumeric(type)) throw new ExpressionError(`${describeType(type)} and json have no order`, offset)
  return { type: DOUBLE, run: (cx) => number(run(cx)) }
}

/** A value as JSON would show it. */
function seen(x: Compiled): Run {
  return (tryConvert(x, JSON_VALUE) ?? x).run
}

function compileEquality(a: Compiled, b: Compiled, offset: number, sides: readonly [number, number] = [offset, offset]): Run {
  if (a.type.k === 'table' || b.type.k === 'table') throw new ExpressionError('a table is no value', offset)
  if (isNumeric(a.type) && isNumeric(b.type)) {
    const [x, y] = align(a, b, offset)
    return equalScalars(x.run, y.run)
  }
  if ((a.type.k === 'json' && isNumeric(b.type)) || (b.type.k === 'json' && isNumeric(a.type))) {
    return equalScalars(seen(a), seen(b))
  }
  // Literals must be possible values of the other side's enum.
  if (a.type.k === 'string' && b.type.k === 'string') {
    if (typeof a.literal === 'string' && b.type.values) convert(a, { k: 'string', values: b.type.values }, sides[0], 'the comparison')
    if (typeof b.literal === 'string' && a.type.values) convert(b, { k: 'string', values: a.type.values }, sides[1], 'the comparison')
  }
  const type = unify(a.type, b.type)
  if (!type) throw new ExpressionError(`${describeType(a.type)} is never equal to ${describeType(b.type)}`, offset)
  const x = (tryConvert(a, type) ?? a).run
  const y = (tryConvert(b, type) ?? b).run
  if (isStructure(type)) {
    return (cx) => {
      charge(cx, 8)
      return sameValue(x(cx), y(cx), () => charge(cx, 1))
    }
  }
  return equalScalars(x, y)
}

function equalScalars(x: Run, y: Run): Run {
  return (cx) => (x(cx) ?? null) === (y(cx) ?? null)
}

function compileIn(a: Compiled, b: Compiled, offset: number): Compiled {
  const x = a.run
  const list = b.run
  if (b.type.k === 'list') {
    const item: Compiled = { type: b.type.of, run: (cx) => cx.slots[0] }
    if (!isNumeric(a.type)) compileEquality(a, item, offset)
    // A nullable number may be looked for in a list without nulls, and a text in a list of an enum's values.
    const needle = isNumeric(a.type) ? convert(a, a.type.nullable ? nullable(b.type.of) : b.type.of, offset, 'the list').run : b.type.of.k === 'string' ? x : (tryConvert(a, nullable(b.type.of))?.run ?? x)
    return {
      type: BOOL,
      run: (cx) => {
        const items = list(cx) as unknown[]
        const value = needle(cx)
        charge(cx, items.length)
        return items.some((element) => sameValue(element, value, () => charge(cx, 1)))
      },
    }
  }
  if (b.type.k === 'json') {
    const value = seen(a)
    return {
      type: BOOL,
      run: (cx) => {
        const items = list(cx)
        if (!Array.isArray(items)) throw new SpecFault("'in' needs a list")
        const wanted = value(cx)
        charge(cx, items.length)
        return items.some((element) => sameValue(element, wanted, () => charge(cx, 1)))
      },
    }
  }
  if (b.type.k === 'map') return compileKeyIn(a, b, offset)
  throw new ExpressionError(`'in' needs a list, not ${describeType(b.type)}`, offset, { expected: b.type.k === 'table' ? 'table.has(key)' : 'a list or a map' })
}
