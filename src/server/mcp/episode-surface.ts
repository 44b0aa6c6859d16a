/** An episode as an MCP server: its tools, its task as a prompt, its state as resources. */
import { type CallToolResult, type GetPromptResult, type Prompt, ProtocolError, ProtocolErrorCode, type ReadResourceResult, type Resource, ResourceNotFoundError, type ResourceTemplateType, type Tool } from '@modelcontextprotocol/server'
import type { Action } from '../../../protocol/action.ts'
import type { Event } from '../../../protocol/event.ts'
import type { StepResult } from '../../../protocol/methods.ts'
import { GymError } from '../../core/gym-error.ts'
import { nearest } from '../../core/nearest.ts'
import type { Opening } from '../live-episode.ts'
import { answerOf, failed } from './call-answer.ts'
import type { Desk } from './desk.ts'
import type { EpisodePort, Moment, Step } from './episode-port.ts'
import { couldSay, listTools, sayName } from './episode-tools.ts'
import { playerTranscript } from './player-transcript.ts'
import { CURRENT, readAddress, RESOURCE_TEMPLATE, resourceOf, type ResourceName, RESOURCES } from './resource-address.ts'
import type { CallContext, Surface } from './surface.ts'

/** Told after each step, before it is answered. */
export type AfterStep = (result: StepResult) => Promise<void>

const NAMES = Object.keys(RESOURCES) as ResourceName[]

export class EpisodeSurface implements Surface {
  readonly title = 'Fractal Gym episode'
  readonly port: EpisodePort
  readonly #desk: Desk
  readonly #after: AfterStep | undefined

  constructor(port: EpisodePort, desk: Desk, after?: AfterStep) {
    this.port = port
    this.#desk = desk
    this.#after = after
  }

  async instructions(): Promise<string> {
    const { observation: { messages, tools = [] } } = await this.#opening()
    const leads = tools.some(({ name }) => name === 'finish')
    const ending = leads ? 'End it with finish, or with report_unable if it cannot be done.' : 'Say your result when you are done.'
    return [...messages.map(({ content }) => content), `Work on this with the tools that are listed. ${ending}`].join('\n\n')
  }

  async tools(): Promise<Tool[]> {
    const moment = await this.port.moment()
    this.#note(moment)
    return listTools(moment)
  }

  #opening(): Promise<Opening> {
    return this.#desk.opening(() => this.port.opening())
  }

  /** Looking is being told. */
  #note(moment: Moment): void {
    this.#desk.noteTools(moment.tools, sayName(moment))
  }

  async call(name: string, args: Record<string, unknown>, context: CallContext): Promise<CallToolResult> {
    const taken = await this.#desk.inTurn(() => this.#take(name, args, context))
    if ('content' in taken) return taken
    const { step, before, isWorlds, isSaid } = taken
    const { result, blocks } = step
    const ms = Math.max(0, result.observation.clock_ms - before)
    const half = Math.floor(ms / 2)
    const { progress, log } = context
    await log(`step ${result.seq}: ${name} called at ${before} virtual ms`)
    await progress?.(0, ms, `called at ${before} virtual ms`)
    // Real time is only cut in two where somebody looks on.
    if (progress) await step.pass(0.5, context.signal)
    if (half > 0) await progress?.(half, ms, `${half} virtual ms have passed`)
    await step.pass(progress ? 0.5 : 1, context.signal)
    await log(`step ${result.seq}: ${name} answered after ${ms} virtual ms`)
    await log(`step ${result.seq}: left of the budgets: ${JSON.stringify(result.observation.budgets)}`)
    if (ms > 0) await progress?.(ms, ms, `answered after ${ms} virtual ms`)
    return answerOf(this.port.id, result, isSaid ? undefined : { name, isWorlds }, blocks)
  }

  /** Takes the step of a call, or answers it without one. */
  async #take(name: string, args: Record<string, unknown>, { signal, seq }: CallContext): Promise<CallToolResult | { step: Step; before: number; isWorlds: boolean; isSaid: boolean }> {
    // In virtual time a step takes no time: what has begun is done.
    if (signal.aborted) throw new ProtocolError(ProtocolErrorCode.InternalError, 'the call was cancelled before it began; nothing happened')
    const moment = await this.port.moment(name)
    const isRepeated = seq !== undefined && seq <= moment.seq
    if (moment.ended && !isRepeated) return failed(`The episode has ended; no call is taken any more. The verdict is in ${resourceOf(this.port.id, 'verdict')}.`)
    const listed = moment.tools.find(({ schema }) => schema.name === name)
    const isSaid = listed === undefined && (name === sayName(moment) || (isRepeated && !moment.worldTools.has(name) && couldSay(name)))
    // What changes with this step changes against what could be seen before it.
    if (!moment.ended) this.#note(moment)
    if (listed === undefined && !isSaid && !moment.leads && !isRepeated) throw unknownTool(name, listTools(moment))
    const wrong = isSaid ? wrongIn(args) : undefined
    if (wrong !== undefined) return failed(`Invalid arguments for ${name}: ${wrong}`)
    const step = await this.port.step(isSaid ? { content: args.text } : actionOf(name, args), seq)
    await this.#after?.(step.result)
    await this.#tell(step.result)
    return { step, before: isRepeated ? step.result.observation.clock_ms : moment.clockMs, isWorlds: listed?.like !== undefined, isSaid }
  }

  async #tell({ terminated, truncated }: StepResult): Promise<void> {
    const ended = terminated || truncated
    for (const name of ['state', 'transcript', ...(ended ? ['verdict' as const] : [])] as const) {
      // Who asked for news of the current episode is told of it under that address.
      for (const episode of [this.port.id, CURRENT]) this.#desk.noteResource(resourceOf(episode, name))
    }
    if (!ended) this.#note(await this.port.moment())
  }

  async prompts(): Promise<Prompt[]> {
    return [{ name: 'task', title: 'Task', description: 'What the agent is told at the start: who it is, the rules, and what it is asked to do.' }]
  }

  async prompt(name: string): Promise<GetPromptResult> {
    if (name !== 'task') throw new ProtocolError(ProtocolErrorCode.InvalidParams, `no prompt is called ${name}; there is: task`, { nearest: 'task' })
    const { observation: { messages }, info } = await this.#opening()
    // A prompt knows no system messages.
    return { description: `${info.scenario} ${info.task}`, messages: messages.map(({ role, content }) => ({ role: role === 'assistant' ? 'assistant' : 'user', content: { type: 'text', text: content } })) }
  }

  async resources(): Promise<Resource[]> {
    const { rules } = await this.port.moment()
    return NAMES.filter((name) => name !== 'rules' || rules !== null).map((name) => {
      const { title, mimeType, about } = RESOURCES[name]
      return { uri: resourceOf(this.port.id, name), name, title, mimeType, description: about }
    })
  }

  async templates(): Promise<ResourceTemplateType[]> {
    return [{ uriTemplate: RESOURCE_TEMPLATE, name: 'episode', title: 'What can be read about an episode', description: `resource is one of ${NAMES.join(', ')}` }]
  }

  async read(uri: string): Promise<ReadResourceResult> {
    const address = readAddress(uri)
    if (!address || (address.episode !== this.port.id && address.episode !== CURRENT)) throw new ResourceNotFoundError(uri)
    const text = await this.#text(address.name)
    if (text === null) throw new ResourceNotFoundError(uri)
    return { contents: [{ uri, mimeType: RESOURCES[address.name].mimeType, text }] }
  }

  async #text(name: ResourceName): Promise<string | null> {
    switch (name) {
      case 'instruction': return (await this.#opening()).observation.messages.map(({ content }) => content).join('\n\n')
      case 'rules': return (await this.port.moment()).rules
      case 'state': return JSON.stringify(stateOf(this.port.id, await this.port.moment()), null, 2)
      case 'transcript': return JSON.stringify(playerTranscript((await this.port.trajectory()).events as Event[]), null, 2)
      case 'verdict': return JSON.stringify(await this.#verdict(), null, 2)
    }
  }

  async #verdict(): Promise<unknown> {
    const { last } = await this.port.last()
    const end = 'episode' in last ? last.ended : last
    if (!end || !(end.terminated || end.truncated)) throw new GymError('GYM_INVALID_PARAMS', 'the episode goes on; it is judged when it has ended', { path: 'uri', expected: 'an episode that has ended' })
    return { episode: this.port.id, reason: end.info.stop_reason, terminated: end.terminated, reward: end.info.verdict?.reward ?? end.reward, success: end.info.verdict?.success, verdict: end.info.verdict }
  }

  async complete({ ref, argument: { name, value } }: Parameters<Surface['complete']>[0]): Promise<string[]> {
    if (ref.type !== 'ref/resource') return []
    const values: readonly string[] = name === 'resource' ? NAMES : name === 'episode' ? [this.port.id, CURRENT] : []
    return values.filter((each) => each.startsWith(value))
  }
}

/** The engine names a call without an id by its turn, so the same calls have the same ids whoever sends them. */
function actionOf(name: string, args: Record<string, unknown>): Action {
  return { tool_calls: [{ name, arguments: args }] }
}

/** What is wrong with the arguments of something said; as text it could not be told from what others say. */
function wrongIn({ text, ...more }: Record<string, unknown>): string | undefined {
  if (typeof text !== 'string') return 'text: expected text'
  if (!text.isWellFormed()) return 'text: holds half a character (a lone surrogate)'
  const [strange] = Object.keys(more)
  return strange === undefined ? undefined : `${strange.slice(0, 64)}: unknown argument`
}

function unknownTool(name: string, tools: readonly Tool[]): ProtocolError {
  const near = nearest(name, tools.map((tool) => tool.name))
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name.slice(0, 128)}${near ? `; did you mean ${near}?` : ''}`, { ...(near && { nearest: near }) })
}

/** How an episode stands, with nothing in it that is hidden from who plays it. */
export function stateOf(episode: string, { identity, seq, frame, clockMs, budgets, ended }: Moment): Record<string, unknown> {
  const { scenario, digest, task, seed } = identity
  return { episode, scenario, digest, task, seed, seq, frame, clock_ms: clockMs, budgets, ended }
}
