/** The witness of an episode as steps to make: what the oracles play. */
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../episode/episode.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { endingOf, type PlannedStep, planStep } from '../episode/witness-step.ts'

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
    this.take(content === undefined || step?.kind === 'say' ? content : jsonOrText(content))
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
    return endingOf(task, scenario.baseOf(identity.seed), this.#captured)
  }
}
