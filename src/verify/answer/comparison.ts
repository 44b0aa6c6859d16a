/** How an answer is compared with what is right: leaf by leaf, generous in spelling, strict in meaning. */
import type { COMPARISONS } from '../../../protocol/spec/check.ts'
import { parseTime } from '../../core/calendar.ts'
import { spokenWords } from '../../core/spoken-text.ts'
import { charge, type Evaluation } from '../../world/evaluation.ts'
import { SpecFault } from '../../world/fault.ts'
import type { Site } from '../../world/site.ts'
import { describeType, isNumeric, present, type Type } from '../../world/type.ts'
import { type SpelledDate, momentAt, sameDate, spelledDate } from './spelled-date.ts'
import { decimalOf, isNear, spelledNumber } from './spelled-number.ts'
import { inUnitOf, spelledQuantity } from './spelled-quantity.ts'

/** A rule of comparison as it is declared. */
export type Rule = { readonly compare: (typeof COMPARISONS)[number]; readonly tolerance?: number | undefined; readonly fields?: Readonly<Record<string, Rule>> | undefined }

/** Where two JSON values first differ, as a JSON pointer; undefined where they mean the same. */
export type Differ = (found: unknown, wanted: unknown, cx: Evaluation) => string | undefined

/** Whether two JSON values, neither of them null, mean the same. */
type Same = (found: unknown, wanted: unknown) => boolean

/** Compiles a rule over the types of the answer and of what is right; what cannot be compared so becomes a finding. */
export function compileComparison(rule: Rule, found: Type, wanted: Type, site: Site): Differ {
  const { compare, fields } = rule
  if (!fields) return compare === 'set' ? asSet(found, wanted, site, rule) : structured(rule, found, wanted, site)
  if (compare !== 'exact' && compare !== 'set') site.at('compare').complain('check', `'${compare}' beside fields`, { expected: 'compare under each of the fields' })
  const [a, b] = [present(found), present(wanted)]
  const [one, other] = a.k === 'list' && b.k === 'list' ? [present(a.of), present(b.of)] : [a, b]
  if (one.k !== 'record' || other.k !== 'record') {
    site.at('fields').complain('check', `the answer is ${describeType(found)}, compared with ${describeType(wanted)}`, { key: true, expected: 'fields where both are a record, or a list of records' })
    return never
  }
  for (const name of Object.keys(fields)) if (!one.fields.has(name)) site.at('fields', name).complain('name', `the answer has no field '${name}'`, { key: true, expected: [...one.fields.keys()].join(', ') })
  const record = recordOf(rule, one.fields, other.fields, site)
  if (a.k !== 'list') return compare === 'set' ? asSet(found, wanted, site, rule) : record
  return compare === 'set' ? unordered(record) : ordered(record)
}

const never: Differ = () => ''

function asSet(found: Type, wanted: Type, site: Site, { tolerance }: Rule): Differ {
  const [a, b] = [present(found), present(wanted)]
  if ((a.k !== 'list' && a.k !== 'json') || (b.k !== 'list' && b.k !== 'json')) {
    site.at('compare').complain('check', `the answer is ${describeType(a)}, not a list`, { expected: 'set for lists' })
    return never
  }
  return unordered(structured({ compare: 'exact', tolerance }, a.k === 'list' ? a.of : a, b.k === 'list' ? b.of : b, site))
}

/** Compares structures part by part, leaves by the rule. */
function structured(rule: Rule, found: Type, wanted: Type, site: Site): Differ {
  const [a, b] = [present(found), present(wanted)]
  if (a.k === 'list' && b.k === 'list') return ordered(structured(rule, a.of, b.of, site))
  if (rule.compare === 'exact') {
    if (rule.tolerance !== undefined && !holdsNumber(a)) site.at('tolerance').complain('check', `a tolerance, but the answer is ${describeType(a)}`, { key: true, expected: 'a number, or compare: number, date or quantity' })
    const loose = holdsDouble(b)
    return (x, y, cx) => deep(x, y, (p, q) => sameLeaf(p, q, rule.tolerance ?? 0, loose), cx)
  }
  if (rule.compare === 'words' && rule.tolerance !== undefined) site.at('tolerance').complain('check', 'words have no tolerance', { key: true, expected: 'compare: number, date or quantity' })
  const same = leafOf(rule, a, b, site)
  return (x, y, cx) => {
    charge(cx, 1 + (textLength(x) + textLength(y) >> 4))
    if (isNull(x) || isNull(y)) return isNull(x) === isNull(y) ? undefined : ''
    return same(x, y) ? undefined : ''
  }
}

function recordOf(rule: Rule, found: ReadonlyMap<string, Type>, wanted: ReadonlyMap<string, Type>, site: Site): Differ {
  const parts = [...found].map(([name, type]) => {
    const other = wanted.get(name)
    if (!other) site.at('expect').complain('check', `what is expected has no field '${name}'`, { expected: [...found.keys()].join(', ') })
    return [name, structured(rule.fields![name] ?? { compare: 'exact' }, type, other ?? type, Object.hasOwn(rule.fields!, name) ? site.at('fields', name) : site)] as const
  })
  for (const name of wanted.keys()) if (!found.has(name)) site.at('expect').complain('check', `the answer has no field '${name}'`, { expected: [...found.keys()].join(', ') })
  return (x, y, cx) => {
    if (!isObject(x) || !isObject(y)) return isNull(x) && isNull(y) ? undefined : ''
    for (const [name, differ] of parts) {
      const at = differ(x[name], y[name], cx)
      if (at !== undefined) return `/${name}${at}`
    }
    return undefined
  }
}

function leafOf({ compare, tolerance = 0 }: Rule, found: Type, wanted: Type, site: Site): Same {
  const numeric = (type: Type) => isNumeric(type) || type.k === 'string' || type.k === 'json'
  const textual = (type: Type) => type.k === 'string' || type.k === 'json'
  const fits = compare === 'number' ? numeric : compare === 'date' ? (type: Type) => textual(type) || type.k === 'time' : textual
  const wrong = !fits(found) ? `the answer is ${describeType(found)}` : !fits(wanted) ? `what is expected is ${describeType(wanted)}` : undefined
  if (wrong !== undefined) site.at('compare').complain('check', `'${compare}', but ${wrong}`, { expected: EXPECTED[compare] })
  switch (compare) {
    case 'number': return numbers(tolerance, wanted.k === 'double')
    case 'date': return dates(tolerance)
    case 'quantity': return quantities(tolerance)
    default: return (x, y) => sameWords(x, needText(y, 'words'))
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  number: 'a number or text on both sides', date: 'a text for the answer, a text or a time to compare with', quantity: 'texts such as 1.2 km on both sides', words: 'texts on both sides',
}

const ZERO = { n: 0n, d: 1n }

function numbers(tolerance: number, loose: boolean): Same {
  const near = decimalOf(tolerance) ?? ZERO
  const spelled = (value: unknown) => (typeof value === 'number' ? decimalOf(value) : typeof value === 'string' ? spelledNumber(value) : undefined)
  return (x, y) => {
    const wanted = spelled(y)
    const found = spelled(x)
    if (wanted) return found !== undefined && isNear(found, wanted, near, loose)
    // What is expected with its unit may be answered with or without it.
    const quantity = need(typeof y === 'string' ? spelledQuantity(y) : undefined, y, 'number')
    const value = found ?? inUnit(x, quantity.unit)
    return value !== undefined && isNear(value, quantity.value, near, false)
  }
}

function dates(tolerance: number): Same {
  const spelled = (value: unknown): SpelledDate | undefined => {
    const ms = typeof value === 'string' && value.includes('T') ? parseTime(value) : undefined
    return ms === undefined ? (typeof value === 'string' ? spelledDate(value) : undefined) : momentAt(ms)
  }
  return (x, y) => {
    const found = spelled(x)
    const wanted = need(spelled(y), y, 'date')
    return found !== undefined && sameDate(found, wanted, tolerance * 1000)
  }
}

function quantities(tolerance: number): Same {
  const near = decimalOf(tolerance) ?? ZERO
  return (x, y) => {
    const wanted = need(typeof y === 'string' ? spelledQuantity(y) : undefined, y, 'quantity')
    const value = inUnit(x, wanted.unit)
    return value !== undefined && isNear(value, wanted.value, near, false)
  }
}

function inUnit(value: unknown, unit: string): ReturnType<typeof inUnitOf> {
  const found = typeof value === 'string' ? spelledQuantity(value) : undefined
  return found && inUnitOf(found, unit)
}

function sameWords(found: unknown, wanted: string): boolean {
  if (typeof found !== 'string') return false
  const words = spokenWords(wanted)
  const said = spokenWords(found)
  // Where nothing is left of either but signs, the signs are what it says.
  if (!words.length || !said.length) return found.trim() === wanted.trim()
  return said.length === words.length && said.every((word, i) => word === words[i])
}

/** @throws SpecFault for a text that is not what the specification says it is */
function need<T>(read: T | undefined, wanted: unknown, kind: string): T {
  if (read === undefined) throw new SpecFault(`${JSON.stringify(wanted)?.slice(0, 60)} is expected, which is no ${kind}`)
  return read
}

function needText(wanted: unknown, kind: string): string {
  return need(typeof wanted === 'string' ? wanted : undefined, wanted, kind)
}

/** Lists of one length, element by element. */
function ordered(each: Differ): Differ {
  return (x, y, cx) => {
    if (!Array.isArray(x) || !Array.isArray(y) || x.length !== y.length) return isNull(x) && isNull(y) ? undefined : ''
    for (let i = 0; i < y.length; i++) {
      const at = each(x[i], y[i], cx)
      if (at !== undefined) return `/${i}${at}`
    }
    return undefined
  }
}

/** Lists of one length whose elements can be paired; a tolerance makes it a question of who goes with whom. */
function unordered(each: Differ): Differ {
  return (x, y, cx) => {
    if (!Array.isArray(x) || !Array.isArray(y) || x.length !== y.length) return isNull(x) && isNull(y) ? undefined : ''
    const partner = new Array<number>(y.length).fill(-1)
    for (let i = 0; i < x.length; i++) if (!pair(x, y, i, each, partner, cx)) return `/${i}`
    return undefined
  }
}

/** Finds a partner for an element, moving others where that makes room: without recursion, breadth first. */
function pair(x: readonly unknown[], y: readonly unknown[], first: number, each: Differ, partner: number[], cx: Evaluation): boolean {
  const cameFrom = new Map<number, number>()
  const waiting = [first]
  for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
    for (let j = 0; j < y.length; j++) {
      if (cameFrom.has(j) || each(x[i], y[j], cx) !== undefined) continue
      cameFrom.set(j, i)
      if (partner[j]! >= 0) waiting.push(partner[j]!)
      else return settle(j, first, cameFrom, partner)
    }
  }
  return false
}

/** Goes back along the way that was found, giving each element the place it asked for. */
function settle(last: number, first: number, cameFrom: ReadonlyMap<number, number>, partner: number[]): true {
  for (let j = last; ;) {
    const i = cameFrom.get(j)!
    const left = partner.indexOf(i)
    partner[j] = i
    if (i === first) return true
    j = left
  }
}

/** Exact comparison of any JSON: numbers by value, texts without the spaces around them, what is absent as null. */
function deep(found: unknown, wanted: unknown, same: Same, cx: Evaluation): string | undefined {
  charge(cx, 1 + (textLength(found) + textLength(wanted) >> 4))
  if (isNull(found) || isNull(wanted)) return isNull(found) === isNull(wanted) ? undefined : ''
  if (Array.isArray(found) || Array.isArray(wanted)) return ordered((x, y) => deep(x, y, same, cx))(found, wanted, cx)
  if (!isObject(found) || !isObject(wanted)) return same(found, wanted) ? undefined : ''
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const at = deep(own(found, name), own(wanted, name), same, cx)
    if (at !== undefined) return `/${name}${at}`
  }
  return undefined
}

function sameLeaf(found: unknown, wanted: unknown, tolerance: number, loose: boolean): boolean {
  if (typeof found === 'string' && typeof wanted === 'string') return found.trim() === wanted.trim()
  if (typeof found !== 'number' || typeof wanted !== 'number') return found === wanted
  const [a, b] = [decimalOf(found), decimalOf(wanted)]
  return a && b ? isNear(a, b, decimalOf(tolerance) ?? ZERO, loose) : found === wanted
}

function holdsNumber(type: Type): boolean {
  if (type.k === 'record') return [...type.fields.values()].some((of) => holdsNumber(present(of)))
  return type.k === 'list' || type.k === 'map' ? holdsNumber(present(type.of)) : isNumeric(type) || type.k === 'json'
}

function holdsDouble(type: Type): boolean {
  if (type.k === 'record') return [...type.fields.values()].some((of) => holdsDouble(present(of)))
  return type.k === 'list' || type.k === 'map' ? holdsDouble(present(type.of)) : type.k === 'double' || type.k === 'json'
}

function textLength(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : null
}
