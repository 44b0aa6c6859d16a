/** `T.get(key)` and `T.has(key)`. */
import { charge } from '../evaluation.ts'
import { BOOL, nullable, STRING } from '../type.ts'
import { compileNode } from './compile.ts'
import { convert } from './conversion.ts'
import type { Ast } from './parse.ts'
import { type Compiled, ExpressionError, type Scope } from './scope.ts'

export const TABLE_METHODS: ReadonlySet<string> = new Set(['get', 'has'])

/** Compiles a keyed access to a table; a null key finds nothing. */
export function compileTableMethod(name: string, table: string, args: Ast[], scope: Scope, offset: number): Compiled {
  const shape = scope.tables.get(table)!
  if (args.length !== 1) throw new ExpressionError(`${name} takes the key`, offset, { expected: `${table}.${name}(key)` })
  const key = convert(compileNode(args[0]!, scope), nullable(STRING), args[0]!.pos, `the key of ${table}`).run
  const { position } = shape
  const find = (cx: Parameters<typeof key>[0]) => {
    charge(cx, 1)
    const value = key(cx)
    return value === null || value === undefined ? undefined : cx.view.get(position, value as string)
  }
  if (name === 'has') return { type: BOOL, run: (cx) => find(cx) !== undefined }
  return { type: nullable(shape.row), run: (cx) => find(cx) ?? null }
}
