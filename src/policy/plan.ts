/** The witness of an episode as calls to make: what the oracles play. */
import type { Episode } from '../episode/episode.ts'

export type PlannedStep = { readonly call: string; readonly args: Record<string, unknown>; readonly write: boolean }

/** Walks the witness; captures are filled from what the tools really answered. */
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
    return step && { call: step.call, write: step.write, args: step.args(task, scenario.baseOf(identity.seed), this.#captured) }
  }

  /** Goes on, keeping the result's JSON for later steps. */
  advance(content: string | undefined): void {
    const as = this.#episode.task.template.witness.steps[this.#at]?.as
    if (as !== undefined && content !== undefined) this.#captured[as] = parseContent(content)
    this.#at++
  }

  /** The final answer; undefined where the task takes none. */
  answer(): { json: unknown } | undefined {
    const { task, scenario, identity } = this.#episode
    const { answer } = task.template.witness
    return answer && { json: answer(task, scenario.baseOf(identity.seed), this.#captured) }
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
