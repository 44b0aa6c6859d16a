/** Functions over lists that need no expression for each element. Sets keep the order of first appearance. */
import { charge, type Evaluation } from '../evaluation.ts'
import { keyOf, word } from '../../core/keyed.ts'
import { jsonEncoder, sameValue } from '../json-value.ts'
import { indexKey } from '../index-key.ts'
import { measure } from '../measure.ts'
import { charsOf, either, elementOf, FLAT, flatUpTo, itemsIn, levels, listOfSize, mostOf, recordOfSizes, share, type Size, textOfChars, times, weightOf } from '../cost/size.ts'
import { BOOL, describeType, INT, listOf, nullable, present, recordOf, STRING, unify } from '../type.ts'
import { characterCount } from './characters.ts'
import { convert, tryConvert } from './conversion.ts'
import { compileMapSize } from './map-method.ts'
import { comparable, sortItems } from './order.ts'
import { type Compiled, ExpressionError } from './scope.ts'
import { type Bound, elementType, onList, plain, runOf, type Signature } from './signature.ts'
import { SpecFault } from '../fault.ts'

/** Gives a list of at most the same elements; so many units each. */
const sameItems = (each: number): Bound => (l) => ({ units: times(itemsIn(l!), each), size: listOfSize(itemsIn(l!), elementOf(l!)) })

/** Compares each element with one value: as far as the smaller of the two goes. */
const compared: Bound = (l, x) => ({ units: times(itemsIn(l!), 1 + weightOf(elementOf(l!))) + weightOf(x ?? FLAT), size: flatUpTo(Math.max(0, itemsIn(l!) - 1)) })

/** Numbers the distinct values of a list from 0 in the order of first appearance; structures are compared with all that were kept. */
function numberer(cx: Evaluation): (value: unknown) => number {
  const scalars = new Map<unknown, number>()
  const structures: { value: object; number: number }[] = []
  return (value) => {
    charge(cx, 1)
    const key = value ?? null
    const next = scalars.size + structures.length
    if (key === null || typeof key !== 'object') {
      const under = indexKey(key)
      const known = scalars.get(under)
      if (known === undefined) scalars.set(under, next)
      return known ?? next
    }
    charge(cx, structures.length)
    const found = structures.find((other) => sameValue(other.value, key, () => charge(cx, 1)))
    if (!found) structures.push({ value: key, number: next })
    return found?.number ?? next
  }
}

/** What numbering n elements costs at most: structures are compared with all that were kept. */
export function numberingUnits(items: number, of: Size): number {
  return of.k === 'flat' || of.k === 'text' ? items : times(items, 1 + times(items, 1 + weightOf(of)))
}

/** Elements by an equal value, in the order in which these values first appear. */
export function groupValues(cx: Evaluation, items: readonly unknown[], keyAt: (item: unknown) => unknown): { key: unknown; items: unknown[] }[] {
  const numberOf = numberer(cx)
  const groups: { key: unknown; items: unknown[] }[] = []
  for (const item of items) {
    const key = keyAt(item) ?? null
    const at = numberOf(key)
    if (at === groups.length) groups.push({ key, items: [item] })
    else groups[at]!.items.push(item)
  }
  return groups
}

const DISTINCT: Signature = {
  on: 'list', accepts: ['list'],
  build: ([l]) => ({
    type: l!.type,
    run: (cx) => {
      const numberOf = numberer(cx)
      const out: unknown[] = []
      for (const item of l!.run(cx) as unknown[]) if (numberOf(item) === out.length) out.push(item)
      return out
    },
  }),
  bound: (l) => ({ units: numberingUnits(itemsIn(l!), elementOf(l!)), size: listOfSize(itemsIn(l!), elementOf(l!)) }),
}

const TALLY: Signature = {
  on: 'list', accepts: ['list'],
  build: ([l]) => {
    const of = elementType(l!)
    return {
      type: listOf(recordOf({ value: of, count: INT })),
      run: (cx) => groupValues(cx, l!.run(cx) as unknown[], (item) => item).map(({ key, items }) => ({ value: key, count: items.length })),
    }
  },
  bound: (l) => ({ units: numberingUnits(itemsIn(l!), elementOf(l!)), size: listOfSize(itemsIn(l!), recordOfSizes({ value: elementOf(l!), count: flatUpTo(itemsIn(l!)) })) }),
}

const ZIP: Signature = {
  on: 'list', accepts: ['list', 'list'],
  build: ([a, b], offset) => {
    const of = unify(elementType(a!), elementType(b!))
    if (!of) throw new ExpressionError('zip takes two lists of one type', offset, { expected: 'range(size(l)).map(i, …), with l[i] and the other by i' })
    const pairs = (cx: Evaluation, p: unknown[], q: unknown[]) => {
      const length = Math.min(p.length, q.length)
      charge(cx, length * 2)
      return Array.from({ length }, (_, i) => [p[i], q[i]])
    }
    return { type: listOf(listOf(of)), run: runOf([convert(a!, listOf(of), offset), convert(b!, listOf(of), offset)], pairs) }
  },
  bound: (a, b) => {
    const length = Math.min(itemsIn(a!), itemsIn(b!))
    // Elements of different types are copied to one before they are paired.
    return { units: times(length, 2) + weightOf(a!) + weightOf(b!), size: listOfSize(length, listOfSize(2, either(elementOf(a!), elementOf(b!)))) }
  },
}

const FLATTEN: Signature = {
  on: 'list', accepts: ['list'],
  build: ([l], offset) => {
    const of = elementType(l!)
    if (of.k !== 'list' || of.nullable) throw new ExpressionError(`${describeType(l!.type)} holds no lists`, offset, { expected: 'a list of lists' })
    return {
      type: of,
      run: (cx) => {
        const lists = l!.run(cx) as unknown[][]
        let length = lists.length
        for (const items of lists) length += items.length
        charge(cx, length)
        return lists.flat()
      },
    }
  },
  bound: (l) => {
    const of = elementOf(l!)
    const items = times(itemsIn(l!), itemsIn(of))
    return { units: itemsIn(l!) + items, size: listOfSize(items, elementOf(of)) }
  },
}

const SORT: Signature = {
  on: 'list', accepts: ['list'],
  build: ([l], offset) => {
    const of = elementType(l!)
    comparable(of, offset)
    return { type: l!.type, run: (cx) => { const items = l!.run(cx) as unknown[]; return sortItems(cx, items, items, 1) } }
  },
  bound: (l) => ({ units: sortingUnits(itemsIn(l!), charsOf(elementOf(l!))), size: listOfSize(itemsIn(l!), elementOf(l!)) }),
}

/** What sorting by keys of so many characters costs at most. */
export function sortingUnits(items: number, chars: number): number {
  return times(times(items, 3 + share(chars, 4)), levels(items))
}

function contains(l: Compiled, x: Compiled, offset: number, name: string): (cx: Evaluation) => number {
  const needle = tryConvert(x, nullable(elementType(l)))
  if (!needle) throw new ExpressionError(`${describeType(l.type)} never contains ${describeType(x.type)}`, offset, { expected: name })
  return (cx) => {
    const items = l.run(cx) as unknown[]
    charge(cx, items.length)
    const value = needle.run(cx)
    return items.findIndex((item) => sameValue(item, value, () => charge(cx, 1)))
  }
}

function range(cx: Evaluation, from: number, to?: number): number[] {
  const [least, end] = to === undefined ? [0, from] : [from, to]
  const length = Math.max(0, end - least)
  charge(cx, length)
  return Array.from({ length }, (_, i) => least + i)
}

function page(cx: Evaluation, items: unknown[], offset: number, limit: number): unknown {
  const from = Math.max(0, offset)
  charge(cx, Math.max(0, Math.min(limit, items.length - from)))
  const some = items.slice(from, from + Math.max(0, limit))
  return { items: some, range: some.length ? `${from + 1}-${from + some.length}` : 'none', total: items.length }
}

/** At most so many elements, by a number that the call is given. */
const cut = (l: Size, n: Size): Size => listOfSize(Math.min(itemsIn(l), mostOf(n)), elementOf(l))

const whole = (list: Size): Size => listOfSize(itemsIn(list), elementOf(list))

function slice(cx: Evaluation, items: unknown[], from: number, to?: number): unknown[] {
  charge(cx, items.length >> 4)
  const some = items.slice(from, to)
  charge(cx, some.length)
  return some
}

function top(cx: Evaluation, items: unknown[], n: number): unknown[] {
  charge(cx, Math.min(items.length, Math.max(0, n)))
  return items.slice(0, Math.max(0, n))
}

/** Characters of a text, elements of a list. */
function size(x: Compiled, offset: number): Compiled {
  const kind = present(x.type).k
  if (kind === 'map') return compileMapSize(x)
  if (kind !== 'list' && kind !== 'string' && kind !== 'json') throw new ExpressionError(`size of ${describeType(x.type)}`, offset, { expected: kind === 'table' ? 'T.count(x, true)' : 'a list or text' })
  return {
    type: INT,
    run: (cx) => {
      const value = x.run(cx)
      if (Array.isArray(value)) return value.length
      if (typeof value !== 'string') throw new SpecFault('size of what is neither list nor text')
      charge(cx, value.length >> 4)
      return characterCount(value)
    },
  }
}

const SIZE: Signature = { on: 'any', accepts: ['any'], build: ([x], offset) => size(x!, offset), bound: (x) => ({ units: share(charsOf(x!), 4) + (x!.k === 'map' ? x!.items : 0), size: flatUpTo(Math.max(charsOf(x!), itemsIn(x!))) }) }

/** 16 hexadecimal digits that follow from the values alone. */
const HASH: Signature = {
  accepts: ['list'],
  build: ([l]) => {
    const encode = jsonEncoder(l!.type)
    return {
      type: STRING,
      run: (cx) => {
        const items = encode(measure(cx, l!.run(cx))) as unknown[]
        const key = keyOf(items.map((item) => { const text = JSON.stringify(item ?? null); charge(cx, text.length >> 3); return text }))
        return [0, 1].map((i) => word(key, i).toString(16).padStart(8, '0')).join('')
      },
    }
  },
  // The JSON of what weighs one unit has at most 220 characters.
  bound: (l) => ({ units: times(weightOf(l!), 30), size: textOfChars(16) }),
}

/** `f(…)` over lists. */
export const LIST_FUNCTIONS: Readonly<Record<string, Signature>> = {
  size: SIZE,
  hash: HASH,
  range: plain([INT, INT], listOf(INT), range, (from, to) => {
    const end = mostOf(to ?? from!)
    // What range starts from may be below 0: then nothing is known of the length.
    const items = !to || (from!.k === 'flat' && (from!.least ?? -1) >= 0) ? end : Infinity
    return { units: items, size: listOfSize(items, flatUpTo(end)) }
  }, 1),
}

/** `l.f(…)`. */
export const LIST_METHODS: Readonly<Record<string, Signature>> = {
  size: SIZE,
  distinct: DISTINCT,
  tally: TALLY,
  zip: ZIP,
  flatten: FLATTEN,
  sort: SORT,
  last: onList([], nullable, (_cx, items: unknown[]) => items.at(-1) ?? null, (l) => ({ units: 0, size: elementOf(l!) })),
  top: onList([INT], listOf, top, (l, n) => ({ units: itemsIn(cut(l!, n!)), size: cut(l!, n!) })),
  slice: onList([INT, INT], listOf, slice, (l) => ({ units: share(itemsIn(l!), 4) + itemsIn(l!), size: whole(l!) }), 1),
  reverse: onList([], listOf, (cx, items: unknown[]) => { charge(cx, items.length); return items.toReversed() }, sameItems(1)),
  page: onList([INT, INT], (of) => recordOf({ items: listOf(of), range: STRING, total: INT }), page, (l, _from, n) => ({
    units: itemsIn(cut(l!, n!)), size: recordOfSizes({ items: cut(l!, n!), range: textOfChars(40), total: flatUpTo(itemsIn(l!)) }),
  })),
  contains: {
    on: 'list', accepts: ['list', 'any'], bound: compared,
    build: ([l, x], offset) => { const find = contains(l!, x!, offset, 'a value of the list'); return { type: BOOL, run: (cx) => find(cx) >= 0 } },
  },
  index_of: {
    on: 'list', accepts: ['list', 'any'], bound: compared,
    build: ([l, x], offset) => { const find = contains(l!, x!, offset, 'a value of the list'); return { type: nullable(INT), run: (cx) => { const at = find(cx); return at < 0 ? null : at } } },
  },
}
