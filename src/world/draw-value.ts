/** Seeded values of base cells: each draw is named by the column, the row, and the place inside the cell. */
import { below, chance, keyOf, type Key, weighted, word } from '../core/keyed.ts'
import { exp, log } from '../core/portable-math.ts'
import { SpecFault } from './fault.ts'
import { POW10 } from './json-value.ts'
import type { CompiledColumn } from './table.ts'
import { drawWithoutRepetition } from './unique.ts'

/** The largest row number that index 1 of a key is not used for: null draws live beyond it. */
const NULL_DRAW = 0x40000000
const SKEW_DRAW = 0x20000000

/** A table that a reference may point into. */
export type Target = { readonly slots: number; exists(n: number): boolean; keyAt(n: number): string }

/** What drawing a cell needs of the world around it. */
export type Surroundings = {
  /** Milliseconds since 1970. */
  readonly epoch: number
  target(position: number): Target
  /** Runs the expression of a column or a part of one, of a row and inside a list of an element. */
  evaluate(column: CompiledColumn, n: number, i: number, place: string): unknown
}

/** A cell, or a part of one; `n` is the row's number, `i` that of the element inside a list. */
export function drawValue(column: CompiledColumn, key: Key, n: number, i: number, place: string, around: Surroundings): unknown {
  const { spec } = column
  if (spec.null_share !== undefined && chance(key, spec.null_share, NULL_DRAW + n)) return null
  if (column.value) return around.evaluate(column, n, i, place)
  if (column.fake) return column.fake(key, n)
  if (column.distinct !== undefined) return drawDistinct(column, column.distinct, key, n, around.epoch)
  if (column.choices) return column.cumulative ? column.choices[weighted(key, column.cumulative, n)] : column.choices[below(key, column.choices.length, n)]
  switch (spec.type) {
    case 'bool': return chance(key, spec.chance ?? 0.5, n)
    case 'ref': {
      const target = around.target(column.target!)
      return target.keyAt(drawTarget(column, key, n, target))
    }
    case 'int': case 'dec': case 'time': return drawNumber(spec, key, n, around.epoch)
    case 'record': return Object.fromEntries(column.parts.map((part) => [part.name, drawValue(part, keyOf(['field', part.name], key), n, i, `${place}.${part.name}`, around)]))
    case 'list': {
      const part = column.parts[0]!
      const [least, most] = spec.size ?? [0, 0]
      const size = least + below(keyOf(['size'], key), most - least + 1, n)
      return Array.from({ length: size }, (_, at) => drawValue(part, keyOf(['item', at], key), n, at, `${place}[${at}]`, around))
    }
    case 'map': return {}
    default: return null
  }
}

function drawDistinct({ spec, choices }: CompiledColumn, values: number, key: Key, n: number, epoch: number): unknown {
  const at = drawWithoutRepetition(key, values, n)
  if (choices) return choices[at]
  if (spec.type === 'bool') return at === 1
  const least = ('between' in spec && spec.between?.[0]) || 0
  if (spec.type === 'time') return epoch + (least + at) * 1000
  return Math.round(least * (spec.type === 'dec' ? POW10[spec.scale]! : 1)) + at
}

function drawNumber(spec: CompiledColumn['spec'] & { type: 'int' | 'dec' | 'time' }, key: Key, n: number, epoch: number): number | null {
  if (!spec.between) return spec.nullable ? null : 0
  const [least, most] = spec.between
  if (spec.type === 'time') return epoch + (least + below(key, most - least + 1, n)) * 1000
  const unit = spec.type === 'dec' ? POW10[spec.scale]! : 1
  const lo = Math.round(least * unit)
  return lo + below(key, Math.round(most * unit) - lo + 1, n)
}

/**
 * The row number that a drawn reference points to.
 * @throws SpecFault when the table has hardly a row
 */
export function drawTarget({ spec }: CompiledColumn, key: Key, n: number, target: Target): number {
  const skew = (spec.type === 'ref' && spec.skew) || 0
  for (let attempt = 0; attempt < 64; attempt++) {
    const from = attempt === 0 ? key : keyOf([attempt], key)
    const u = (word(from, skew ? SKEW_DRAW + n : n) + 0.5) / 4294967296
    const at = Math.floor((skew ? exp((1 + skew) * log(u)) : u) * target.slots)
    if (target.exists(at)) return at
  }
  throw new SpecFault(`no row of ${spec.type === 'ref' ? spec.table : ''} to refer to`)
}
