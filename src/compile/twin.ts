/** Twins of a task: instances that read the same to the agent and are about another row. */
import { keyOf } from '../core/keyed.ts'
import type { TaskInstance, Twin } from '../episode/task.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Evaluation, Row } from '../world/evaluation.ts'
import { CallLimit, Refused, SpecFault } from '../world/fault.ts'
import { jsonEncoder, sameValue } from '../world/json-value.ts'
import { drawingEvaluation, instanceOf, type Recipe, taskKey } from './draw-task.ts'
import type { Slot } from './slot.ts'

/** Twins that are handed on of one slot. */
const ENOUGH = 3
/** What looking at one value costs besides its expressions, in units. */
const CHOICE_UNITS = 20

/**
 * Looks for other values of each drawn row or element that fit as well and, with what follows from them worked out
 * again, give the same instruction and the same facts of the user.
 * @param units what the search may cost for each slot
 */
export function twinsOf(recipe: Recipe, task: TaskInstance, base: BaseWorld, units: number): Twin[] {
  return recipe.slots.flatMap((slot, at) => {
    const found: Twin[] = []
    const cx = drawingEvaluation(recipe, base, taskKey(task.template, base), units)
    for (const { slot: filled } of recipe.slots.slice(0, at)) cx.slots[filled] = task.slots[filled]
    try {
      for (const choice of slot.choices?.(cx, keyOf(['twin', slot.name], taskKey(task.template, base))) ?? []) {
        spend(cx)
        if (isSame(slot, base, choice, task.slots[slot.slot])) continue
        const twin = twinWith(recipe, task, base, cx, at, choice)
        if (twin) found.push({ slot: slot.name, drawn: nameOf(slot, base, task.slots[slot.slot]), other: nameOf(slot, base, choice), task: twin })
        if (found.length === ENOUGH) break
      }
    } catch (error) {
      // Too dear to look at all of them, or nothing that can be drawn from.
      if (!(error instanceof CallLimit || error instanceof SpecFault)) throw error
    }
    return found
  })
}

/** @throws CallLimit when the search has cost enough */
function spend(cx: Evaluation): void {
  cx.left -= CHOICE_UNITS
  if (cx.left < 0) throw new CallLimit('too many rows')
}

/** The instance with another value in one slot, if it reads the same. */
function twinWith(recipe: Recipe, task: TaskInstance, base: BaseWorld, drawn: Evaluation, at: number, choice: unknown): TaskInstance | undefined {
  const cx: Evaluation = { ...drawn, slots: [...drawn.slots] }
  cx.slots[recipe.slots[at]!.slot] = choice
  try {
    for (const slot of recipe.slots.slice(at + 1)) if (!refill(slot, task, cx)) return undefined
    if (!recipe.needs.every((need) => need(cx) === true)) return undefined
    const twin = instanceOf(task.template, recipe, base, cx)
    const sameFacts = recipe.slots.every(({ fact, slot }) => !fact || sameValue(task.slots[slot], twin.slots[slot]))
    return sameFacts && twin.instruction === task.instruction ? twin : undefined
  } catch (error) {
    // What cannot be worked out for the other row is no task.
    if (error instanceof SpecFault || error instanceof Refused) return undefined
    throw error
  } finally {
    drawn.left = cx.left
  }
}

/** Fills a slot behind the changed one: as it was where it follows from nothing or still fits, or else anew. */
function refill(slot: Slot, task: TaskInstance, cx: Evaluation): boolean {
  const before = task.slots[slot.slot]
  cx.slots[slot.slot] = before
  return slot.free || slot.fits?.(cx, before) || slot.fill(cx, keyOf(['twin', slot.name, task.seed]))
}

function keyColumn({ type }: Slot, base: BaseWorld): string | undefined {
  return type.k === 'record' && type.table ? base.world.tables[base.world.positionOf(type.table)!]!.key : undefined
}

function isSame(slot: Slot, base: BaseWorld, a: unknown, b: unknown): boolean {
  const key = keyColumn(slot, base)
  return key === undefined ? sameValue(a, b) : (a as Row)[key] === (b as Row)[key]
}

/** A value as a person reads it: a row by its key. */
function nameOf(slot: Slot, base: BaseWorld, value: unknown): string {
  const key = keyColumn(slot, base)
  return key !== undefined && value !== null && typeof value === 'object' ? String((value as Row)[key]) : JSON.stringify(jsonEncoder(slot.type)(value)).slice(0, 80)
}
