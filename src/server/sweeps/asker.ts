/** Asks an endpoint for the turns of one policy: again and again where it misbehaves, and with an account of what that took. */
import type { Action } from '../../../protocol/action.ts'
import type { SweepOutcome } from '../../../protocol/sweep.ts'
import { type AgentQuestion, askAgentTurn } from '../../llm/agent-turn.ts'
import { type Endpoint, EndpointError, type Outside } from '../../llm/endpoint.ts'
import type { RequestGate } from './request-gate.ts'

export type Usage = NonNullable<SweepOutcome['usage']>

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

/** Whether the same question may be answered when it is asked again; a refusal stays one. */
export function mayComeRight({ fault, status }: EndpointError): boolean {
  return fault !== 'abandoned' && (status === undefined || status === 408 || status === 409 || status === 425 || status === 429 || status >= 500)
}

/** What an episode has used so far. */
export class Account {
  #usage: Usage = { prompt_tokens: 0, completion_tokens: 0, requests: 0, retries: 0, real_ms: 0 }

  get usage(): Usage {
    return this.#usage
  }

  add(more: Partial<Usage>): void {
    const { prompt_tokens, completion_tokens, requests, retries, real_ms } = this.#usage
    this.#usage = {
      prompt_tokens: prompt_tokens + (more.prompt_tokens ?? 0), completion_tokens: completion_tokens + (more.completion_tokens ?? 0),
      requests: requests + (more.requests ?? 0), retries: retries + (more.retries ?? 0), real_ms: real_ms + (more.real_ms ?? 0),
    }
  }
}

/**
 * Asks until there is an answer.
 * @throws EndpointError when it has been asked `endpoint.retries + 1` times in vain, or refuses
 */
export async function askPatiently(endpoint: Endpoint, question: AgentQuestion, gate: RequestGate, account: Account, outside: Outside, now: () => number, gone: AbortSignal): Promise<Action> {
  for (let tries = 0; ; tries++) {
    await gate.enter(gone)
    const began = now()
    try {
      const action = await askAgentTurn({ ...endpoint, retries: 0 }, question, outside, gone)
      const { prompt_tokens = 0, completion_tokens = 0 } = action.usage ?? {}
      account.add({ requests: 1, real_ms: Math.round(now() - began), prompt_tokens, completion_tokens })
      return action
    } catch (error) {
      account.add({ requests: 1, real_ms: Math.round(now() - began) })
      if (!(error instanceof EndpointError) || !mayComeRight(error) || tries >= endpoint.retries) throw error
      account.add({ retries: 1 })
      const pause = Math.min(LONGEST_PAUSE_MS, error.pauseMs ?? FIRST_PAUSE_MS * 2 ** tries)
      // An endpoint that is too busy for one is too busy for all.
      if (error.status === 429 || error.status === 503) gate.holdFor(pause)
      else await outside.sleep(pause, gone)
    }
  }
}
