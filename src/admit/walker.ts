/** Policies that act without understanding: they call what there is with what they have seen, and end. */
import type { Action } from '../../protocol/action.ts'
import type { Message, ToolSchema } from '../../protocol/observation.ts'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { Episode } from '../episode/episode.ts'
import { callAction, finishAction } from '../episode/witness-step.ts'
import type { Policy } from '../policy/policy.ts'
import { noop } from '../policy/trivial.ts'
import { decline } from './attacker.ts'
import { Sightings } from './sightings.ts'

/** Calls of one turn of a walk, and turns of reading. */
const CALLS = 24
const READING_TURNS = 3
/** Characters of results that are read out. */
const LONGEST_SPEECH = 20_000

type Call = { readonly name: string; readonly arguments: Record<string, unknown> }

/** A value for an argument from what was seen; `n` chooses another one. */
function fill(name: string, schema: InputSchema, seen: Sightings, n: number): unknown {
  if ('enum' in schema && schema.enum) return schema.enum[n % schema.enum.length]
  const type = [schema.type].flat()[0]
  const fitting = seen.fitting(name).filter((value) => typeof value === (type === 'integer' ? 'number' : type))
  switch (type) {
    case 'string': return fitting[n % Math.max(1, fitting.length)] ?? 'x'
    case 'boolean': return true
    case 'integer': case 'number': return fitting[n % Math.max(1, fitting.length)] ?? Math.max(1, (schema as { minimum?: number }).minimum ?? 1)
    case 'array': return [fill(name, (schema as { items: InputSchema }).items, seen, n)]
    default: return fillObject(schema as ObjectSchema, seen, n)
  }
}

function fillObject({ properties = {}, required = [] }: ObjectSchema, seen: Sightings, n: number): Record<string, unknown> {
  return Object.fromEntries(required.map((name) => [name, fill(name, properties[name]!, seen, n)]))
}

/** Calls of each tool with what was seen, several of each as long as they differ and were not made before. */
function callsOf(tools: readonly ToolSchema[], seen: Sightings, made: Set<string>, each: number): Call[] {
  const calls = tools.flatMap((tool) => Array.from({ length: each }, (_, n): Call => ({ name: tool.name, arguments: fillObject(tool.input_schema as unknown as ObjectSchema, seen, n) })))
  return calls.filter((call) => {
    const text = JSON.stringify(call)
    return !made.has(text) && made.add(text)
  }).slice(0, CALLS)
}

/** The tools of the world by what they do, as they are shown. */
function toolsBy(episode: Episode, effect: 'read' | 'write'): ToolSchema[] {
  const { tools } = episode.scenario.world
  return episode.tools.filter(({ name }) => tools.get(name)?.spec.effect === effect)
}

/** Asks a user for everything that a request may be about. */
const QUESTION: Action = { content: 'Could you tell me your name, your number, your e-mail, your birth date, your PIN, your booking or order number, and what exactly you want?' }

/** Reads whatever it can for a few turns, then does what comes after; where there is a user it asks first. */
function walk(episode: Episode, after: (seen: Sightings) => readonly Action[]): Policy {
  const seen = new Sightings()
  let asked = episode.task.template.user === undefined
  const made = new Set<string>()
  const reads = toolsBy(episode, 'read')
  let turn = 0
  let rest: readonly Action[] | undefined
  return {
    act({ messages }) {
      seen.take(messages)
      if (!asked) {
        asked = true
        return QUESTION
      }
      const calls = turn++ < READING_TURNS ? callsOf(reads, seen, made, turn === 1 ? 3 : 2) : []
      if (calls.length && !rest) return { tool_calls: calls }
      rest ??= after(seen)
      const [next, ...others] = rest
      if (others.length) rest = others
      return next!
    },
  }
}

/** All reads that the instruction allows for and the ending in one turn: nothing of them was waited for. */
function readAllAtOnce(ending: (episode: Episode) => Action): (episode: Episode) => Policy {
  return (episode) => ({
    act({ messages }) {
      const seen = new Sightings()
      seen.take(messages)
      const calls = callsOf(toolsBy(episode, 'read'), seen, new Set(), 3)
      return { tool_calls: [...calls, ...(ending(episode).tool_calls ?? [])] }
    },
  })
}

/** One write at random with what the instruction holds, a wait, and the ending. */
function strayAndFinish(episode: Episode): Policy {
  const seen = new Sightings()
  const writes = toolsBy(episode, 'write')
  const key: Key = keyOf(['stray', episode.identity.seed])
  let turn = 0
  return {
    act({ messages }) {
      seen.take(messages)
      turn += 1
      const tool = writes[below(key, Math.max(1, writes.length))]
      if (turn === 1 && tool) return callAction(tool.name, fillObject(tool.input_schema as unknown as ObjectSchema, seen, below(key, 3, 1)))
      return turn <= 2 ? callAction('wait', { ms: 60_000 }) : noop(episode).act(episode.observation)
    },
  }
}

/** Every tool once with what was seen, the reads first, and the ending. */
function callEverything(episode: Episode): Policy {
  return walk(episode, (seen) => [{ tool_calls: callsOf(toolsBy(episode, 'write'), seen, new Set(), 1) }, noop(episode).act(episode.observation)])
}

/** Says all results to the user and ends; without a user they are the answer, where that is text. */
function readOut(episode: Episode): Policy {
  const { answer, user } = episode.task.template
  const told: Message[] = []
  const reading = walk(episode, () => {
    const text = told.map(({ content }) => content).join('\n').slice(0, LONGEST_SPEECH)
    const blank = noop(episode).act(episode.observation)
    if (user) return [{ content: text }, blank]
    return [answer?.isText ? finishAction({ json: text }) : blank, blank]
  })
  return {
    act(observation) {
      told.push(...observation.messages.filter(({ role }) => role === 'tool'))
      return reading.act(observation)
    },
  }
}

/** Answers with the n-th element of the last list that it saw and that fits the answer. */
function element(n: number): (episode: Episode) => Policy {
  return (episode) => {
    const { answer } = episode.task.template
    if (!answer) return noop(episode)
    return walk(episode, ({ lists }) => {
      const found = lists.toReversed().flatMap((list) => candidatesIn(list.at(n))).find((json) => 'value' in answer.read(json, 'answer'))
      return [found === undefined ? noop(episode).act(episode.observation) : finishAction({ json: found }), decline('Nothing was found.')]
    })
  }
}

/** What an element of a list may stand for: itself, its fields, a list of it. */
function candidatesIn(item: unknown): unknown[] {
  if (item === undefined) return []
  const fields = item !== null && typeof item === 'object' ? Object.values(item) : []
  return [item, ...fields, [item], ...fields.map((field) => [field])]
}

/** By name, like the built-in policies. */
export const walkers: Readonly<Record<string, (episode: Episode) => Policy>> = {
  'read-all-and-finish': readAllAtOnce((episode) => noop(episode).act(episode.observation)),
  'read-all-and-refuse': readAllAtOnce(() => decline('I cannot do this.')),
  'stray-and-finish': strayAndFinish,
  'call-everything': callEverything,
  'read-out': readOut,
  'first-element': element(0),
  'second-element': element(1),
  'last-element': element(-1),
}
