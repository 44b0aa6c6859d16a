/** Forms whose meaning depends on the shape of their arguments, not only on their values. */
import { below, keyOf } from '../../core/keyed.ts'
import { parseTime } from '../../core/calendar.ts'
import { POW10, textOf } from '../json-value.ts'
import { charge } from '../evaluation.ts'
import { BOOL, dec, describeType, DOUBLE, INT, isNumeric, listOf, nullable, STRING, TIME, type Type } from '../type.ts'
import { compileNode } from './compile.ts'
import { compileEach } from './comprehension.ts'
import { align, convert } from './conversion.ts'
import { divideRounding, floorDiv, floorMod, number, quotient, safe } from './number.ts'
import { CallLimit } from '../fault.ts'
import { measure } from '../measure.ts'
import { comparable, compareKeys } from './order.ts'
import type { Ast } from './parse.ts'
import { rankTexts } from './rank.ts'
import { compileTimeReader } from './time-function.ts'
import { type Compiled, ExpressionError, type Scope } from './scope.ts'

type Special = (args: Ast[], scope: Scope, offset: number) => Compiled

function literalText(ast: Ast | undefined, what: string, offset: number): string {
  if (ast?.op === 'value' && typeof ast.args === 'string') return ast.args
  throw new ExpressionError(`${what} is a text literal`, ast?.pos ?? offset)
}

const has: Special = (args, scope, offset) => {
  const field = args[0]
  if (args.length !== 1 || field?.op !== '.') throw new ExpressionError('has takes a field', offset, { expected: 'has(args.name)' })
  const object = compileNode(field.args[0], scope)
  const name: string = field.args[1]
  if (object.type.k === 'record') compileNode(field, scope)
  else if (object.type.k !== 'json') throw new ExpressionError(`${describeType(object.type)} has no fields`, field.pos)
  return {
    type: BOOL,
    run: (cx) => {
      const value = object.run(cx)
      if (value === null || typeof value !== 'object' || (object.type.k === 'json' && !Object.hasOwn(value, name))) return false
      return (value as Record<string, unknown>)[name] !== undefined
    },
  }
}

const round: Special = (args, scope, offset) => {
  const x = compileNode(args[0] ?? fail(offset, 'round(x, places)'), scope)
  const places = args[1]?.op === 'value' && typeof args[1].args === 'bigint' ? Number(args[1].args) : NaN
  const mode = args[2] ? literalText(args[2], 'the mode', offset) : 'away'
  if (!(places >= 0 && places <= 8) || (mode !== 'even' && mode !== 'away') || args.length > 3) throw new ExpressionError('round takes a number, places from 0 to 8 and perhaps a mode', offset, { expected: "round(x, 2) or round(x, 2, 'even')" })
  if (!isNumeric(x.type)) throw new ExpressionError(`${describeType(x.type)} cannot be rounded`, offset, { expected: 'a number' })
  const scale = x.type.k === 'dec' ? x.type.scale : 0
  if (x.type.k !== 'double' && scale <= places) return { ...convert(x, dec(places), offset), type: dec(places) }
  const unit = x.type.k === 'double' ? 1 / POW10[places]! : POW10[scale - places]!
  const even = mode === 'even'
  const { run } = x
  if (x.type.k !== 'double') return { type: dec(places), run: (cx) => divideRounding(number(run(cx)), unit, even) }
  return {
    type: dec(places),
    run: (cx) => {
      const scaled = number(run(cx)) * POW10[places]!
      if (!(Math.abs(scaled) < Number.MAX_SAFE_INTEGER)) throw new CallLimit('a number leaves the range of exact integers')
      return divideRounding(scaled, 1, even)
    },
  }
}

function fail(offset: number, expected: string): never {
  throw new ExpressionError('a value is missing', offset, { expected })
}

const integerDivision = (name: string, op: (a: number, b: number) => number): Special => (args, scope, offset) => {
  if (args.length !== 2) throw new ExpressionError(`${name} takes two values`, offset)
  const a = convert(compileNode(args[0]!, scope), INT, args[0]!.pos, `${name}()`).run
  const b = convert(compileNode(args[1]!, scope), INT, args[1]!.pos, `${name}()`).run
  return {
    type: INT,
    run: (cx) => {
      const divisor = number(b(cx))
      if (divisor === 0) throw new CallLimit('division by zero')
      return op(number(a(cx)), divisor)
    },
  }
}

const ratio: Special = (args, scope, offset) => {
  if (args.length !== 2) throw new ExpressionError('ratio takes two values', offset)
  const [a, b, type] = align(compileNode(args[0]!, scope), compileNode(args[1]!, scope), offset)
  if (!isNumeric(type)) throw new ExpressionError('ratio takes two numbers', offset)
  return {
    type: DOUBLE,
    run: (cx) => quotient(number(a.run(cx)), number(b.run(cx))),
  }
}

/** The least or the greatest of several numbers or times, or of a list: then null when it is empty. */
const extreme = (name: 'min' | 'max'): Special => (args, scope, offset) => {
  const pick = name === 'min' ? Math.min : Math.max
  const values = args.map((arg) => compileNode(arg, scope))
  const [first, ...rest] = values
  if (args.length === 1 && (first!.type.k === 'list' || first!.type.k === 'json')) return extremeOfList(name, convert(first!, first!.type.k === 'json' ? listOf(first!.type) : first!.type, offset), offset)
  if (args.length < 2) throw new ExpressionError(`${name} takes two numbers or a list`, offset, { expected: `${name}(a, b), ${name}(list)` })
  return rest.reduce((a, b) => extremeOfTwo(name, pick, a, b, offset), first!)
}

function extremeOfTwo(name: string, pick: (a: number, b: number) => number, a: Compiled, b: Compiled, offset: number): Compiled {
  if (a.type.k === 'time' && b.type.k === 'time') return { type: TIME, run: (cx) => pick(number(a.run(cx)), number(b.run(cx))) }
  if (!isNumeric(a.type) || !isNumeric(b.type)) throw new ExpressionError(`${name} takes two numbers, not ${describeType(a.type)} and ${describeType(b.type)}`, offset)
  const [x, y, type] = align(a, b, offset)
  return { type, run: (cx) => pick(number(x.run(cx)), number(y.run(cx))) }
}

function extremeOfList(name: string, list: Compiled, offset: number): Compiled {
  const { of } = list.type as Type & { k: 'list' }
  if (list.type.nullable) throw new ExpressionError(`${name} of ${describeType(list.type)}; it may be null`, offset, { expected: 'x.orValue(…), or a let with else' })
  comparable(of, offset)
  const sign = name === 'min' ? -1 : 1
  return {
    type: nullable(of),
    run: (cx) => {
      let best: unknown = null
      for (const item of list.run(cx) as unknown[]) {
        charge(cx, 1 + (typeof item === 'string' ? item.length >> 4 : 0))
        // Null is no value that could be the least.
        if (item !== null && (best === null || compareKeys(item, best) * sign > 0)) best = item
      }
      return best
    },
  }
}

/** `rank(l, x, text, query, k)`. */
const rank: Special = (args, scope, offset) => {
  const expected = 'rank(articles, a, a.text, args.query, 5)'
  const [listAst, variable, textAst, queryAst, mostAst] = args
  if (args.length !== 5 || variable?.op !== 'id') throw new ExpressionError('rank takes a list or table, a name, a text for each element, a query and how many', offset, { expected })
  const receiver = compileNode(listAst!, scope)
  const query = convert(compileNode(queryAst!, scope), STRING, queryAst!.pos, 'the query').run
  const most = convert(compileNode(mostAst!, scope), INT, mostAst!.pos, 'rank()').run
  const { items, element, each, loop } = compileEach('rank', receiver, variable, textAst!, STRING, scope, offset)
  return {
    type: listOf(element),
    trace: { loop },
    run: (cx) => {
      const list = items(cx)
      const texts = list.map((item) => each(cx, item) as string)
      return rankTexts(cx, texts, query(cx) as string, number(most(cx))).map((at) => list[at])
    },
  }
}

const draw: Special = (args, scope, offset) => {
  if (args.length !== 3) throw new ExpressionError('draw takes a stream, a least and a greatest value', offset, { expected: "draw('stream', lo, hi)" })
  const stream = literalText(args[0], 'the stream', offset)
  const lo = convert(compileNode(args[1]!, scope), INT, args[1]!.pos, 'draw()').run
  const hi = convert(compileNode(args[2]!, scope), INT, args[2]!.pos, 'draw()').run
  return {
    type: INT,
    run: (cx) => {
      const least = number(lo(cx))
      const span = safe(number(hi(cx)) - least + 1)
      if (span < 1) throw new CallLimit('draw: the greatest value is below the least')
      return least + below(keyOf([stream, cx.draws++], cx.key), span)
    },
  }
}

const string: Special = (args, scope, offset) => {
  const x = compileNode(args[0] ?? fail(offset, 'string(x)'), scope)
  if (args.length !== 1 || x.type.k === 'table') throw new ExpressionError('string takes one value', offset)
  const text = textOf(x.type)
  return { type: STRING, run: (cx) => text(measure(cx, x.run(cx))) }
}

const usd: Special = (args, scope, offset) => {
  const text = literalText(args[0], 'the amount', offset)
  if (!/^-?\d{1,12}(\.\d{1,2})?$/.test(text)) throw new ExpressionError(`'${text}' is no amount`, offset, { expected: "usd('50') or usd('9.99')" })
  const units = Math.round(Number(text) * 100)
  void scope
  return { type: dec(2), run: () => units }
}

/** A literal ISO time is checked with the spec; any other text may be none, and gives null. */
const time: Special = (args, scope, offset) => {
  if (args.length < 1 || args.length > 2) throw new ExpressionError('time takes a text and perhaps a pattern', offset, { expected: "time('2026-03-02T09:00:00Z'), time(args.when, '%d/%m/%Y')" })
  const text = compileNode(args[0]!, scope)
  if (args.length === 1 && typeof text.literal === 'string') {
    const ms = parseTime(text.literal)
    if (ms === undefined) throw new ExpressionError(`'${text.literal}' is no time`, offset, { expected: "time('2026-03-02T09:00:00Z')" })
    return { type: TIME, run: () => ms }
  }
  return compileTimeReader(convert(text, STRING, args[0]!.pos, 'time()'), args[1] && compileNode(args[1], scope), offset)
}

/** Special forms by name. */
export const SPECIAL: Readonly<Record<string, Special>> = {
  has, round, ratio, draw, string, usd, time, rank,
  div: integerDivision('div', floorDiv),
  mod: integerDivision('mod', floorMod),
  min: extreme('min'),
  max: extreme('max'),
}
