/** Tests inside a world, compiled: names are resolved and expressions typed before anything runs. */
import type { WorldTest } from '../../protocol/spec/world-test.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledWorld } from './compiled-world.ts'
import { declare, type Run } from './expression/scope.ts'
import { worldWithRows } from './given-rows.ts'
import type { Site } from './site.ts'
import type { CompiledTool } from './tool.ts'
import { BOOL, JSON_VALUE } from './type.ts'

type Expectation = WorldTest['calls'][number]['expect']

/** A condition over the tables after a call, `result` in slot 0 and `args` in slot 1. */
type Condition = { readonly source: string; readonly run: Run; readonly slots: number; readonly site: Site }

export type CompiledTestCall = {
  readonly tool: CompiledTool
  /** JSON. */
  readonly args: unknown
  /** Milliseconds that pass before it. */
  readonly wait: number
  readonly expect: Expectation
  readonly that: readonly Condition[]
  readonly site: Site
}

export type CompiledTest = {
  readonly name: string
  readonly seed: number
  /** The world over the rows that are given. */
  readonly world: CompiledWorld
  readonly calls: readonly CompiledTestCall[]
  readonly site: Site
}

/** Compiles the tests of a world; mistakes become findings of the site. */
export function compileTests(world: CompiledWorld, site: Site): CompiledTest[] {
  const names = new Set<string>()
  return world.spec.tests.flatMap((test, i) => {
    const at = site.at(i)
    if (names.has(test.name)) at.at('name').complain('name', `two tests are called '${test.name}'`)
    names.add(test.name)
    const over = worldWithRows(world, test.given, at.at('given'))
    const calls = test.calls.flatMap((call, j) => compileCall(call, over, at.at('calls', j)))
    return calls.length === test.calls.length ? [{ name: test.name, seed: test.seed, world: over, calls, site: at }] : []
  })
}

function compileCall({ call, with: args, wait = 0, expect }: WorldTest['calls'][number], world: CompiledWorld, site: Site): CompiledTestCall[] {
  const tool = world.tools.get(call)
  if (!tool) {
    site.at('call').complain('name', `unknown tool '${call}'`, { nearest: nearest(call, world.tools.keys()), expected: [...world.tools.keys()].join(', ') })
    return []
  }
  const at = site.at('expect')
  const withResult = declare(world.scope(), 'result', JSON_VALUE)
  const { scope } = declare(withResult.scope, 'args', tool.argumentsType)
  const that = expect.that.map((source, k): Condition => {
    const place = at.at('that', k)
    const { run } = place.expression(source, scope, BOOL)
    return { source, run, slots: scope.slots.used, site: place }
  })
  checkRows(expect, world, at.at('rows'))
  return [{ tool, args, wait: Math.round(wait * 1000), expect, that: that.map((condition) => ({ ...condition, slots: scope.slots.used })), site }]
}

function checkRows({ rows }: Expectation, world: CompiledWorld, at: Site): void {
  const tables = world.tables.map(({ name }) => name)
  for (const [name, byKey] of Object.entries(rows)) {
    const table = tables.includes(name) ? world.tables[world.positionOf(name)] : undefined
    if (!table) at.at(name).complain('name', `unknown table '${name}'`, { key: true, nearest: nearest(name, tables), expected: tables.join(', ') })
    else for (const [key, columns] of Object.entries(byKey)) {
      for (const column of Object.keys(columns ?? {})) {
        if (!table.columnOf.has(column)) at.at(name, key, column).complain('name', `${name} has no column '${column}'`, { key: true, nearest: nearest(column, table.columnOf.keys()), expected: [...table.columnOf.keys()].join(', ') })
      }
    }
  }
}
