/** Calls with good arguments: what the witnesses of all tasks of one seeded world call, and what its rows hold. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { sameValue } from '../world/json-value.ts'
import { playTrial, tryDraw } from './trial.ts'

type Args = Readonly<Record<string, unknown>>

/** Values that are kept of each source. */
const MOST_KEPT = 8
/** Rows of a table that values are taken from. */
const ROWS = 6
const SMALL_NUMBERS = [1, 2, 3, 5, 10, 25] as const
const PLAIN_TEXTS = ['Checked and noted.', 'note', 'a'] as const

/** The calls of the world's tools that an agent made with success. */
export function goodCalls(episode: Episode): { readonly tool: string; readonly args: Args }[] {
  const { tools } = episode.scenario.world
  return episode.events().flatMap((event) => (event.type === 'call' && event.frame !== USER_FRAME && !event.is_error && tools.has(event.tool) && typeof event.arguments === 'object' ? [{ tool: event.tool, args: event.arguments as Args }] : []))
}

export class CallPool {
  readonly #scenario: CompiledScenario
  readonly #seed: number
  #calls: Map<string, Args[]> | undefined
  /** Values that arguments of a name had, or rows hold in a column of that name. */
  readonly #values = new Map<string, unknown[]>()

  /** @param seed of the world that the calls are good in */
  constructor(scenario: CompiledScenario, seed: number) {
    this.#scenario = scenario
    this.#seed = seed
  }

  /** Arguments for a tool, endlessly: those of calls in the witnesses of all tasks, those of calls that are `known` with one argument changed, and drawn ones. */
  * argumentsFor(name: string, known: readonly Args[], key: Key): Generator<Args, never> {
    const schema = this.#scenario.world.tools.get(name)!.spec.input
    const others = (this.#witnessed().get(name) ?? []).filter((args) => !known.some((own) => sameValue(own, args)))
    const first = others.length ? below(key, others.length) : 0
    for (let n = 0; ; n += 1) {
      const at = keyOf([n], key)
      if (n < others.length) yield others[(first + n) % others.length]!
      yield this.#drawObject(schema, at)
      const own = known.length ? known[below(at, known.length, 9)]! : undefined
      const names = Object.keys(schema.properties)
      if (own && names.length) {
        const param = names[below(at, names.length, 10)]!
        yield { ...own, [param]: this.#drawValue(param, schema.properties[param]!, keyOf(['changed'], at)) }
      }
    }
  }

  /** Calls of the witnesses of all tasks that this seed has, by tool. */
  #witnessed(): ReadonlyMap<string, readonly Args[]> {
    if (this.#calls) return this.#calls
    const calls = (this.#calls = new Map<string, Args[]>())
    for (const task of this.#scenario.tasks.keys()) {
      if (!tryDraw(this.#scenario, this.#seed, task).drawn) continue
      for (const { tool, args } of goodCalls(playTrial(this.#scenario, 'oracle', { seed: this.#seed, task, options: { dynamics: 'none' } }).episode)) {
        const known = calls.get(tool) ?? []
        if (known.length < MOST_KEPT && !known.some((other) => sameValue(other, args))) calls.set(tool, [...known, args])
      }
    }
    return calls
  }

  /** Values that fit a name: of arguments in good calls, of columns, of keys of the table that is called so. */
  #valuesOf(name: string): readonly unknown[] {
    const known = this.#values.get(name)
    if (known) return known
    const called = [...this.#witnessed().values()].flat().flatMap((args) => (Object.hasOwn(args, name) ? [args[name]].flat() : [])).slice(0, MOST_KEPT)
    const base = this.#scenario.baseOf(this.#seed)
    const noun = name.replace(/_?(ids?|number|name|path)$/, '')
    const held = this.#scenario.world.tables.flatMap(({ name: table, key, columns, position }) => {
      const column = columns.find((one) => one.name === name) ?? (noun !== '' && table.startsWith(noun) ? columns.find((one) => one.name === key) : undefined)
      if (!column) return []
      const rows = base.tables[position]!.shuffled(keyOf(['pool', this.#seed, table, name]))
      return Array.from({ length: Math.min(ROWS, rows.size) }, (_, i) => rows.at(i)).flatMap((row) => (row ? [column.encode(row[column.name])] : []))
    })
    const values = [...called, ...held].filter((value) => value !== null)
    this.#values.set(name, values)
    return values
  }

  /** A key of any table. */
  #anyKey(key: Key): string | undefined {
    const { tables } = this.#scenario.world
    const table = tables[below(key, tables.length, 3)]!
    const rows = this.#scenario.baseOf(this.#seed).tables[table.position]!.shuffled(key)
    return rows.size ? rows.at(0)?.[table.key] as string | undefined : undefined
  }

  #drawObject({ properties, required = [] }: ObjectSchema, key: Key): Record<string, unknown> {
    const given = Object.entries(properties).filter(([name], i) => required.includes(name) || below(key, 2, i + 20) === 1)
    return Object.fromEntries(given.map(([name, schema]) => [name, this.#drawValue(name, schema, keyOf([name], key))]))
  }

  #drawValue(name: string, schema: InputSchema, key: Key): unknown {
    if ('enum' in schema && schema.enum) return schema.enum[below(key, schema.enum.length)]
    const type = [schema.type].flat()[0]
    const fitting = this.#valuesOf(name).filter((value) => typeof value === (type === 'integer' ? 'number' : type))
    if (fitting.length && below(key, 4, 1) > 0) return fitting[below(key, fitting.length)]
    switch (type) {
      case 'boolean': return below(key, 2) === 1
      case 'integer': case 'number': {
        const { minimum = 0, maximum = Infinity } = schema as { minimum?: number; maximum?: number }
        return Math.min(maximum, Math.max(Math.ceil(minimum), SMALL_NUMBERS[below(key, SMALL_NUMBERS.length)]!))
      }
      case 'array': {
        const { items, minItems = 1 } = schema as { items: InputSchema; minItems?: number }
        return Array.from({ length: Math.max(1, Math.min(3, minItems)) }, (_, i) => this.#drawValue(name, items, keyOf([i], key)))
      }
      case 'object': return this.#drawObject(schema as ObjectSchema, key)
      default: return (below(key, 2, 2) === 1 ? this.#anyKey(key) : undefined) ?? PLAIN_TEXTS[below(key, PLAIN_TEXTS.length)]
    }
  }
}
