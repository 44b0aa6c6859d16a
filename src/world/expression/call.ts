/** Calls: `f(a, b)` and `x.f(a, b)`; functions are looked up in one registry. */
import { nearest } from '../../core/nearest.ts'
import { describeType, present, type Type } from '../type.ts'
import { compileNode } from './compile.ts'
import { COMPREHENSIONS, compileComprehension } from './comprehension.ts'
import { convert } from './conversion.ts'
import { FUNCTIONS, METHODS, type Signature } from './functions.ts'
import { type Ast, parseExpression } from './parse.ts'
import { type Compiled, declare, ExpressionError, MAX_EXPANSIONS, type Scope } from './scope.ts'
import { SPECIAL } from './special.ts'
import { compileTableMethod, TABLE_METHODS } from './table-method.ts'

/** Whether a name is taken by the language. */
export function isFunction(name: string): boolean {
  return Object.hasOwn(SPECIAL, name) || Object.hasOwn(FUNCTIONS, name)
}

/** Compiles `f(a, b)`: a special form, a definition of the world, or a function. */
export function compileCall(ast: Ast, scope: Scope): Compiled {
  const [name, args] = ast.args as [string, Ast[]]
  const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined
  if (special) return special(args, scope, ast.pos)
  if (scope.definitions.has(name)) return expandDefinition(name, args, scope, ast.pos)
  const signature = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (!signature) {
    const known = [...Object.keys(SPECIAL), ...Object.keys(FUNCTIONS), ...scope.definitions.keys()]
    throw new ExpressionError(`unknown function '${name}'`, ast.pos, { nearest: nearest(name, known), expected: 'a function or a definition' })
  }
  return apply(name, signature, args.map((arg) => compileNode(arg, scope)), args, ast.pos)
}

/** Compiles `x.f(a, b)`: a comprehension, a table access, or a method by the receiver's type. */
export function compileMethod(ast: Ast, scope: Scope): Compiled {
  const [name, receiverAst, args] = ast.args as [string, Ast, Ast[]]
  const receiver = compileNode(receiverAst, scope)
  if (receiver.type.k === 'table' && TABLE_METHODS.has(name)) return compileTableMethod(name, receiver.type.table, args, scope, ast.pos)
  const iterable = receiver.type.k === 'table' || receiver.type.k === 'list' || receiver.type.k === 'json'
  if (iterable && COMPREHENSIONS.has(name)) return compileComprehension(name, receiver, args, scope, ast.pos)
  const candidates = Object.hasOwn(METHODS, name) ? METHODS[name]! : []
  const kind = present(receiver.type).k
  const signature = candidates.find((candidate) => candidate.on === kind || candidate.on === 'any') ?? (kind === 'json' ? candidates[0] : undefined)
  if (!signature) {
    const known = [...COMPREHENSIONS, ...TABLE_METHODS, ...Object.keys(METHODS)]
    throw new ExpressionError(`${describeType(receiver.type)} has no function '${name}'`, ast.pos, { nearest: nearest(name, known), expected: describeMethods(kind) })
  }
  return apply(name, signature, [receiver, ...args.map((arg) => compileNode(arg, scope))], [receiverAst, ...args], ast.pos)
}

function describeMethods(kind: Type['k']): string {
  const own = Object.entries(METHODS).filter(([, signatures]) => signatures.some((s) => s.on === kind)).map(([name]) => name)
  const more = kind === 'list' || kind === 'table' ? [...COMPREHENSIONS] : []
  return [...own, ...more].join(', ') || 'no functions'
}

function apply(name: string, signature: Signature, args: Compiled[], asts: Ast[], offset: number): Compiled {
  const { accepts } = signature
  const optional = signature.optional ?? 0
  if (args.length > accepts.length || args.length < accepts.length - optional) {
    const least = accepts.length - optional
    throw new ExpressionError(`${name} takes ${optional ? `${least} to ` : ''}${accepts.length} values (with what it is called on), not ${args.length}`, offset)
  }
  const fitted = args.map((arg, i) => {
    const wanted = accepts[i]!
    return wanted === 'any' ? arg : wanted === 'list' ? requireList(arg, name, asts[i]!.pos) : convert(arg, wanted, asts[i]!.pos, `${name}()`)
  })
  return signature.build(fitted, offset)
}

function requireList(arg: Compiled, name: string, offset: number): Compiled {
  if (arg.type.k === 'list' && !arg.type.nullable) return arg
  if (arg.type.k === 'json') return convert(arg, { k: 'list', of: { k: 'json' } }, offset)
  throw new ExpressionError(`${name}() needs a list, not ${describeType(arg.type)}`, offset)
}

function expandDefinition(name: string, args: Ast[], scope: Scope, offset: number): Compiled {
  const { params, source } = scope.definitions.get(name)!
  if (args.length !== params.length) throw new ExpressionError(`${name} takes ${params.length} values, not ${args.length}`, offset, { expected: `${name}(${params.join(', ')})` })
  if (scope.expanding.includes(name)) throw new ExpressionError(`${name} calls itself`, offset, { expected: 'definitions without recursion' })
  if (scope.expanding.length >= MAX_EXPANSIONS) throw new ExpressionError(`definitions nest deeper than ${MAX_EXPANSIONS}`, offset)
  // Parameters are the only variables of a definition: it reads the same wherever it is called.
  let inner: Scope = { ...scope, variables: new Map(), expanding: [...scope.expanding, name] }
  const bindings: { slot: number; run: Compiled['run'] }[] = []
  params.forEach((param, i) => {
    const value = compileNode(args[i]!, scope)
    const declared = declare(inner, param, value.type, value.literal)
    inner = declared.scope
    bindings.push({ slot: declared.slot, run: value.run })
  })
  const body = compileDefinitionBody(source, inner, name, offset)
  const { run } = body
  return {
    type: body.type,
    run: (cx) => {
      for (const binding of bindings) cx.slots[binding.slot] = binding.run(cx)
      return run(cx)
    },
  }
}

function compileDefinitionBody(source: string, scope: Scope, name: string, offset: number): Compiled {
  try {
    return compileNode(parseExpression(source), scope)
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExpressionError(`in ${name}: ${error.message}`, offset, { nearest: error.nearest, expected: error.expected })
    throw error
  }
}
