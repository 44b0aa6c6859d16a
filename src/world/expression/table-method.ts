/** `T.get(key)`, `T.has(key)` and `T[key]`, and what only tables can do that declare a tree. */
import { charge, type Evaluation, type Row } from '../evaluation.ts'
import { SpecFault } from '../fault.ts'
import { BOOL, nullable, STRING } from '../type.ts'
import { compileNode } from './compile.ts'
import { convert } from './conversion.ts'
import type { Ast } from './parse.ts'
import { type Compiled, ExpressionError, type Scope, type TableShape } from './scope.ts'
import { compileTreeMethod, TREE_METHODS } from './tree-method.ts'

export const TABLE_METHODS: ReadonlySet<string> = new Set(['get', 'has', ...TREE_METHODS])

/** Compiles a keyed access to a table; a null key finds nothing. */
export function compileTableMethod(name: string, table: string, args: Ast[], scope: Scope, offset: number): Compiled {
  const shape = scope.tables.get(table)!
  if (TREE_METHODS.has(name)) return compileTreeMethod(name, shape, args.map((arg) => ({ ...compileNode(arg, scope), offset: arg.pos })), offset)
  if (args.length !== 1) throw new ExpressionError(`${name} takes the key`, offset, { expected: `${table}.${name}(key)` })
  const find = finder(shape, args[0]!, scope)
  if (name === 'has') return { type: BOOL, run: (cx) => find(cx) !== undefined }
  return { type: nullable(shape.row), run: (cx) => find(cx) ?? null }
}

/** Compiles `T[key]`: a row that is known to exist, spelt as where it is written to. */
export function compileTableIndex(table: string, key: Ast, scope: Scope): Compiled {
  const shape = scope.tables.get(table)!
  const find = finder(shape, key, scope)
  return {
    type: shape.row,
    run: (cx) => {
      const row = find(cx)
      if (!row) throw new SpecFault(`no such row of ${table}`)
      return row
    },
  }
}

function finder({ name, position }: TableShape, ast: Ast, scope: Scope): (cx: Evaluation) => Row | undefined {
  const key = convert(compileNode(ast, scope), nullable(STRING), ast.pos, `the key of ${name}`).run
  return (cx) => {
    charge(cx, 1)
    const value = key(cx)
    return value === null || value === undefined ? undefined : cx.view.get(position, value as string)
  }
}
