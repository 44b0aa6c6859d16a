/** Which columns a list of steps may write, read off its text: `table.column`, or `table.*` for whole rows. */
import type { Step } from '../../protocol/spec/step.ts'
import type { Definition } from '../../protocol/spec/world.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { ExpressionError } from './expression/scope.ts'

/** Follows `use` into definitions. What cannot be parsed is complained about where it is compiled. */
export function writesOf(steps: readonly Step[], definitions: Readonly<Record<string, Definition>>): ReadonlySet<string> {
  const writes = new Set<string>()
  collect(steps, definitions, writes, new Set())
  return writes
}

function collect(steps: readonly Step[], definitions: Readonly<Record<string, Definition>>, into: Set<string>, seen: Set<string>): void {
  for (const step of steps) {
    if ('set' in step) for (const path of Object.keys(step.set)) addPlace(path, into)
    else if ('refresh' in step) addPlace(step.refresh, into)
    else if ('insert' in step) into.add(`${step.insert}.*`)
    else if ('copy_tree' in step) into.add(`${step.copy_tree}.*`)
    else if ('delete' in step) addPlace(step.delete, into)
    else if ('patch' in step) addPlace(step.patch, into)
    else if ('if' in step) { collect(step.then, definitions, into, seen); collect(step.else ?? [], definitions, into, seen) }
    else if ('cases' in step) for (const [, inner] of step.cases) collect(inner, definitions, into, seen)
    else if ('each' in step) collect(step.do, definitions, into, seen)
    else if ('use' in step) {
      const name = step.use.split('(')[0]!.trim()
      const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
      if (definition?.do && !seen.has(name)) collect(definition.do, definitions, into, new Set(seen).add(name))
    }
  }
}

function addPlace(source: string, into: Set<string>): void {
  let at: Ast
  try {
    at = parseExpression(source)
  } catch (error) {
    if (error instanceof ExpressionError) return
    throw error
  }
  let column = '*'
  for (;;) {
    if (at.op === 'id') break
    if (at.op !== '.' && at.op !== '[]') return
    const below: Ast = at.args[0]
    // The first field above the row is its column: table[key].column, or table.column of a single table.
    if (at.op === '.' && (below.op === 'id' || (below.op === '[]' && below.args[0].op === 'id'))) column = at.args[1]
    at = below
  }
  into.add(`${at.args}.${column}`)
}
