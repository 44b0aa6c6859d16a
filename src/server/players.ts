/** Endpoints that play agents: the server knows them by name; a trainer names one, and never an address. */
import type { Action } from '../../protocol/action.ts'
import { type Others, Player } from '../../protocol/identity.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import { type AgentQuestion, askAgentTurn } from '../llm/agent-turn.ts'
import type { Endpoint, Outside } from '../llm/endpoint.ts'

export type Players = {
  /** Names that may be used. */
  readonly names: readonly string[]
  /**
   * Asks what a frame does next.
   * @param history what the frame has seen and said
   * @param gone aborted when nobody waits for the answer any more
   * @throws GymError GYM_INVALID_PARAMS for a name that is not there; EndpointError when there is no answer in time
   */
  ask(name: string, history: AgentQuestion, gone: AbortSignal): Promise<Action>
}

/** The endpoints that a server was started with. */
export function endpointPlayers(endpoints: ReadonlyMap<string, Endpoint>, outside: Outside): Players {
  const names = [...endpoints.keys()].sort()
  return {
    names,
    async ask(name, history, gone) {
      const endpoint = endpoints.get(name)
      if (!endpoint) throw unknownEndpoint(name, names)
      return askAgentTurn(endpoint, history, outside, gone)
    },
  }
}

/** Nobody but the built-in policies. */
export const NO_PLAYERS: Players = endpointPlayers(new Map(), {
  fetch: () => Promise.reject(new TypeError('nobody is asked')),
  sleep: () => Promise.resolve(),
})

/**
 * Looks whether everybody is there who shall play.
 * @param path where they are named
 * @throws GymError GYM_INVALID_PARAMS for an endpoint without a name, or with one that the server was not started with
 */
export function requirePlayers(others: Others | undefined, { players }: { readonly players: Players }, path = 'params.options.others'): void {
  for (const player of playersIn(others)) {
    const { policy, endpoint } = typeof player === 'string' ? { policy: player } : player
    if (policy === 'endpoint' && (endpoint === undefined || !players.names.includes(endpoint))) throw unknownEndpoint(endpoint, players.names, path)
  }
}

function playersIn(others: Others = 'robust'): Player[] {
  return Player.safeParse(others).success ? [others as Player] : Object.values(others as Record<string, Player>)
}

function unknownEndpoint(name: string | undefined, names: readonly string[], path = 'params.options.others'): GymError {
  const close = name === undefined ? undefined : nearest(name, names)
  const there = names.length ? `there are: ${names.join(', ')}` : 'the server was started without any (--endpoint NAME=URL,MODEL)'
  const problem = name === undefined ? 'an endpoint that plays has to be named' : `no endpoint is called '${name}'${close ? `; did you mean '${close}'?` : ''}`
  return new GymError('GYM_INVALID_PARAMS', `${path}: ${problem}; ${there}`, {
    path, ...(close && { nearest: close }), expected: names.map((one) => ({ policy: 'endpoint', endpoint: one })),
  })
}
