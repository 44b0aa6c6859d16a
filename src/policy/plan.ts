/** The witness of an episode as steps to make: what the oracles play. */
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../episode/episode.ts'
import type { Captures, TaskInstance, WitnessStep } from '../episode/task.ts'
import type { BaseWorld } from '../world/base-world.ts'
import { callAction, finishAction } from './policy.ts'

/** A step with its values worked out. */
export type PlannedStep =
  | { readonly kind: 'call'; readonly call: string; readonly args: Record<string, unknown>; readonly write: boolean }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'wait'; readonly ms: number }

/** The action that makes a step. */
export function actionOf(step: PlannedStep): Action {
  switch (step.kind) {
    case 'call': return callAction(step.call, step.args)
    case 'say': return { content: step.text }
    case 'wait': return callAction('wait', { ms: step.ms })
  }
}

/** The action that ends a task the way it rightly ends. */
export function rightEnding({ task }: Episode, answer: { json: unknown } | undefined): Action {
  return task.template.outcome === 'unable' ? callAction('report_unable', { reason: 'It cannot be done.' }) : finishAction(answer)
}

/** Walks the witness; captures are filled from what the tools and the user really answered. */
export class Plan {
  readonly #episode: Episode
  readonly #captured: Record<string, unknown> = {}
  #at = 0

  constructor(episode: Episode) {
    this.#episode = episode
  }

  /** The step to make now, or undefined when only the ending is left. */
  current(): PlannedStep | undefined {
    const { task, scenario, identity } = this.#episode
    const step = task.template.witness.steps[this.#at]
    return step && planStep(step, task, scenario.baseOf(identity.seed), this.#captured)
  }

  /** Goes on, keeping what was answered for later steps: a result's JSON, or what the user said. */
  advance(content: string | undefined): void {
    const step = this.#episode.task.template.witness.steps[this.#at]
    this.take(content === undefined || step?.kind === 'say' ? content : parseContent(content))
  }

  /** Goes on, keeping a result that was put together; undefined is none. */
  take(result: unknown): void {
    const step = this.#episode.task.template.witness.steps[this.#at]
    if (step?.as !== undefined && result !== undefined) this.#captured[step.as] = result
    this.#at++
  }

  /** Goes back to the reads right before the step, whose answers may be out of date. */
  lookAgain(): void {
    const { steps } = this.#episode.task.template.witness
    for (let before = steps[this.#at - 1]; before?.kind === 'call' && !before.write; before = steps[this.#at - 1]) this.#at--
  }

  /** The action that is left when all steps are made. */
  ending(): Action {
    const { task, scenario, identity } = this.#episode
    const { answer } = task.template.witness
    return rightEnding(this.#episode, answer && { json: answer(task, scenario.baseOf(identity.seed), this.#captured) })
  }
}

/** Works out the values of a witness step. @throws SpecFault when a capture that it needs never came */
export function planStep(step: WitnessStep, task: TaskInstance, base: BaseWorld, captured: Captures): PlannedStep {
  switch (step.kind) {
    case 'call': return { kind: 'call', call: step.call, write: step.write, args: step.args(task, base, captured) }
    case 'say': return { kind: 'say', text: step.text(task, base, captured) }
    case 'wait': return { kind: 'wait', ms: step.ms(task, base, captured) }
  }
}

/** The JSON of a tool's answer; text that is no JSON stays text. */
export function parseContent(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return content
  }
}
