/** Between typed run-time values and the JSON that agents see. */
import { formatTime, parseTime } from '../core/calendar.ts'
import { CallLimit, SpecFault } from './fault.ts'
import type { Type } from './type.ts'

export type Encode = (value: unknown) => unknown

const asIs: Encode = (value) => value

/** JSON and hashes hold no infinite numbers, and no whole ones past 2^53. */
function exactDouble(value: unknown): unknown {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) throw new CallLimit('a number leaves the range of exact numbers')
  return value
}

/** Powers of ten for scales 0 to 8. */
export const POW10 = [1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8] as const

/** Compiles a type into a function that gives a value's JSON: dec as a number, time as ISO text, rows as objects. */
export function jsonEncoder(type: Type): Encode {
  const encode = presentEncoder(type)
  return encode === asIs ? asIs : (value) => (value === null || value === undefined ? null : encode(value))
}

function presentEncoder(type: Type): Encode {
  switch (type.k) {
    case 'dec': {
      const unit = POW10[type.scale]!
      return type.scale === 0 ? asIs : (value) => (value as number) / unit
    }
    case 'time': return (value) => formatTime(value as number)
    case 'double': return exactDouble
    case 'list': {
      const encode = jsonEncoder(type.of)
      return encode === asIs ? asIs : (value) => (value as unknown[]).map(encode)
    }
    case 'map': {
      const encode = jsonEncoder(type.of)
      return (value) => Object.fromEntries(keysOfMap(value as object).map((key) => [key, encode((value as Record<string, unknown>)[key])]))
    }
    case 'record': {
      const fields = [...type.fields].map(([name, of]) => [name, jsonEncoder(of)] as const)
      return (value) => {
        const from = value as Record<string, unknown>
        const out: Record<string, unknown> = {}
        for (const [name, encode] of fields) {
          const item = from[name]
          if (item !== undefined) out[name] = encode(item)
        }
        return out
      }
    }
    default: return asIs
  }
}

/** Keys of a map in the order of their code units, which depends on nothing but the map. */
export function keysOfMap(map: object): string[] {
  return Object.keys(map).sort()
}

/** Text of a dec with all its places: units 7190 at scale 2 is `71.90`. */
export function decText(units: number, scale: number): string {
  if (scale === 0) return String(units)
  const digits = String(Math.abs(units)).padStart(scale + 1, '0')
  return `${units < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** How a value of a type reads inside text. */
export function textOf(type: Type): (value: unknown) => string {
  const json = jsonEncoder(type)
  return (value) => {
    if (value === null || value === undefined) return 'null'
    if (type.k === 'dec') return decText(value as number, type.scale)
    const encoded = json(value)
    return typeof encoded === 'string' ? encoded : JSON.stringify(encoded)
  }
}

/**
 * Reads JSON into a typed value.
 * @throws SpecFault naming the place when the JSON does not fit the type
 */
export function decodeJson(type: Type, value: unknown, place: string): unknown {
  if (value === null || value === undefined) {
    if (type.nullable || type.k === 'null' || type.k === 'json') return null
    throw new SpecFault(`${place}: null where ${type.k} is needed`)
  }
  const wrong = () => new SpecFault(`${place}: ${JSON.stringify(value)?.slice(0, 60)} is no ${type.k}`)
  switch (type.k) {
    case 'bool': if (typeof value === 'boolean') return value; throw wrong()
    case 'int': if (Number.isSafeInteger(value)) return value; throw wrong()
    case 'double': if (typeof value === 'number') return value; throw wrong()
    case 'dec': {
      const units = typeof value === 'number' ? decUnits(value, type.scale) : undefined
      if (units === undefined) throw wrong()
      return units
    }
    case 'string':
      if (typeof value !== 'string' || (type.values && !type.values.includes(value))) throw wrong()
      return value
    case 'time': {
      const ms = typeof value === 'string' ? parseTime(value) : undefined
      if (ms === undefined) throw wrong()
      return ms
    }
    case 'list':
      if (!Array.isArray(value)) throw wrong()
      return value.map((item, i) => decodeJson(type.of, item, `${place}[${i}]`))
    case 'map': {
      if (typeof value !== 'object' || Array.isArray(value)) throw wrong()
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decodeJson(type.of, item, `${place}.${key}`)]))
    }
    case 'record': {
      if (typeof value !== 'object') throw wrong()
      const out: Record<string, unknown> = {}
      for (const [name, of] of type.fields) out[name] = decodeJson(of, Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : null, `${place}.${name}`)
      return out
    }
    default: return value
  }
}

/** Units of a number at a scale, forgiving a ten-millionth of a unit and the error of a double; undefined for more places. */
export function decUnits(value: number, scale: number): number | undefined {
  const scaled = value * POW10[scale]!
  const units = Math.round(scaled)
  return Number.isSafeInteger(units) && Math.abs(units - scaled) <= Math.max(1e-7, Math.abs(units) * 2 ** -51) ? units : undefined
}

/** Whether a row or a JSON object has a field; what every object inherits does not count. */
function holds(object: object, name: string): boolean {
  return Object.hasOwn(object, name) || (name in object && !(name in Object.prototype))
}

/** Structural equality of two run-time values of one type; `touch` is called for each element that is compared. */
export function sameValue(a: unknown, b: unknown, touch?: () => void): boolean {
  if (a === b) return true
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null)
  if (typeof a !== 'object' || typeof b !== 'object') return false
  touch?.()
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i], touch))
  if (Array.isArray(b)) return false
  const x = a as Record<string, unknown>
  const y = b as Record<string, unknown>
  for (const key in x) if (x[key] !== undefined && (!holds(y, key) || !sameValue(x[key], y[key], touch))) return false
  for (const key in y) if (y[key] !== undefined && !holds(x, key)) return false
  return true
}
