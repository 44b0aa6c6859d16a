/** Calls within the team that are answered at once: storage, skills, tools that are looked for, questions to the user. */
import type { CompiledAgent } from './compiled-agent.ts'
import type { EpisodeState } from './episode-state.ts'
import { callStorage } from './global-storage.ts'
import { acceptInnerCall, type CallResult, rejectCall } from './perform-call.ts'
import type { ReadCall } from './turn-action.ts'
import { answerUser } from './user-turn.ts'

/** Tools that one search brings in, at most. */
const MOST_FOUND = 5

/** Performs a call within the team; undefined where it is none. */
export function performTeamCall(state: EpisodeState, agent: CompiledAgent, turn: number, call: ReadCall, at: number): CallResult | undefined {
  if (call.problem !== undefined) return undefined
  if (agent.storage && call.name.startsWith('storage_')) return performStorage(state, turn, call, at)
  if (call.name === 'LoadSkill' && (agent.skills.size || agent.asSkill.size)) return loadSkill(state, agent, turn, call, at)
  if (call.name === 'ToolSearch' && agent.deferred.size) return searchTools(state, agent, turn, call, at)
  if (call.name === 'ask_user' && agent.asksUser) return askUser(state, turn, call, at)
  return undefined
}

function answer(state: EpisodeState, turn: number, call: ReadCall, at: number, content: string, { isError = false, returnsAt = at } = {}): CallResult {
  return acceptInnerCall(state, turn, call, { at, returnsAt, content, isError, frame: state.frame.path })
}

function misfit(state: EpisodeState, turn: number, call: ReadCall, at: number, problem: string): CallResult {
  return rejectCall(state, turn, call, at, 'invalid_arguments', `Invalid arguments for ${call.name}: ${problem}`, { inner: true })
}

const STORAGE_NAMES: ReadonlySet<string> = new Set(['get', 'set', 'update', 'delete', 'keys', 'lock', 'unlock'].map((name) => `storage_${name}`))

function performStorage(state: EpisodeState, turn: number, call: ReadCall, at: number): CallResult | undefined {
  if (!STORAGE_NAMES.has(call.name)) return undefined
  const answered = callStorage(state.storage, state.frame.path, call.name, call.arguments as Record<string, unknown>)
  if ('misfit' in answered) return misfit(state, turn, call, at, answered.misfit)
  state.storage = answered.storage
  return answer(state, turn, call, at, JSON.stringify(answered.json), answered)
}

function loadSkill(state: EpisodeState, { skills, asSkill }: CompiledAgent, turn: number, call: ReadCall, at: number): CallResult {
  const { skill_name: name } = call.arguments as { skill_name?: unknown }
  const body = typeof name === 'string' ? skills.get(name)?.body ?? (asSkill.has(name) ? describe(state, name) : undefined) : undefined
  return body === undefined ? misfit(state, turn, call, at, `skill_name: expected one of ${[...skills.keys(), ...asSkill.keys()].join(', ')}`) : answer(state, turn, call, at, body)
}

function describe({ scenario: { world } }: EpisodeState, tool: string): string {
  const { description, input } = world.tools.get(tool)!.spec
  return `${tool}: ${description}\nInput: ${JSON.stringify(input)}`
}

function searchTools(state: EpisodeState, { deferred }: CompiledAgent, turn: number, call: ReadCall, at: number): CallResult {
  const { query } = call.arguments as { query?: unknown }
  if (typeof query !== 'string' || query === '') return misfit(state, turn, call, at, 'query: expected text')
  const words = wordsOf(query)
  const { world } = state.scenario
  const scored = [...deferred].map((name) => ({ name, score: score(words, name, world.tools.get(name)!.spec.description) })).filter((one) => one.score > 0)
  const found = scored.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1)).slice(0, MOST_FOUND)
  const { frame } = state
  frame.loaded = [...new Set([...frame.loaded, ...found.map(({ name }) => name)])].sort()
  return answer(state, turn, call, at, JSON.stringify({ tools: found.map(({ name }) => ({ name, description: world.tools.get(name)!.spec.description })) }))
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? []
}

/** How many words fit; those of the name count twice. */
function score(words: readonly string[], name: string, description: string): number {
  const [named, described] = [wordsOf(name.replaceAll('_', ' ')), wordsOf(description)]
  return words.reduce((sum, word) => sum + (named.includes(word) ? 2 : 0) + (described.includes(word) ? 1 : 0), 0)
}

function askUser(state: EpisodeState, turn: number, call: ReadCall, at: number): CallResult {
  const { message } = call.arguments as { message?: unknown }
  if (typeof message !== 'string' || message === '') return misfit(state, turn, call, at, 'message: expected text')
  const { user } = state.task.template
  if (!user) return answer(state, turn, call, at, 'There is no user to ask.', { isError: true })
  const asked = state.frame.clock
  const { messages, leaves } = answerUser(state, user, message, turn)
  const took = state.frame.clock - asked
  state.frame.clock = asked
  if (leaves) state.stop ??= { ending: { reason: leaves }, natural: true }
  return answer(state, turn, call, at, messages.map(({ content }) => content).join('\n'), { returnsAt: at + took })
}
