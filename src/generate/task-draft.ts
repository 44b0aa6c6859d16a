/** A task template while it is being made: slots, conditions, plan and checks come together here. */
import type { Blueprint, Entity } from '../../protocol/spec/blueprint.ts'
import type { Allowed, Check } from '../../protocol/spec/check.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import type { Binding, WitnessStep } from '../../protocol/spec/scenario.ts'
import type { Step } from '../../protocol/spec/step.ts'
import type { User } from '../../protocol/spec/user.ts'
import type { Key } from '../core/keyed.ts'

export type Facts = User['facts']

export type TaskDraft = {
  readonly blueprint: Blueprint
  readonly key: Key
  readonly bind: Record<string, Binding>
  readonly require: string[]
  /** Steps that make facts true which are too rare to be waited for. */
  readonly setup: Step[]
  readonly witness: WitnessStep[]
  readonly allowed: Allowed[]
  /** CEL over the final state. */
  readonly that: string[]
  readonly checks: Check[]
  /** What only the user knows. */
  readonly facts: Record<string, NonNullable<Facts>[string]>
  /** What is asked of the user, in the plan. */
  readonly questions: string[]
  /** Sentences of the request, as templates without a full stop. */
  readonly sentences: string[]
  readonly counts: { joins: number; slots: number; writes: number }
  /** Rows that goals depend on or change. */
  readonly touched: Touched[]
  /** What `finish` takes; at most one. */
  readonly answers: Answer[]
}

export type Answer = { readonly schema: InputSchema; readonly value: string; readonly compare: 'exact' | 'words' }

export function newDraft(blueprint: Blueprint, key: Key): TaskDraft {
  return { blueprint, key, bind: {}, require: [], setup: [], witness: [], allowed: [], that: [], checks: [], facts: {}, questions: [], sentences: [], answers: [], counts: { joins: 0, slots: 0, writes: 0 }, touched: [] }
}

/** A slot name that is not taken. */
export function newSlot(draft: TaskDraft, letter: string): string {
  draft.counts.slots += 1
  return `${letter}${draft.counts.slots}`
}

/** Lets the agent change columns of a row. */
export function allow(draft: TaskDraft, entity: Entity, key: string, columns: readonly string[]): void {
  touch(draft, entity.plural, key)
  const known = draft.allowed.find((change) => 'update' in change && change.update === entity.plural && change.key === key)
  if (known && 'update' in known) known.columns = [...new Set([...known.columns!, ...columns])]
  else draft.allowed.push({ update: entity.plural, key, columns: [...columns] })
}

export function entityOf({ entities }: Blueprint, name: string): Entity {
  return entities.find((entity) => entity.name === name)!
}

/** Rows of a table by CEL: one key, or a list of keys. */
export type Touched = { readonly goal: Key; readonly table: string; readonly key?: string; readonly keys?: string }

/** Notes a row that the goal at hand depends on or changes. */
export function touch(draft: TaskDraft, table: string, key: string): void {
  if (!draft.touched.some((one) => one.table === table && one.key === key)) draft.touched.push({ goal: draft.key, table, key })
}

/** CEL conditions by which the goals of one request stay out of each other's rows. */
export function apart({ touched }: TaskDraft): string[] {
  return touched.flatMap((one, i) => touched.slice(0, i).filter((other) => other.table === one.table && other.goal !== one.goal).map((other) => {
    if (one.key !== undefined && other.key !== undefined) return `${one.key} != ${other.key}`
    if (one.key !== undefined) return `!(${one.key} in ${other.keys})`
    return other.key === undefined ? `!${one.keys}.exists(k, k in ${other.keys})` : `!(${other.key} in ${one.keys})`
  }))
}
