/** Calls that a plan may be made of besides those of the witness: every tool, over a small domain for each argument. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import type { CompiledTool } from '../world/tool.ts'
import type { Deed } from './deed.ts'
import type { ValuePool } from './value-pool.ts'

/** How many values an argument may take, and how many calls are made of them: of one tool, and of all. */
export type Caps = { readonly values: number; readonly ofTool: number; readonly inAll: number }

/** Calls, and whether there would have been more without the caps. */
export type Candidates = { readonly deeds: readonly Deed[]; readonly capped: boolean }

/** Arguments looked at for one call that a tool would take. */
const MOST_READ = 8

/** Calls of some tools, each tool's by turns; those whose arguments the tool would not take are left out. */
export function candidatesOf(tools: readonly CompiledTool[], pool: ValuePool, caps: Caps): Candidates {
  const each = tools.map((tool) => callsOf(tool, pool, caps))
  const turns = Math.max(0, ...each.map(({ deeds }) => deeds.length))
  const deeds = Array.from({ length: turns }, (_, turn) => each.flatMap((own) => own.deeds[turn] ?? [])).flat()
  return { deeds: deeds.slice(0, caps.inAll), capped: deeds.length > caps.inAll || each.some(({ capped }) => capped) }
}

function callsOf(tool: CompiledTool, pool: ValuePool, caps: Caps): Candidates {
  const deeds: Deed[] = []
  let read = 0
  for (const args of argumentsOf(tool.spec.input, pool, caps.values)) {
    if (deeds.length >= caps.ofTool || read++ >= caps.ofTool * MOST_READ) return { deeds, capped: true }
    if (!('problem' in tool.read(args, ''))) deeds.push({ kind: 'call', tool: tool.name, args })
  }
  return { deeds, capped: false }
}

type Property = { readonly name: string; /** undefined leaves it out */ readonly values: readonly unknown[] }

/** All ways to fill an input, the last property changing first; lazily, for there may be very many. */
function* argumentsOf({ properties, required = [] }: ObjectSchema, pool: ValuePool, most: number): Generator<Record<string, unknown>> {
  const filled = Object.entries(properties).map(([name, schema]): Property => {
    const values = valuesFor(schema, name, pool, most)
    return { name, values: required.includes(name) ? values : [undefined, ...values] }
  })
  yield* combine(filled, 0, {})
}

function* combine(properties: readonly Property[], at: number, given: Record<string, unknown>): Generator<Record<string, unknown>> {
  const property = properties[at]
  if (!property) {
    yield given
    return
  }
  for (const value of property.values) yield* combine(properties, at + 1, value === undefined ? given : { ...given, [property.name]: value })
}

/** What an argument may be: all that its schema lists, what was met under its name, and whatever is of its type. */
function valuesFor(schema: InputSchema, name: string, pool: ValuePool, most: number): unknown[] {
  if ('enum' in schema && schema.enum) return schema.enum.slice(0, most)
  const named = pool.named(name)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'boolean': return [true, false]
    case 'string': return scalars(named, pool, 'string', most)
    case 'integer': case 'number': return scalars(named, pool, 'number', most)
    case 'array': return listsFor((schema as { items: InputSchema }).items, name, pool, most)
    default: return named.filter((value) => typeof value === 'object' && !Array.isArray(value)).slice(0, most)
  }
}

function scalars(named: readonly unknown[], pool: ValuePool, type: 'string' | 'number', most: number): unknown[] {
  const fitting = named.filter((value) => typeof value === type)
  const others = pool.ofType(type).filter((value) => !fitting.includes(value))
  // Some room is left for what goes by another name elsewhere.
  return [...fitting.slice(0, Math.max(most >> 1, most - others.length)), ...others].slice(0, most)
}

/** Lists that were met, all of one name together, and lists of one. */
function listsFor(items: InputSchema, name: string, pool: ValuePool, most: number): unknown[] {
  const met = pool.named(name).filter((value) => Array.isArray(value))
  const single = pool.named(name).filter((value) => !Array.isArray(value))
  return [...met, ...(single.length > 1 ? [single] : []), ...valuesFor(items, name, pool, most).map((item) => [item])].slice(0, most)
}
