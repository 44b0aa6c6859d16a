/** CEL text to a syntax tree, by the library's parser; everything after parsing is ours. */
import { Environment } from '@marcbachmann/cel-js'
import { ExpressionError } from './scope.ts'

export type Ast = { readonly op: string; readonly args: any; readonly pos: number; readonly start: number; readonly end: number; /** Where the operator of two sides, or the name of a method, stands. */ operator?: number }

const environment = new Environment({ limits: { maxAstNodes: 2000, maxDepth: 64, maxListElements: 500, maxMapEntries: 200, maxCallArguments: 8 } })

/** @throws ExpressionError with the offset of the mistake */
export function parseExpression(source: string): Ast {
  try {
    const ast = environment.parse(source).ast as Ast
    placeOperators(ast, source)
    return ast
  } catch (error) {
    const { summary, range, message } = error as { summary?: string; range?: { start: number }; message: string }
    throw new ExpressionError(`not CEL: ${summary ?? message.split('\n')[0]}`, range?.start ?? 0)
  }
}

const TWO_SIDED: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%', '&&', '||'])

/** The parser places an operator of two sides where its left side begins; complaints about it point at the operator. */
function placeOperators(node: unknown, source: string): void {
  if (Array.isArray(node)) {
    for (const item of node) placeOperators(item, source)
    return
  }
  if (node === null || typeof node !== 'object' || typeof (node as Ast).op !== 'string') return
  const ast = node as Ast
  if (ast.op === 'value' || ast.op === 'id') return
  if (TWO_SIDED.has(ast.op)) ast.operator = offsetOf(source, ast.op, (ast.args[0] as Ast).end)
  if (ast.op === 'rcall') ast.operator = offsetOf(source, ast.args[0] as string, (ast.args[1] as Ast).end)
  placeOperators(ast.args, source)
}

/** Where a word stands after a side; only blanks, closing brackets, dots and comments come before it. */
function offsetOf(source: string, word: string, from: number): number | undefined {
  let at = from
  while (at < source.length) {
    if (source.startsWith(word, at)) return at
    if (source.startsWith('//', at)) at = source.indexOf('\n', at)
    if (at < 0 || !/[\s).\n]/.test(source[at]!)) return undefined
    at++
  }
  return undefined
}
