/** Structures whose leaves are CEL; `{cases: [[condition, value], …]}` is a decision table. */
import type { CelTree } from '../../protocol/spec/notation.ts'
import { SpecFault } from './fault.ts'
import { commonType, convert } from './expression/conversion.ts'
import { narrowBySource } from './expression/narrow.ts'
import type { Compiled, Run, Scope } from './expression/scope.ts'
import type { Site } from './site.ts'
import { BOOL, describeType, JSON_VALUE, listOf, MAX_TYPE_SIZE, sizeOfType, type Type } from './type.ts'

/** Compiles a structure to one expression, of the wanted type if one is given. */
export function compileTree(tree: CelTree, scope: Scope, site: Site, to?: Type): Compiled {
  const compiled = compileLoose(tree, scope, site)
  if (!to) return compiled
  return site.guard(() => convert(compiled, to, 0)) ?? { type: to, run: compiled.run }
}

function compileLoose(tree: CelTree, scope: Scope, site: Site): Compiled {
  if (Array.isArray(tree)) {
    const items = tree.map((item, i) => compileLoose(item, scope, site.at(i)))
    const table = items.findIndex((item) => item.type.k === 'table')
    if (table >= 0) {
      site.at(table).complain('expression', 'a table is no value')
      return { type: JSON_VALUE, run: () => null }
    }
    return site.guard(() => compileItems(items)) ?? { type: JSON_VALUE, run: () => null }
  }
  if (typeof tree !== 'object') return site.expression(String(tree), scope)
  const keys = Object.keys(tree)
  if (keys.length === 1 && keys[0] === 'cases') return compileCases(tree.cases!, scope, site.at('cases'))
  const fields = new Map<string, Type>()
  const runs: [string, Run][] = []
  for (const [name, value] of Object.entries(tree)) {
    const compiled = compileLoose(value, scope, site.at(name))
    if (compiled.type.k === 'table') site.at(name).complain('expression', 'a table is no value', { expected: 'rows, such as T.filter(x, true)' })
    fields.set(name, compiled.type)
    runs.push([name, compiled.run])
  }
  if (sizeOfType({ k: 'record', fields }) > MAX_TYPE_SIZE) {
    site.complain('structure', `a structure of more than ${MAX_TYPE_SIZE} parts`)
    return { type: JSON_VALUE, run: () => null }
  }
  return {
    type: { k: 'record', fields },
    run: (cx) => {
      const out: Record<string, unknown> = {}
      for (const [name, run] of runs) out[name] = run(cx)
      return out
    },
  }
}

function compileItems(items: Compiled[]): Compiled {
  const of = commonType(items) ?? JSON_VALUE
  const runs = items.map((item) => convert(item, of, 0).run)
  return { type: listOf(of), run: (cx) => runs.map((run) => run(cx)) }
}

function compileCases(cases: CelTree, scope: Scope, site: Site): Compiled {
  if (!Array.isArray(cases) || !cases.length || !cases.every((row) => Array.isArray(row) && row.length === 2)) {
    site.complain('cases', 'cases is a list of [condition, value]')
    return { type: JSON_VALUE, run: () => null }
  }
  // Each case knows that those before it did not hold.
  let left = scope
  const rows = (cases as [CelTree, CelTree][]).map(([when, value], i) => {
    const row = { when: site.at(i, 0).expression(String(when), left, BOOL).run, value: compileLoose(value, narrowBySource(String(when), left, true), site.at(i, 1)) }
    left = narrowBySource(String(when), left, false)
    return row
  })
  const type = commonType(rows.map((row) => row.value)) ?? JSON_VALUE
  if (type.k === 'table') site.complain('cases', `a ${describeType(type)} is no value`)
  const runs = site.guard(() => rows.map((row) => ({ when: row.when, run: convert(row.value, type, 0).run }))) ?? []
  return {
    type,
    run: (cx) => {
      for (const { when, run } of runs) if (when(cx)) return run(cx)
      throw new SpecFault('no case holds')
    },
  }
}
