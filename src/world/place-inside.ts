/** Places inside a column: `.lines[0].qty`, `.seats[args.cabin]`, `.shares[o.symbol]`. */
import { nearest } from '../core/nearest.ts'
import type { Evaluation } from './evaluation.ts'
import { compileNode } from './expression/compile.ts'
import { convert } from './expression/conversion.ts'
import { fieldsAt } from './expression/map-method.ts'
import type { Ast } from './expression/parse.ts'
import { type Compiled, ExpressionError, type Run, type Scope } from './expression/scope.ts'
import { Refused, SpecFault } from './fault.ts'
import { describeType, INT, JSON_VALUE, nullable, present, STRING, type Type } from './type.ts'

/** One step inwards: a field, or an index or a key that is computed. */
export type Inward = { readonly of: 'record' | 'list' | 'map' | 'json'; readonly key: Run | string; readonly fields?: ReadonlyMap<string, Type> }

/** @throws ExpressionError for a step that the type does not have */
export function compileInside(steps: readonly Ast[], from: Type, place: string, scope: Scope): { inside: Inward[]; type: Type } {
  let type = from
  const inside = steps.map((step): Inward => {
    const outer = present(type)
    const index = step.op === '[]' ? compileNode(step.args[1], scope) : undefined
    const offset = index ? (step.args[1] as Ast).pos : step.pos
    const name: unknown = index ? index.literal : step.args[1]
    switch (outer.k) {
      case 'json': return { of: 'json', key: index ? looseIndex(index, offset) : (name as string) }
      case 'record': {
        if (typeof name !== 'string') {
          type = fieldsAt(outer, index!, offset).of
          return { of: 'record', key: convert(index!, STRING, offset, 'a field').run, fields: outer.fields }
        }
        const of = outer.fields.get(name)
        if (!of) throw new ExpressionError(`${describeType(outer)} has no field '${name}'`, offset, { nearest: nearest(name, outer.fields.keys()), expected: [...outer.fields.keys()].join(', ') })
        type = of
        return { of: 'record', key: name, fields: outer.fields }
      }
      case 'list':
        if (!index) throw new ExpressionError(`${describeType(outer)} has no field '${String(name)}'`, offset, { expected: 'an index' })
        type = outer.of
        return { of: 'list', key: convert(index, INT, offset, 'an index').run }
      case 'map':
        if (!index) throw new ExpressionError(`${describeType(outer)} has no field '${String(name)}'`, offset, { expected: `a key: ['${String(name)}']` })
        // Writing null takes the key out again.
        type = nullable(outer.of)
        return { of: 'map', key: convert(index, STRING, offset, 'a key').run }
      default: throw new ExpressionError(`${place} has no inside`, offset, { expected: 'a record, list, map or json column' })
    }
  })
  return { inside, type: inside.at(-1)?.of === 'json' ? JSON_VALUE : type }
}

function looseIndex(index: Compiled, offset: number): Run {
  if (index.type.k !== 'int' && index.type.k !== 'string') throw new ExpressionError('an index is an int or a text', offset)
  return index.run
}

/**
 * A copy of a value with one place inside it replaced; a list may grow by one at its end.
 * @throws SpecFault when the place is not there
 */
export function writeInside(value: unknown, inside: readonly Inward[], cx: Evaluation, written: unknown): unknown {
  const [step, ...rest] = inside
  if (!step) return written
  const key = typeof step.key === 'string' ? step.key : (step.key(cx) as string | number)
  if (step.of === 'list' || (step.of === 'json' && Array.isArray(value))) {
    if (!Array.isArray(value) || typeof key !== 'number' || key < 0 || key > value.length) throw nowhere(key, value)
    const copy = value.slice()
    copy[key] = writeInside(value[key], rest, cx, written)
    return copy
  }
  if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value))) throw nowhere(key, value)
  if (step.of !== 'json' && (value === null || value === undefined)) throw nowhere(key, value)
  if (step.fields && !step.fields.has(key as string)) throw nowhere(key, value)
  if (key === '__proto__') throw new Refused("'__proto__' is no key")
  const from = (value ?? {}) as Record<string, unknown>
  const inner = writeInside(Object.hasOwn(from, key) ? from[key] : null, rest, cx, written)
  if (step.of === 'map' && inner === null) return Object.fromEntries(Object.entries(from).filter(([name]) => name !== key))
  return { ...from, [key]: inner }
}

function nowhere(key: string | number, value: unknown): SpecFault {
  return new SpecFault(`no place '${key}' in ${JSON.stringify(value)?.slice(0, 60)}`)
}
