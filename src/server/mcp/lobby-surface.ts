/** The lobby: finds scenarios, starts episodes and plays them by their handle, so that any agent can play with tools alone. */
import { type CallToolResult, type GetPromptResult, type Prompt, ProtocolError, ProtocolErrorCode, type ReadResourceResult, type Resource, ResourceNotFoundError, type ResourceTemplateType, type Tool } from '@modelcontextprotocol/server'
import type { LobbyCall, LobbyTool } from '../../../protocol/mcp.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Gym } from '../gym.ts'
import { failed } from './call-answer.ts'
import { EpisodeSurface, stateOf } from './episode-surface.ts'
import { LOBBY_TOOLS, readLobbyCall } from './lobby-tools.ts'
import { adviceOf, typedOf } from './refusals.ts'
import { CURRENT, readAddress, RESOURCE_TEMPLATE } from './resource-address.ts'
import type { CallContext, Surface } from './surface.ts'

export type LobbyParts = {
  readonly gym: Gym
  /** Calls a method of the native dialect. */
  ask<R>(method: string, params: unknown): Promise<R>
  surfaceOf(episode: string): EpisodeSurface
  /** Told of an episode that was started, where the lobby belongs to a session. */
  readonly bind?: (episode: string) => void
  /** The episode that the session plays. */
  readonly bound?: () => string | undefined
}

const ABOUT = 'A gym for agents. list_scenarios shows what there is to play; start_episode starts an episode and gives its handle; use_tool calls a tool of an episode; episode_state tells how it stands. An episode ends with its tool finish, or report_unable.'

export class LobbySurface implements Surface {
  readonly title = 'Fractal Gym'
  readonly #parts: LobbyParts

  constructor(parts: LobbyParts) {
    this.#parts = parts
  }

  /** The episode of the session, once there is one. */
  get #episode(): EpisodeSurface | undefined {
    const id = this.#parts.bound?.()
    return id === undefined ? undefined : this.#parts.surfaceOf(id)
  }

  async instructions(): Promise<string> {
    return ABOUT
  }

  /** Its own, and those of the session's episode that have other names. */
  async tools(): Promise<Tool[]> {
    const others = await this.#episode?.tools() ?? []
    return [...LOBBY_TOOLS.values(), ...others.filter(({ name }) => !LOBBY_TOOLS.has(name))]
  }

  async call(name: string, args: Record<string, unknown>, context: CallContext): Promise<CallToolResult> {
    if (!LOBBY_TOOLS.has(name)) {
      const episode = this.#episode
      if (!episode) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name.slice(0, 128)}; there are: ${[...LOBBY_TOOLS.keys()].join(', ')}; tools of an episode are called through use_tool`)
      return episode.call(name, args, context)
    }
    try {
      return await this.#run(readLobbyCall(name as LobbyTool, args), context)
    } catch (error) {
      // What the model can mend, it has to read.
      if (error instanceof ProtocolError) return failed(error.message)
      const typed = typedOf(error, this.#parts.gym)
      const result = failed(adviceOf(typed))
      return { ...result, content: [...result.content, { type: 'text', text: JSON.stringify({ error: typed.toWire() }) }] }
    }
  }

  async #run(call: LobbyCall, context: CallContext): Promise<CallToolResult> {
    switch (call.tool) {
      case 'list_scenarios': return asResult(await this.#list(call.args))
      case 'start_episode': return asResult(await this.#start(call.args, context))
      case 'use_tool': return this.#parts.surfaceOf(call.args.episode).call(call.args.tool, call.args.arguments ?? {}, { ...context, seq: call.args.seq ?? context.seq })
      case 'episode_state': return asResult(stateOf(call.args.episode, await this.#parts.surfaceOf(call.args.episode).port.moment()))
    }
  }

  async #list({ query, limit = 50 }: { query?: string | undefined; limit?: number | undefined }): Promise<Record<string, unknown>> {
    const { scenarios, next } = await this.#parts.ask<{ scenarios: { name: string; title?: string; description?: string; tasks?: unknown }[]; next: string | null }>('scenario/list', { limit, ...(query !== undefined && { query }) })
    return { scenarios, more: next !== null }
  }

  async #start(args: Extract<LobbyCall, { tool: 'start_episode' }>['args'], { origin }: CallContext): Promise<Record<string, unknown>> {
    const { scenario, seed, task, dynamics, intensity, request_key } = args
    const { episode } = await this.#parts.ask<{ episode: string }>('env/reset', {
      scenario, seed, ...(task !== undefined && { task }), ...(request_key !== undefined && { request_key }),
      options: { ...((dynamics !== undefined || intensity !== undefined) && { dynamics: { ...(dynamics !== undefined && { profile: dynamics }), ...(intensity !== undefined && { intensity }) } }) },
    })
    this.#parts.bind?.(episode)
    const surface = this.#parts.surfaceOf(episode)
    return {
      episode, ...(origin !== undefined && { url: `${origin}/mcp/${episode}` }),
      instruction: await surface.instructions(),
      tools: (await surface.tools()).map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
    }
  }

  async prompts(): Promise<Prompt[]> {
    return this.#episode?.prompts() ?? []
  }

  async prompt(name: string): Promise<GetPromptResult> {
    const episode = this.#episode
    if (!episode) throw new GymError('GYM_INVALID_PARAMS', `no prompt is called ${name}: no episode was started in this session`, { path: 'name' })
    return episode.prompt(name)
  }

  async resources(): Promise<Resource[]> {
    return this.#episode?.resources() ?? []
  }

  async templates(): Promise<ResourceTemplateType[]> {
    return [{ uriTemplate: RESOURCE_TEMPLATE, name: 'episode', title: 'What can be read about an episode' }]
  }

  /** Of any episode whose handle the caller has. */
  async read(uri: string): Promise<ReadResourceResult> {
    const address = readAddress(uri)
    if (!address) throw new ResourceNotFoundError(uri)
    const surface = address.episode === CURRENT ? this.#episode : this.#parts.surfaceOf(address.episode)
    if (!surface) throw new ResourceNotFoundError(uri)
    return surface.read(uri)
  }

  async complete(params: Parameters<Surface['complete']>[0]): Promise<string[]> {
    return this.#episode?.complete(params) ?? []
  }
}

function asResult(value: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value }
}
