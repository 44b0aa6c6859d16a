/** `use: name(a, b)`: the steps of a definition, expanded where they are used. */
import type { Step } from '../../protocol/spec/step.ts'
import { nearest } from '../core/nearest.ts'
import { compileNode } from './expression/compile.ts'
import { parseExpression } from './expression/parse.ts'
import { type BlockCost, countNode, declare, ExpressionError, MAX_EXPANSIONS, type Run, type Scope } from './expression/scope.ts'
import { charge } from './evaluation.ts'
import type { Site } from './site.ts'
import { compileSteps, type StepEnvironment, type StepRun } from './step.ts'

export type StepDefinition = { readonly params: readonly string[]; readonly steps: readonly Step[] }

/** Compiles a use; arguments are evaluated once, before the steps. */
export function compileDefinitionUse(source: string, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  return site.guard(() => expand(source, scope, environment, site)) ?? (() => undefined)
}

function expand(source: string, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const ast = parseExpression(source)
  if (ast.op !== 'call') throw new ExpressionError('use takes name(a, b)', ast.pos, { expected: 'the name of a definition with its values' })
  const [name, args] = ast.args as [string, typeof ast[]]
  const definition = environment.definitions.get(name)
  if (!definition) throw new ExpressionError(`unknown steps '${name}'`, ast.pos, { nearest: nearest(name, environment.definitions.keys()), expected: 'a definition with `do`' })
  if (args.length !== definition.params.length) throw new ExpressionError(`${name} takes ${definition.params.length} values, not ${args.length}`, ast.pos)
  if (scope.expanding.includes(name)) throw new ExpressionError(`${name} uses itself`, ast.pos, { expected: 'definitions without recursion' })
  if (scope.expanding.length >= MAX_EXPANSIONS) throw new ExpressionError(`definitions nest deeper than ${MAX_EXPANSIONS}`, ast.pos)
  countNode(scope, ast.pos)
  const cost: BlockCost = { nodes: 0 }
  let inner: Scope = { ...scope, variables: new Map(), expanding: [...scope.expanding, name] }
  const bindings: { slot: number; run: Run }[] = []
  definition.params.forEach((param, i) => {
    const value = compileNode(args[i]!, { ...scope, cost })
    const declared = declare(inner, param, value.type, value.literal)
    inner = declared.scope
    bindings.push({ slot: declared.slot, run: value.run })
  })
  const body = compileSteps(definition.steps, inner, environment, site)
  return (cx) => {
    charge(cx, cost.nodes)
    for (const { slot, run } of bindings) cx.slots[slot] = run(cx)
    return body(cx)
  }
}
