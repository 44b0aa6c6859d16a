/** Slots of a task: how each binding draws its value, and what else would have fitted. */
import type { Binding } from '../../protocol/spec/scenario.ts'
import { below, type Key } from '../core/keyed.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Evaluation, Row } from '../world/evaluation.ts'
import { declare, type Scope } from '../world/expression/scope.ts'
import { SpecFault } from '../world/fault.ts'
import { sameValue } from '../world/json-value.ts'
import type { Site } from '../world/site.ts'
import { BOOL, describeType, DOUBLE, INT, JSON_VALUE, present, STRING, type Type } from '../world/type.ts'

export type Slot = {
  readonly name: string
  readonly slot: number
  readonly type: Type
  /** Draws its value, given those of the slots before; false where nothing fits. */
  fill(cx: Evaluation, key: Key): boolean
  /** Of a row or an element that is drawn: all values that fit, in the order of the key. */
  choices?(cx: Evaluation, key: Key): Iterable<unknown>
  /** Of the same: whether a value fits. */
  fits?(cx: Evaluation, value: unknown): boolean
  /** Whether its value follows from nothing else. */
  readonly free?: true
  /** Whether it is something that the user knows and is asked. */
  readonly fact?: true
}

/** Compiles a binding to a slot. */
export function compileBinding(name: string, binding: Binding, scope: Scope, world: CompiledWorld, site: Site): { slot: Slot; scope: Scope } {
  if ('from' in binding) return compileRowBinding(name, binding, scope, world, site)
  if ('in' in binding) {
    const list = site.at('in').expression(binding.in, scope)
    if (list.type.k !== 'list' && list.type.k !== 'json') site.at('in').complain('expression', `${describeType(list.type)} is no list`, { expected: 'a list' })
    const type = list.type.k === 'list' ? list.type.of : JSON_VALUE
    const declared = declare(scope, name, type)
    const where = binding.where === undefined ? undefined : site.at('where').expression(binding.where, declared.scope, BOOL).run
    const fitting = (cx: Evaluation): readonly unknown[] => {
      const items = listFrom(list.run(cx), name)
      return where ? items.filter((item) => { cx.slots[declared.slot] = item; return where(cx) }) : items
    }
    return { scope: declared.scope, slot: { name, slot: declared.slot, type, fill: (cx, key) => fillFrom(fitting(cx), cx, declared.slot, key), choices: fitting, fits: (cx, value) => fitting(cx).some((item) => sameValue(item, value)) } }
  }
  if ('pick' in binding) {
    const type: Type = binding.pick.every((item) => typeof item === 'string') ? STRING : binding.pick.every((item) => Number.isInteger(item)) ? INT : DOUBLE
    const declared = declare(scope, name, type)
    return { scope: declared.scope, slot: { name, slot: declared.slot, type, free: true, fill: (cx, key) => { cx.slots[declared.slot] = binding.pick[below(key, binding.pick.length)]; return true } } }
  }
  if ('between' in binding) {
    const [least, most] = binding.between
    if (least > most) site.at('between').complain('value', 'the least is above the greatest')
    const declared = declare(scope, name, INT)
    return { scope: declared.scope, slot: { name, slot: declared.slot, type: INT, free: true, fill: (cx, key) => { cx.slots[declared.slot] = least + below(key, most - least + 1); return true } } }
  }
  const value = site.at('value').expression(binding.value, scope)
  if (value.type.k === 'table') site.at('value').complain('expression', 'a table is no value')
  const type = present(value.type)
  const declared = declare(scope, name, type)
  // A value that is null fits no task: the slots are drawn again.
  return { scope: declared.scope, slot: { name, slot: declared.slot, type, fill: (cx) => (cx.slots[declared.slot] = value.run(cx) ?? null) !== null } }
}

/** A fact of the user: a value of the initial world that is read like a slot, but may be null. */
export function compileFact(name: string, source: string, scope: Scope, site: Site): { slot: Slot; scope: Scope } {
  const value = site.expression(source, scope)
  if (value.type.k === 'table') site.complain('expression', 'a table is no value')
  const declared = declare(scope, name, value.type)
  return { scope: declared.scope, slot: { name, slot: declared.slot, type: value.type, fact: true, fill: (cx) => { cx.slots[declared.slot] = value.run(cx) ?? null; return true } } }
}

function listFrom(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SpecFault(`${name}: ${JSON.stringify(value)?.slice(0, 60)} is no list`)
  return value
}

function fillFrom(items: readonly unknown[], cx: Evaluation, slot: number, key: Key): boolean {
  if (!items.length) return false
  cx.slots[slot] = items[below(key, items.length)]
  return true
}

function compileRowBinding(name: string, binding: Extract<Binding, { from: string }>, scope: Scope, world: CompiledWorld, site: Site): { slot: Slot; scope: Scope } {
  const position = world.positionOf(binding.from)
  const row: Type = world.tables[position]?.row ?? JSON_VALUE
  if (position === undefined) site.at('from').complain('name', `unknown table '${binding.from}'`, { expected: world.tables.map((table) => table.name).join(', ') })
  const declared = declare(scope, name, row)
  const where = binding.where === undefined ? undefined : site.at('where').expression(binding.where, declared.scope, BOOL).run
  // Visiting rows in a keyed order makes the first that fits an even draw among all that fit.
  const choices = function* (cx: Evaluation, key: Key): Generator<Row> {
    const rows = (cx.view as BaseWorld).tables[position!]!.shuffled(key)
    for (let i = 0; i < rows.size; i++) {
      const candidate = rows.at(i)
      if (!candidate) continue
      cx.slots[declared.slot] = candidate
      if (!where || where(cx)) yield candidate
    }
  }
  const fits = (cx: Evaluation, value: unknown): boolean => {
    cx.slots[declared.slot] = value
    return !where || where(cx) === true
  }
  return { scope: declared.scope, slot: { name, slot: declared.slot, type: row, choices, fits, fill: (cx, key) => !choices(cx, key).next().done } }
}
