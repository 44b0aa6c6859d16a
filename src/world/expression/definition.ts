/** Named expressions, expanded where they are called; computed fields are such, with the row for a parameter. */
import { compileNode } from './compile.ts'
import { type Ast, parseExpression } from './parse.ts'
import { type Compiled, declare, ExpressionError, MAX_EXPANSIONS, type Scope, type ValueDefinition } from './scope.ts'

/**
 * Compiles a use; arguments are evaluated once, before the body.
 * @throws ExpressionError
 */
export function expandDefinition(name: string, { params, source }: ValueDefinition, args: readonly Compiled[], scope: Scope, offset: number): Compiled {
  if (args.length !== params.length) throw new ExpressionError(`${name} takes ${params.length} values, not ${args.length}`, offset, { expected: `${name}(${params.join(', ')})` })
  if (scope.expanding.includes(name)) throw new ExpressionError(`${name} calls itself`, offset, { expected: 'definitions without recursion' })
  if (scope.expanding.length >= MAX_EXPANSIONS) throw new ExpressionError(`definitions nest deeper than ${MAX_EXPANSIONS}`, offset)
  // Parameters are the only variables of a definition: it reads the same wherever it is called.
  let inner: Scope = { ...scope, variables: new Map(), expanding: [...scope.expanding, name] }
  const bindings = params.map((param, i) => {
    const { type, literal, run } = args[i]!
    const declared = declare(inner, param, type, literal)
    inner = declared.scope
    return { slot: declared.slot, run }
  })
  const { ast, compiled: body } = compileBody(source, inner, name, offset)
  const { run } = body
  return {
    type: body.type,
    trace: { expansion: { slots: bindings.map(({ slot }) => slot), body: ast } },
    run: (cx) => {
      for (const binding of bindings) cx.slots[binding.slot] = binding.run(cx)
      return run(cx)
    },
  }
}

function compileBody(source: string, scope: Scope, name: string, offset: number): { ast: Ast; compiled: Compiled } {
  try {
    const ast = parseExpression(source)
    return { ast, compiled: compileNode(ast, scope) }
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExpressionError(`in ${name}: ${error.message}`, offset, { nearest: error.nearest, expected: error.expected })
    throw error
  }
}
