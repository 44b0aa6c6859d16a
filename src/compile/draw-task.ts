/** Draws an instance of a task template from a seed. */
import { GymError } from '../core/gym-error.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { CompiledTask, TaskInstance } from '../episode/task.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation, type Row } from '../world/evaluation.ts'
import type { Run } from '../world/expression/scope.ts'
import { CallLimit, Refused, SpecFault } from '../world/fault.ts'
import { copyRow } from '../world/lazy-row.ts'
import type { Type } from '../world/type.ts'
import type { Slot } from './slot.ts'

/** How often the slots of a task are drawn before the seed is refused. */
export const MAX_ATTEMPTS = 32

/** What instances of a template are made of. */
export type Recipe = {
  readonly slots: readonly Slot[]
  readonly needs: readonly Run[]
  readonly phrasings: readonly ((cx: Evaluation) => string)[]
  readonly difficulty: readonly (readonly [axis: string, run: Run])[]
  /** Slots that an evaluation needs. */
  readonly width: () => number
}

/** Names the draws of a template in a base world. */
export function taskKey(template: CompiledTask, base: BaseWorld): Key {
  return keyOf(['task', base.seed, template.name])
}

/** An evaluation over the initial world, with no slot filled. */
export function drawingEvaluation({ width }: Recipe, base: BaseWorld, key: Key, left: number): Evaluation {
  return { view: base, slots: new Array(width()), left, now: base.world.epoch, key, draws: 0 }
}

/** The instance that filled slots make. */
export function instanceOf(template: CompiledTask, { slots, phrasings, difficulty }: Recipe, base: BaseWorld, cx: Evaluation): TaskInstance {
  const phrasing = phrasings[below(keyOf(['phrasing'], taskKey(template, base)), phrasings.length)]!
  return {
    template,
    seed: base.seed,
    instruction: phrasing(cx),
    difficulty: Object.fromEntries(difficulty.map(([axis, run]) => [axis, run(cx) as number])),
    // Plain copies: a task must not keep the caches of its base world alive.
    slots: slots.map(({ slot, type }) => keep(cx.slots[slot], type, base.world)).reduce<unknown[]>((all, value, i) => { all[slots[i]!.slot] = value; return all }, []),
  }
}

/** @throws GymError GYM_NO_TASK */
export function drawTask(template: CompiledTask, base: BaseWorld, recipe: Recipe): TaskInstance {
  const root = taskKey(template, base)
  const { slots, needs } = recipe
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const cx = drawingEvaluation(recipe, base, keyOf(['draw', attempt], root), CALL_UNITS * 10)
      if (!slots.every((slot) => slot.fill(cx, keyOf([slot.name, attempt], root)))) continue
      if (!needs.every((need) => need(cx) === true)) continue
      return instanceOf(template, recipe, base, cx)
    }
  } catch (error) {
    if (error instanceof CallLimit || error instanceof Refused) throw new SpecFault(`task ${template.name}: ${error.message}`)
    throw error
  }
  throw new GymError('GYM_NO_TASK', `seed ${base.seed} has no task '${template.name}' after ${MAX_ATTEMPTS} draws`, { path: 'seed' })
}

function keep(value: unknown, type: Type, world: CompiledWorld): unknown {
  if (value === null || typeof value !== 'object') return value
  if (type.k === 'record' && type.table) return copyRow(world.tables[world.positionOf(type.table)]!, value as Row)
  if (type.k === 'list') return (value as unknown[]).map((item) => keep(item, type.of, world))
  if (type.k === 'record') return Object.fromEntries([...type.fields].map(([name, of]) => [name, keep((value as Record<string, unknown>)[name], of, world)]))
  return value
}
