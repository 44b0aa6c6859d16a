/** Calls: `f(a, b)` and `x.f(a, b)`; functions are looked up in one registry. */
import { nearest } from '../../core/nearest.ts'
import { describeType, present, type Type } from '../type.ts'
import { compileNode } from './compile.ts'
import { COMPREHENSIONS, compileComprehension } from './comprehension.ts'
import { convert } from './conversion.ts'
import { expandDefinition } from './definition.ts'
import { FUNCTIONS, METHODS } from './functions.ts'
import { compileMapMethod, MAP_METHODS } from './map-method.ts'
import type { Ast } from './parse.ts'
import { type Compiled, ExpressionError, type Scope } from './scope.ts'
import type { Signature } from './signature.ts'
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
  const definition = scope.definitions.get(name)
  if (definition) return expandDefinition(name, definition, args.map((arg) => compileNode(arg, scope)), scope, ast.pos)
  const signature = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (!signature) {
    const known = [...Object.keys(SPECIAL), ...Object.keys(FUNCTIONS), ...[...scope.definitions.keys()].filter((known) => !known.includes('.'))]
    throw new ExpressionError(`unknown function '${name}'`, ast.pos, { nearest: nearest(name, known), expected: 'a function or a definition' })
  }
  return apply(name, signature, args.map((arg) => compileNode(arg, scope)), args, ast.pos)
}

/** Compiles `x.f(a, b)`: a comprehension, a table access, or a method by the receiver's type. */
export function compileMethod(ast: Ast, scope: Scope): Compiled {
  const [name, receiverAst, args] = ast.args as [string, Ast, Ast[]]
  const at = ast.operator ?? ast.pos
  const receiver = compileReceiver(name, receiverAst, scope)
  if (receiver.type.k === 'table' && TABLE_METHODS.has(name)) return compileTableMethod(name, receiver.type.table, args, scope, at)
  const iterable = receiver.type.k === 'table' || receiver.type.k === 'list' || receiver.type.k === 'json'
  if (iterable && COMPREHENSIONS.has(name)) return compileComprehension(name, receiver, args, scope, at)
  const ofMap = receiver.type.k === 'map' ? compileMapMethod(name, receiver, args.length) : undefined
  if (ofMap) return ofMap
  const candidates = Object.hasOwn(METHODS, name) ? METHODS[name]! : []
  const kind = present(receiver.type).k
  const signature = candidates.find((candidate) => candidate.on === kind || candidate.on === 'any') ?? (kind === 'json' ? candidates[0] : undefined)
  if (!signature) {
    const known = [...COMPREHENSIONS, ...TABLE_METHODS, ...MAP_METHODS, ...Object.keys(METHODS)]
    throw new ExpressionError(`${describeType(receiver.type)} has no function '${name}'`, at, { nearest: nearest(name, known), expected: describeMethods(kind) })
  }
  return apply(name, signature, [receiver, ...args.map((arg) => compileNode(arg, scope))], [receiverAst, ...args], at)
}

/** What a function is called on; a single table's name stands for its row, but for the functions of tables. */
function compileReceiver(name: string, ast: Ast, scope: Scope): Compiled {
  const single = ast.op === 'id' && !scope.variables.has(ast.args) && scope.tables.get(ast.args)?.single !== undefined
  if (single && (TABLE_METHODS.has(name) || COMPREHENSIONS.has(name))) return { type: { k: 'table', table: ast.args }, run: () => null }
  return compileNode(ast, scope)
}

function describeMethods(kind: Type['k']): string {
  const own = Object.entries(METHODS).filter(([, signatures]) => signatures.some((s) => s.on === kind)).map(([name]) => name)
  if (kind === 'map') own.push(...MAP_METHODS)
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
  return { ...signature.build(fitted, offset), trace: { signature } }
}

function requireList(arg: Compiled, name: string, offset: number): Compiled {
  if (arg.type.k === 'list' && !arg.type.nullable) return arg
  if (arg.type.k === 'json') return convert(arg, { k: 'list', of: { k: 'json' } }, offset)
  throw new ExpressionError(`${name}() needs a list, not ${describeType(arg.type)}`, offset)
}
