/** Steps of a witness as actions: what its players make, and what its proof is played by. */
import type { Action } from '../../protocol/action.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Captures, TaskInstance, WitnessStep } from './task.ts'

/** A step with its values worked out. */
export type PlannedStep =
  | { readonly kind: 'call'; readonly call: string; readonly args: Record<string, unknown>; readonly write: boolean }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'wait'; readonly ms: number }

/** Works out the values of a witness step. @throws SpecFault when a capture that it needs never came */
export function planStep(step: WitnessStep, task: TaskInstance, base: BaseWorld, captured: Captures): PlannedStep {
  switch (step.kind) {
    case 'call': return { kind: 'call', call: step.call, write: step.write, args: step.args(task, base, captured) }
    case 'say': return { kind: 'say', text: step.text(task, base, captured) }
    case 'wait': return { kind: 'wait', ms: step.ms(task, base, captured) }
  }
}

/** An action of one call. */
export function callAction(name: string, args: Record<string, unknown>): Action {
  return { tool_calls: [{ name, arguments: args }] }
}

/** The ending action: `finish` with an answer, or without one where the task takes none. */
export function finishAction(answer: { json: unknown } | undefined): Action {
  return callAction('finish', answer ? { answer: answer.json } : {})
}

/** The action that makes a step. */
export function actionOf(step: PlannedStep): Action {
  switch (step.kind) {
    case 'call': return callAction(step.call, step.args)
    case 'say': return { content: step.text }
    case 'wait': return callAction('wait', { ms: step.ms })
  }
}

/** The action that ends a task the way it rightly ends. */
export function endingOf(task: TaskInstance, base: BaseWorld, captured: Captures): Action {
  const { outcome, witness: { answer, reason } } = task.template
  if (outcome === 'unable') return callAction('report_unable', { reason: reason?.(task, base, captured) ?? 'It cannot be done.' })
  return finishAction(answer && { json: answer(task, base, captured) })
}
