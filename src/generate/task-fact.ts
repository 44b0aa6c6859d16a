/** What has to hold before a task begins: looked for among the rows, or made so by the set-up where that would be rare. */
import type { Entity, Intent } from '../../protocol/spec/blueprint.ts'
import { literal } from './cel.ts'
import type { Fact } from './regress.ts'
import { type TaskDraft, touch } from './task-draft.ts'
import { guardHolds, otherOf } from './world-write.ts'

/** Rows that facts have to hold for, about; where there are fewer they are made. */
const ENOUGH = { name: 16, id: 9, relation: 40, attributes: 40, extreme: 80 } as const satisfies Record<Intent['reference'], number>

export type Settled = {
  /** CEL over the row's slot. */
  readonly where: (slot: string) => string[]
  /** Columns that the set-up changes. */
  readonly avoid: ReadonlySet<string>
  /** Writes the set-up, once the row's slot is known. */
  readonly make: (slot: string) => void
}

function ownerOf(draft: TaskDraft, entity: Entity, { relation }: Fact): Entity {
  return relation === undefined ? entity : otherOf(draft.blueprint, entity, relation)
}

/** About how many rows a fact holds for. */
function shareOf(owner: Entity, { field, is, not }: Fact): number {
  if (owner.lifecycle?.field === field) return 1 / owner.lifecycle.states.length
  const of = owner.fields.find(({ name }) => name === field)!
  const share = of.type === 'flag' ? (is === true ? of.chance : 1 - of.chance) : of.type === 'choice' ? 1 / of.values.length : 0.5
  return not ? 1 - share : share
}

/** The value that makes a fact true. */
function valueFor(owner: Entity, { field, is, not }: Fact): string {
  if (!not) return literal(is)
  if (typeof is === 'boolean') return String(!is)
  const of = owner.fields.find(({ name }) => name === field)
  const values = of?.type === 'choice' ? of.values : owner.lifecycle!.states
  return literal(values.find((value) => value !== is)!)
}

/** Facts as conditions, or as a set-up; how a row is spoken of leaves more or fewer of them. */
export function settle(draft: TaskDraft, entity: Entity, facts: readonly Fact[], reference: Intent['reference']): Settled {
  const note = (slot: string): void => {
    for (const fact of facts) touch(draft, ownerOf(draft, entity, fact).plural, fact.relation === undefined ? `${slot}.id` : `${slot}.${fact.relation}`)
  }
  const share = facts.reduce((product, fact) => product * shareOf(ownerOf(draft, entity, fact), fact), 1)
  const { blueprint } = draft
  if (share * entity.rows >= ENOUGH[reference]) {
    const where = (slot: string): string[] => facts.map(({ relation, field, is, not }) => {
      const condition = guardHolds(blueprint, entity, { ...(relation !== undefined && { relation }), field, is, says: '' }, slot)
      return not ? `!(${condition})` : condition
    })
    return { where, avoid: new Set(), make: note }
  }
  return {
    where: () => [], avoid: new Set(facts.map(({ field }) => field)),
    make(slot) {
      note(slot)
      for (const fact of facts) {
        const owner = ownerOf(draft, entity, fact)
        const key = fact.relation === undefined ? `${slot}.id` : `${slot}.${fact.relation}`
        draft.setup.push({ set: { [`${owner.plural}[${key}].${fact.field}`]: valueFor(owner, fact) } })
      }
    },
  }
}
