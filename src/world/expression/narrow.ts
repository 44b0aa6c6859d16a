/** What a condition says about null: where it holds, `x != null` and `has(args.x)` make x present. */
import { present, type Type } from '../type.ts'
import { type Ast, parseExpression } from './parse.ts'
import { ExpressionError, type Scope } from './scope.ts'

/** The scope in which a condition is known to be true, or false. Bindings are values, so what held goes on to hold. */
export function narrow(condition: Ast, scope: Scope, truth: boolean): Scope {
  if (condition.op === '!_') return narrow(condition.args, scope, !truth)
  if (condition.op === (truth ? '&&' : '||')) return narrow(condition.args[1], narrow(condition.args[0], scope, truth), truth)
  if (condition.op === (truth ? '!=' : '==')) {
    const [a, b] = condition.args as [Ast, Ast]
    if (isNull(b)) return makePresent(a, scope)
    if (isNull(a)) return makePresent(b, scope)
  }
  if (truth && condition.op === 'call' && condition.args[0] === 'has' && condition.args[1].length === 1) return makePresent(condition.args[1][0], scope)
  return scope
}

/** As narrow, for source text; what cannot be parsed is complained about elsewhere. */
export function narrowBySource(source: string, scope: Scope, truth: boolean): Scope {
  try {
    return narrow(parseExpression(source), scope, truth)
  } catch (error) {
    if (error instanceof ExpressionError) return scope
    throw error
  }
}

function isNull(ast: Ast): boolean {
  return ast.op === 'value' && ast.args === null
}

/** A variable, or a field of one, as present. */
function makePresent(ast: Ast, scope: Scope): Scope {
  const fields: string[] = []
  let at = ast
  while (at.op === '.') {
    fields.unshift(at.args[1])
    at = at.args[0]
  }
  const variable = at.op === 'id' ? scope.variables.get(at.args) : undefined
  const type = variable && presentAt(variable.type, fields)
  if (!variable || !type || type === variable.type) return scope
  return { ...scope, variables: new Map(scope.variables).set(at.args, { ...variable, type }) }
}

function presentAt(type: Type, fields: readonly string[]): Type | undefined {
  const [first, ...rest] = fields
  if (first === undefined) return type.nullable ? present(type) : type
  if (type.k !== 'record') return undefined
  const of = type.fields.get(first)
  const inner = of && presentAt(of, rest)
  if (!inner || inner === of) return inner && type
  return { ...type, fields: new Map(type.fields).set(first, inner) }
}
