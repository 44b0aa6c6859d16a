/** Arguments at the edges of what a tool takes, and beyond: whatever comes, a tool answers and the world holds. */
import type { Action } from '../../protocol/action.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { below, keyOf, type Key } from '../core/keyed.ts'
import { Episode, type EpisodeRequest } from '../episode/episode.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'

/** Argument sets that each tool is called with, by seed. */
const SETS = 12
/** Calls of one turn. */
const CALLS = 4
/** Keys of rows that are tried as texts, by table. */
const KEYS = 6

const ODD_TEXTS = ['', ' ', 'x', '0', '-1', 'null', '__proto__', 'constructor', "' || true || '", '${1 + 1}', '\u0000', '🙂'.repeat(50), 'ſtraße İ', 'a'.repeat(5000), '2026-02-31', '../../etc/passwd'] as const
const ODD_NUMBERS = [0, 1, -1, 0.1, -0.01, 0.005, 1e15, -1e15, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e300, 5e-324] as const
const ODD_VALUES: readonly unknown[] = [null, true, [], {}, [[]], 'x', 3, JSON.parse('{"__proto__": 1}')]

function keysOf(scenario: CompiledScenario, seed: number): string[] {
  const base = scenario.baseOf(seed)
  return scenario.world.tables.flatMap((table, position) => {
    const rows = base.tables[position]!.shuffled(keyOf(['fuzz', seed, table.name]))
    return Array.from({ length: Math.min(rows.size, KEYS) }, (_, i) => rows.at(i)?.[table.key]).filter((key) => typeof key === 'string')
  })
}

/** One value for a schema: mostly one that fits it at an edge, now and then one that does not. */
function drawValue(schema: InputSchema, key: Key, texts: readonly string[]): unknown {
  if (below(key, 8, 1) === 0) return ODD_VALUES[below(key, ODD_VALUES.length, 2)]
  const types = [schema.type].flat()
  if (types.includes('null') && below(key, 4, 3) === 0) return null
  if ('enum' in schema && schema.enum) return schema.enum[below(key, schema.enum.length)]
  switch (types[0]) {
    case 'string': return drawText(schema as { minLength?: number; maxLength?: number }, key, texts)
    case 'boolean': return below(key, 2) === 1
    case 'json': return ODD_VALUES[below(key, ODD_VALUES.length, 2)]
    case 'integer': case 'number': {
      const { minimum, maximum } = schema as { minimum?: number; maximum?: number }
      const edges = [minimum, maximum, minimum !== undefined && minimum + 1, maximum !== undefined && maximum - 1, ...ODD_NUMBERS].filter((edge) => typeof edge === 'number')
      return edges[below(key, edges.length)]
    }
    case 'array': {
      const { items, minItems = 0, maxItems = 5 } = schema as { items: InputSchema; minItems?: number; maxItems?: number }
      const sizes = [minItems, Math.min(maxItems, minItems + 1), Math.min(maxItems, 60)]
      const size = sizes[below(key, sizes.length)]!
      const same = below(key, 3, 6) === 0
      return Array.from({ length: size }, (_, i) => drawValue(items, keyOf([same ? 0 : i], key), texts))
    }
    default: return drawObject(schema as ObjectSchema, key, texts)
  }
}

/** A key of some row, a text at the edges of the schema's length, or an odd one. */
function drawText({ minLength = 0, maxLength = 4000 }: { minLength?: number; maxLength?: number }, key: Key, texts: readonly string[]): string {
  switch (below(key, 6, 4)) {
    case 0: return 'é'.repeat(Math.min(maxLength, 4000))
    case 1: return 'n'.repeat(minLength)
    case 2: return ODD_TEXTS[below(key, ODD_TEXTS.length, 5)]!
    default: return texts[below(key, texts.length)] ?? 'x'
  }
}

function drawObject({ properties = {}, required = [] }: ObjectSchema, key: Key, texts: readonly string[]): Record<string, unknown> {
  const given = Object.entries(properties).filter(([name], i) => (required.includes(name) ? below(key, 20, i + 10) !== 0 : below(key, 2, i + 10) === 1))
  const drawn = given.map(([name, property]) => [name, drawValue(property, keyOf([name], key), texts)] as const)
  return Object.fromEntries(below(key, 20, 7) === 0 ? [...drawn, ['surplus', 1]] : drawn)
}

/** Arguments as an object, or now and then as the text that a model may write. */
function drawArguments(tool: ToolSchema, key: Key, texts: readonly string[]): unknown {
  const args = drawObject(tool.input_schema as unknown as ObjectSchema, key, texts)
  const form = below(key, 12, 8)
  if (form === 0) return JSON.stringify(args)
  return form === 1 ? JSON.stringify(args).slice(0, -1) : args
}

/** The tools of a task as the agent is shown them, and under their own names those that look otherwise or are not there now. */
function toolsToTry(own: readonly ToolSchema[], shown: readonly ToolSchema[]): ToolSchema[] {
  const forms = new Map(shown.map((tool) => [tool.name, tool]))
  const names = new Set(own.map(({ name }) => name))
  return [...own.map((tool) => forms.get(tool.name) ?? tool), ...shown.filter(({ name }) => !names.has(name))]
}

/** Turns of odd calls over all tools of a task, odd words where there is a user, the ending tools last. */
function* oddTurns(scenario: CompiledScenario, { seed, task }: EpisodeRequest, shown: () => readonly ToolSchema[]): Generator<Action> {
  const template = scenario.tasks.get(task!)!
  const talks = template.user !== undefined
  const texts = keysOf(scenario, seed)
  const key = keyOf(['fuzz', seed, task!])
  const ending = (name: string): boolean => name === 'finish' || name === 'report_unable'
  for (let set = 0; set < SETS; set += 1) {
    const tools = toolsToTry(scenario.toolsFor(template), shown())
    const calls = tools.filter(({ name }) => !ending(name) && name !== 'wait').map((tool) => ({ name: tool.name, arguments: drawArguments(tool, keyOf([tool.name, set], key), texts) as Record<string, unknown> }))
    for (let at = 0; at < calls.length; at += CALLS) yield { tool_calls: calls.slice(at, at + CALLS) }
    if (talks) yield { content: below(key, 2, set) === 1 ? texts[below(key, texts.length, set + 20)] ?? '' : ODD_TEXTS[set % ODD_TEXTS.length] }
    for (const tool of tools.filter(({ name }) => ending(name))) yield { tool_calls: [{ name: tool.name, arguments: drawArguments(tool, keyOf([tool.name, set], key), texts) as Record<string, unknown> }] }
  }
}

/** Plays odd calls in as many episodes as they need, and hands on each that has ended. */
export function* fuzzEpisodes(scenario: CompiledScenario, request: EpisodeRequest): Generator<Episode> {
  let episode = Episode.start(scenario, request)
  let shown = episode.observation.tools ?? []
  for (const action of oddTurns(scenario, request, () => shown)) {
    if (episode.ended) {
      yield episode
      episode = Episode.start(scenario, request)
    }
    episode.step(action)
    shown = episode.observation.tools ?? shown
  }
  yield episode
}
