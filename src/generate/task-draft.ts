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
  /** What `finish` takes; at most one. */
  readonly answers: Answer[]
}

export type Answer = { readonly schema: InputSchema; readonly value: string; readonly compare: 'exact' | 'words' }

export function newDraft(blueprint: Blueprint, key: Key): TaskDraft {
  return { blueprint, key, bind: {}, require: [], setup: [], witness: [], allowed: [], that: [], checks: [], facts: {}, questions: [], sentences: [], answers: [], counts: { joins: 0, slots: 0, writes: 0 } }
}

/** A slot name that is not taken. */
export function newSlot(draft: TaskDraft, letter: string): string {
  draft.counts.slots += 1
  return `${letter}${draft.counts.slots}`
}

/** Lets the agent change columns of a row. */
export function allow(draft: TaskDraft, entity: Entity, key: string, columns: readonly string[]): void {
  const known = draft.allowed.find((change) => 'update' in change && change.update === entity.plural && change.key === key)
  if (known && 'update' in known) known.columns = [...new Set([...known.columns!, ...columns])]
  else draft.allowed.push({ update: entity.plural, key, columns: [...columns] })
}

export function entityOf({ entities }: Blueprint, name: string): Entity {
  return entities.find((entity) => entity.name === name)!
}
