/** CEL with static types to closures under a meter. */
import { charge } from '../evaluation.ts'
import { NullAccess, SpecFault } from '../fault.ts'
import { SINGLE_KEY } from '../settle-table.ts'
import { BOOL, describeType, INT, JSON_VALUE, listOf, MAX_TYPE_SIZE, NULL, sizeOfType, STRING, type Type } from '../type.ts'
import { commonType, convert } from './conversion.ts'
import { compileCall, compileMethod } from './call.ts'
import { expandDefinition } from './definition.ts'
import { compileMapIndex, compileRecordIndex } from './map-method.ts'
import { narrow } from './narrow.ts'
import { compileBinary, compileNegation } from './operators.ts'
import { type Ast, parseExpression } from './parse.ts'
import { type BlockCost, type Compiled, countNode, ExpressionError, requireValue, type Run, type Scope, type TableShape, unknownName } from './scope.ts'
import { compileTableIndex } from './table-method.ts'
import { nearest } from '../../core/nearest.ts'

/**
 * Compiles a CEL expression; its run charges the meter for the whole block first.
 * @throws ExpressionError with an offset into the source
 */
export function compileExpression(source: string, scope: Scope): Compiled {
  const cost: BlockCost = { nodes: 0 }
  const inner = compileNode(parseExpression(source), { ...scope, cost })
  return charged(inner, cost)
}

/** As compileExpression, converted to a type. */
export function compileAs(source: string, scope: Scope, to: Type, place?: string): Compiled {
  return convert(compileExpression(source, scope), to, 0, place)
}

/** Puts the charge of a block in front of it. */
export function charged(compiled: Compiled, cost: BlockCost): Compiled {
  const { run } = compiled
  const nodes = cost.nodes
  return { ...compiled, run: (cx) => { charge(cx, nodes); return run(cx) } }
}

/** Compiles one node of the tree. */
export function compileNode(ast: Ast, scope: Scope): Compiled {
  scope.cost.nodes++
  countNode(scope, ast.pos)
  const compiled = compileOperation(ast, scope)
  scope.slots.notes?.set(ast, compiled)
  return compiled
}

function compileOperation(ast: Ast, scope: Scope): Compiled {
  switch (ast.op) {
    case 'value': return compileLiteral(ast)
    case 'id': return compileName(ast, scope)
    case '.': return compileField(ast, scope)
    case '[]': return compileIndex(ast, scope)
    case 'list': return compileList(ast, scope)
    case 'map': return compileMap(ast, scope)
    case '?:': return compileChoice(ast, scope)
    case '&&': case '||': return compileLogic(ast, scope)
    case '!_': return compileNot(ast, scope)
    case '-_': return compileNegation(compileNode(ast.args, scope), ast.pos)
    case 'call': return compileCall(ast, scope)
    case 'rcall': return compileMethod(ast, scope)
    default: return compileBinary(ast, scope)
  }
}

/** Compiles a node that must be a bool. */
export function compileCondition(ast: Ast, scope: Scope): Run {
  const compiled = compileNode(ast, scope)
  if (compiled.type.k !== 'bool' && compiled.type.k !== 'json') throw new ExpressionError(`${describeType(compiled.type)} is no condition`, ast.pos, { expected: 'bool' })
  if (compiled.type.k === 'bool' && !compiled.type.nullable) return compiled.run
  const { run } = compiled
  return (cx) => {
    const value = run(cx)
    if (typeof value !== 'boolean') throw new SpecFault(`${JSON.stringify(value) ?? 'nothing'} where true or false is needed`)
    return value
  }
}

function compileLiteral(ast: Ast): Compiled {
  const value: unknown = ast.args
  if (typeof value === 'bigint') {
    const n = Number(value)
    if (!Number.isSafeInteger(n)) throw new ExpressionError('integers end at 2^53', ast.pos)
    return { type: INT, run: () => n, literal: n }
  }
  if (typeof value === 'number') return { type: { k: 'double' }, run: () => value, literal: value }
  if (typeof value === 'string') return { type: STRING, run: () => value, literal: value }
  if (typeof value === 'boolean') return { type: BOOL, run: () => value, literal: value }
  if (value === null) return { type: NULL, run: () => null, literal: null }
  throw new ExpressionError('unsigned integers and bytes are not part of the language', ast.pos)
}

function compileName(ast: Ast, scope: Scope): Compiled {
  const name: string = ast.args
  const variable = scope.variables.get(name)
  if (variable) {
    const { slot, type, literal } = variable
    return { type, run: (cx) => cx.slots[slot], literal, trace: { slot } }
  }
  const table = scope.tables.get(name)
  if (table?.single) return compileSingle(table)
  if (table) return { type: { k: 'table', table: name }, run: () => null }
  throw unknownName(scope, name, ast.pos)
}

/** The one row of a single table, or the acting one's of a table with a row for each actor. */
function compileSingle({ position, single, row }: TableShape): Compiled {
  return {
    type: row,
    run: (cx) => {
      const found = cx.view.get(position, single === 'one' ? SINGLE_KEY : cx.actor ?? 'agent')
      if (!found) throw new SpecFault('a row of a single table is gone')
      return found
    },
  }
}

function compileField(ast: Ast, scope: Scope): Compiled {
  const object = compileNode(ast.args[0], scope)
  const name: string = ast.args[1]
  const { run, type } = object
  if (type.k === 'json') return { type: JSON_VALUE, run: (cx) => jsonField(run(cx), name) }
  if (type.k !== 'record') throw new ExpressionError(`${describeType(type)} has no fields`, ast.pos, type.k === 'table' ? { expected: `${type.table}.get(key).${name} or a function of tables` } : {})
  const derived = type.table === undefined ? undefined : scope.definitions.get(`${type.table}.${name}`)
  if (derived) return expandDefinition(`${type.table}.${name}`, derived, [object], scope, ast.pos)
  const of = type.fields.get(name)
  if (!of) throw new ExpressionError(`${describeType(type)} has no field '${name}'`, ast.pos, { nearest: nearest(name, type.fields.keys()), expected: [...type.fields.keys()].join(', ') })
  if (!type.nullable) return { type: of, run: of.nullable ? (cx) => (run(cx) as any)[name] ?? null : (cx) => (run(cx) as any)[name] }
  return {
    type: of,
    run: (cx) => {
      const value = run(cx) as Record<string, unknown> | null
      if (value === null || value === undefined) throw new NullAccess(`.${name} of null`)
      return value[name] ?? null
    },
  }
}

function jsonField(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new SpecFault(`.${name} of ${JSON.stringify(value)?.slice(0, 60)}`)
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] ?? null : null
}

function compileIndex(ast: Ast, scope: Scope): Compiled {
  const object = compileNode(ast.args[0], scope)
  if (object.type.k === 'table') return compileTableIndex(object.type.table, ast.args[1], scope)
  const index = compileNode(ast.args[1], scope)
  const { type, run } = object
  if (type.k === 'list' || (type.k === 'json' && index.type.k === 'int')) {
    const at = convert(index, INT, ast.pos, 'an index').run
    return {
      type: type.k === 'list' ? type.of : JSON_VALUE,
      run: (cx) => {
        const list = run(cx)
        const i = at(cx) as number
        if (!Array.isArray(list) || i < 0 || i >= list.length) throw new SpecFault(`index ${i} outside the list`)
        return list[i]
      },
    }
  }
  if (type.k === 'json') {
    const key = convert(index, STRING, ast.pos, 'a key').run
    return { type: JSON_VALUE, run: (cx) => jsonField(run(cx), key(cx) as string) }
  }
  if (type.k === 'map') return compileMapIndex(object, index, ast.pos)
  if (type.k === 'record' && typeof index.literal === 'string') return compileField({ ...ast, op: '.', args: [ast.args[0], index.literal] }, scope)
  if (type.k === 'record') return compileRecordIndex(object, index, ast.args[1].pos)
  throw new ExpressionError(`${describeType(type)} cannot be indexed`, ast.pos)
}

function compileList(ast: Ast, scope: Scope): Compiled {
  const items = (ast.args as Ast[]).map((item) => requireValue(compileNode(item, scope), item.pos))
  const of = commonType(items) ?? JSON_VALUE
  const runs = items.map((item, i) => convert(item, of, (ast.args as Ast[])[i]!.pos, 'the list').run)
  return { type: listOf(of), run: (cx) => runs.map((run) => run(cx)) }
}

function compileMap(ast: Ast, scope: Scope): Compiled {
  const fields = new Map<string, Type>()
  const runs: [string, Run][] = []
  for (const [keyAst, valueAst] of ast.args as [Ast, Ast][]) {
    if (keyAst.op !== 'value' || typeof keyAst.args !== 'string') throw new ExpressionError('keys of a map are text literals', keyAst.pos)
    if (keyAst.args === '__proto__') throw new ExpressionError("'__proto__' is no key", keyAst.pos)
    const value = requireValue(compileNode(valueAst, scope), valueAst.pos)
    fields.set(keyAst.args, value.type)
    runs.push([keyAst.args, value.run])
  }
  if (sizeOfType({ k: 'record', fields }) > MAX_TYPE_SIZE) throw new ExpressionError(`a structure of more than ${MAX_TYPE_SIZE} parts`, ast.pos)
  const keys = runs.map(([key]) => key)
  const values = runs.map(([, run]) => run)
  return {
    type: { k: 'record', fields },
    run: (cx) => {
      const out: Record<string, unknown> = {}
      for (let i = 0; i < keys.length; i++) out[keys[i]!] = values[i]!(cx)
      return out
    },
  }
}

function compileChoice(ast: Ast, scope: Scope): Compiled {
  const condition = compileCondition(ast.args[0], scope)
  const a = requireValue(compileNode(ast.args[1], narrow(ast.args[0], scope, true)), ast.args[1].pos)
  const b = requireValue(compileNode(ast.args[2], narrow(ast.args[0], scope, false)), ast.args[2].pos)
  const type = commonType([a, b])
  if (!type) throw new ExpressionError(`${describeType(a.type)} or ${describeType(b.type)}: the branches differ`, ast.pos)
  const yes = convert(a, type, ast.args[1].pos).run
  const no = convert(b, type, ast.args[2].pos).run
  return { type, run: (cx) => (condition(cx) ? yes(cx) : no(cx)) }
}

function compileLogic(ast: Ast, scope: Scope): Compiled {
  const a = compileCondition(ast.args[0], scope)
  const b = compileCondition(ast.args[1], narrow(ast.args[0], scope, ast.op === '&&'))
  return { type: BOOL, run: ast.op === '&&' ? (cx) => a(cx) && b(cx) : (cx) => a(cx) || b(cx) }
}

function compileNot(ast: Ast, scope: Scope): Compiled {
  const run = compileCondition(ast.args, scope)
  return { type: BOOL, run: (cx) => !run(cx) }
}

