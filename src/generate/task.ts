/** Intents as task templates: each goal adds its part to one draft, which becomes a template with its proof. */
import type { Blueprint, Goal, Intent } from '../../protocol/spec/blueprint.ts'
import type { Check } from '../../protocol/spec/check.ts'
import type { TaskTemplate } from '../../protocol/spec/scenario.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { pickOne } from './pick.ts'
import { apart, entityOf, newDraft, type TaskDraft } from './task-draft.ts'
import { question } from './task-question.ts'
import { wordings } from './task-text.ts'
import { unable } from './task-unable.ts'
import { change, create, each, reach, relink } from './task-write.ts'
import { spaced } from './world-naming.ts'

/** Wordings of one template, of which the seed draws one. */
const WORDINGS = 4
const PERSONAS = ['Busy, answers in one line.', 'Friendly and patient.', 'New here, not sure what is needed.', 'Exact, a little stiff.', 'In a hurry between two meetings.', 'Cheerful, trusts the staff.']
const PUZZLED = ['I am not sure what you mean. Could you ask in another way?', 'Sorry, I do not follow. What do you need from me?', 'Hm, what exactly do you want to know?', 'I can only tell you what I asked for. What is missing?']

const UNABLE: ReadonlySet<Intent['twist']> = new Set(['infeasible', 'forbidden', 'no_tool'])

function add(draft: TaskDraft, goal: Goal, intent: Intent): boolean {
  switch (goal.goal) {
    case 'state': return reach(draft, goal, intent)
    case 'field': return change(draft, goal, intent)
    case 'link': return relink(draft, goal, intent)
    case 'create': return create(draft, goal, intent)
    case 'each': return each(draft, goal)
    case 'question': return question(draft, goal, intent)
  }
}

/** What is left of an intent for its next goal: later references go through what the earlier ones have left. */
function rest({ blueprint, counts }: TaskDraft, goal: Goal, intent: Intent): Intent {
  const joins = Math.max(0, intent.joins - counts.joins)
  return joins > 0 || counts.joins === 0 || entityOf(blueprint, goal.entity).named === false ? { ...intent, joins } : { ...intent, joins, reference: 'name' }
}

function describe({ goals, twist }: Intent): string {
  const words = goals.map((goal) => {
    const one = spaced(goal.entity)
    switch (goal.goal) {
      case 'state': return `bring a ${one} to the state "${spaced(goal.state)}"`
      case 'field': return `change the ${spaced(goal.field)} of a ${one}`
      case 'link': return `give a ${one} another ${spaced(goal.relation)}`
      case 'create': return `make a new ${one}`
      case 'each': return `act on several rows of ${one} at once`
      case 'question': return `answer a question about ${one} records`
    }
  })
  const about = { none: '', missing: ', with something that only the user knows', ambiguous: ', where several fit the name', infeasible: ', which is not possible any more', forbidden: ', which the rules forbid', no_tool: ', for which there is no tool' }[twist]
  const whole = (twist === 'no_tool' ? [`do something with a ${spaced(goals[0]!.entity)}`] : words).join(', and ')
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${about}.`
}

function checksOf(draft: TaskDraft, done: boolean): Check[] {
  const gate = { gate: true, weight: 1 }
  return [
    ...(draft.that.length ? [{ id: 'goal', kind: 'state.predicates' as const, ...gate, that: [...new Set(draft.that)] }] : []),
    ...draft.checks,
    ...draft.answers.map(({ value, compare }) => ({ id: 'answer', kind: 'answer.typed' as const, ...gate, expect: value, compare })),
    ...(done || !draft.checks.some(({ kind }) => kind === 'abstention') ? [{ id: 'rest', kind: 'state.untouched' as const, ...gate, except: draft.allowed }] : []),
  ]
}

/** The template of an intent, or undefined where the blueprint has nothing that fits it. */
export function writeTask(blueprint: Blueprint, intent: Intent, root: Key): TaskTemplate | undefined {
  const key = keyOf(['task', intent.name], root)
  const draft = newDraft(blueprint, key)
  const done = !UNABLE.has(intent.twist)
  if (intent.twist === 'ambiguous' && blueprint.decoys === 0) return undefined
  const made = done ? intent.goals.every((goal, i) => add({ ...draft, key: keyOf(['goal', i], key) }, goal, rest(draft, goal, intent))) : unable(draft, intent.goals[0]!, intent)
  if (!made) return undefined
  if (!done && intent.goals.length > 1) return undefined
  const asks = Object.keys(draft.facts).length
  if ((intent.twist === 'missing' || intent.twist === 'ambiguous') && asks === 0) return undefined
  const { counts, answers: [answer, second] } = draft
  if (second) return undefined
  return {
    description: describe(intent), weight: intent.weight, tags: tagsOf(intent, counts.writes), outcome: done ? 'done' : 'unable',
    difficulty: {
      plan_depth: String(draft.witness.filter((step) => 'call' in step).length), writes: String(counts.writes), joins: String(counts.joins), missing: String(asks),
      lifecycle: String(Math.max(0, ...intent.goals.map(({ entity }) => entityOf(blueprint, entity).lifecycle?.states.length ?? 0))),
      decoys: String(blueprint.decoys), delegation: String(blueprint.team.layers - 1), faults: String(blueprint.dynamics.profile === 'clean' ? 0 : blueprint.dynamics.intensity),
    },
    bind: draft.bind, require: [...draft.require, ...apart(draft)], setup: draft.setup,
    instruction: wordings(draft.sentences, key, WORDINGS),
    ...(asks > 0 && { user: { persona: pickOne(key, 'persona', PERSONAS), facts: draft.facts, unknown: pickOne(key, 'puzzled', PUZZLED) } }),
    ...(answer && { answer: answer.schema }),
    witness: draft.witness,
    finish: answer ? { answer: answer.value } : done ? {} : { reason: 'This cannot be done.' },
    checks: checksOf(draft, done), variants: {},
  }
}

function tagsOf({ goals, twist }: Intent, writes: number): string[] {
  return [...new Set([writes > 0 ? 'write' : 'read', ...goals.map(({ goal }) => goal), ...(goals.length > 1 ? ['several'] : []), ...(twist === 'none' ? [] : [twist])])]
}
