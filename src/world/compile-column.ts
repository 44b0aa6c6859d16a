/** Columns with all inside them: choices, parts, and what cannot be meant. */
import type { Column } from '../../protocol/spec/column.ts'
import { parseTime } from '../core/calendar.ts'
import { nearest } from '../core/nearest.ts'
import { compileFaker } from './faker-column.ts'
import { valueCount } from './unique.ts'
import { columnType, partsOf } from './column-type.ts'
import { storeOf } from './column-bound.ts'
import { decodeLiteral } from './literal.ts'
import { jsonEncoder, POW10 } from './json-value.ts'
import type { SettledWorld } from './settle-table.ts'
import type { Site } from './site.ts'
import type { CompiledColumn } from './table.ts'
import { MAX_TYPE_SIZE, sizeOfType } from './type.ts'

/** Compiles a column and all inside it; `place` is what refusals call it. */
export function compileColumn(name: string, spec: Column, position: number, place: string, world: SettledWorld, at: Site): CompiledColumn {
  const tables = Object.keys(world.tables)
  if (spec.type === 'ref' && !tables.includes(spec.table)) at.at('table').complain('name', `unknown table '${spec.table}'`, { nearest: nearest(spec.table, tables) })
  const type = columnType(spec)
  if (sizeOfType(type) > MAX_TYPE_SIZE) at.complain('structure', `a structure of more than ${MAX_TYPE_SIZE} parts`)
  const pool = 'pick' in spec && spec.pick !== undefined ? (typeof spec.pick === 'string' ? (Object.hasOwn(world.lists, spec.pick) ? world.lists[spec.pick] : undefined) : spec.pick) : spec.type === 'enum' ? spec.values : undefined
  if ('pick' in spec && typeof spec.pick === 'string' && !pool) at.at('pick').complain('name', `no list '${spec.pick}'`, { nearest: nearest(spec.pick, Object.keys(world.lists)) })
  checkSource(spec, pool?.length ?? 0, at)
  let sum = 0
  const choices = pool?.map((choice, i) => decodeLiteral(spec, choice, at.at('pick', i)))
  const fake = spec.type === 'string' && spec.faker !== undefined ? compileFaker(spec.faker, spec.max_length, parseTime(world.epoch) ?? 0, at.at('faker')) : undefined
  const parts = partsOf(spec).map(([path, part, of], i) => compileColumn(part, of, i, `${place}.${part}`, world, at.at(...path)))
  return {
    name, position, type, spec, choices, parts, fake,
    distinct: spec.unique ? valueCount({ spec, choices }) : undefined,
    cumulative: 'weights' in spec ? spec.weights?.map((weight) => (sum += weight)) : undefined,
    encode: jsonEncoder(type),
    store: storeOf({ name, type, spec, parts }, place),
    target: spec.type === 'ref' ? tables.indexOf(spec.table) : undefined,
  }
}

function checkSource(spec: Column, choices: number, at: Site): void {
  const sources = [spec.value !== undefined && 'value', 'pick' in spec && spec.pick !== undefined && 'pick', 'between' in spec && spec.between && 'between', 'faker' in spec && spec.faker !== undefined && 'faker'].filter(Boolean)
  if (sources.length > 1) at.complain('column', `only one of ${sources.join(' and ')}`, { expected: 'one source' })
  if (spec.null_share !== undefined && !spec.nullable) at.at('null_share').complain('column', 'null_share needs nullable: true')
  const weights = 'weights' in spec ? spec.weights : undefined
  if (weights && weights.length !== choices) at.at('weights').complain('column', `${weights.length} weights for ${choices} choices`)
  if (weights && weights.every((weight) => weight === 0)) at.at('weights').complain('column', 'all weights are 0', { expected: 'a weight above 0' })
  if ('between' in spec && spec.between) {
    const unit = spec.type === 'dec' ? POW10[spec.scale]! : spec.type === 'time' ? 1000 : 1
    if (spec.between[0] > spec.between[1]) at.at('between').complain('column', 'the least is above the greatest')
    if (spec.between.some((bound) => !Number.isSafeInteger(Math.round(bound * unit)))) at.at('between').complain('column', 'the bounds leave the range of exact numbers')
  }
  if (spec.type === 'list' && spec.size && spec.size[0] > spec.size[1]) at.at('size').complain('column', 'the least is above the greatest')
  if (spec.type === 'list' && spec.size && spec.max_items !== undefined && spec.size[1] > spec.max_items) at.at('size').complain('column', `draws up to ${spec.size[1]} items, but max_items is ${spec.max_items}`)
  if (spec.type === 'map' && spec.of.nullable) at.at('of').complain('column', 'a value of a map is never null', { expected: 'no nullable: a key that is not there reads as null' })
}
