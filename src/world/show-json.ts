/** A result as the JSON that its caller sees, charged by its size in the same pass. */
import { charge, type Evaluation } from './evaluation.ts'
import { jsonEncoder } from './json-value.ts'
import { measure } from './measure.ts'
import type { Type } from './type.ts'

/** Gives a value's JSON; costs one unit for each element and one for 16 characters, like `measure`. @throws CallLimit */
export type Show = (cx: Evaluation, value: unknown) => unknown

/** Compiles a type into the function that shows its values. */
export function jsonShower(type: Type): Show {
  switch (type.k) {
    case 'list': return showList(type.of)
    case 'record': return showRecord(type.fields)
    case 'bool': case 'int': case 'string': return showPlain
    default: {
      const encode = jsonEncoder(type)
      return (cx, value) => encode(measure(cx, value ?? null))
    }
  }
}

function unitsOf(value: unknown): number {
  return typeof value === 'string' ? 1 + (value.length >> 4) : 1
}

const showPlain: Show = (cx, value) => {
  charge(cx, unitsOf(value))
  return value ?? null
}

function showList(of: Type): Show {
  const show = jsonShower(of)
  return (cx, value) => {
    charge(cx, 1)
    if (value === null || value === undefined) return null
    const items = value as readonly unknown[]
    const out = new Array<unknown>(items.length)
    for (let i = 0; i < items.length; i++) out[i] = show(cx, items[i])
    return out
  }
}

function showRecord(fields: ReadonlyMap<string, Type>): Show {
  const names = [...fields.keys()]
  const shows = [...fields.values()].map((of) => (of.k === 'bool' || of.k === 'int' || of.k === 'string' ? undefined : jsonShower(of)))
  return (cx, value) => {
    if (value === null || value === undefined) {
      charge(cx, 1)
      return null
    }
    const from = value as Record<string, unknown>
    const out: Record<string, unknown> = {}
    let units = 1
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      const item = from[name]
      if (item === undefined) continue
      const show = shows[i]
      if (show) out[name] = show(cx, item)
      else {
        units += unitsOf(item)
        out[name] = item
      }
    }
    charge(cx, units)
    return out
  }
}
