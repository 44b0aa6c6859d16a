/** CEL text to a syntax tree, by the library's parser; everything after parsing is ours. */
import { Environment } from '@marcbachmann/cel-js'
import { ExpressionError } from './scope.ts'

export type Ast = { readonly op: string; readonly args: any; readonly pos: number; readonly start: number; readonly end: number }

const environment = new Environment({ limits: { maxAstNodes: 2000, maxDepth: 64, maxListElements: 500, maxMapEntries: 200, maxCallArguments: 8 } })

/** @throws ExpressionError with the offset of the mistake */
export function parseExpression(source: string): Ast {
  try {
    return environment.parse(source).ast as Ast
  } catch (error) {
    const { summary, range, message } = error as { summary?: string; range?: { start: number }; message: string }
    throw new ExpressionError(`not CEL: ${summary ?? message.split('\n')[0]}`, range?.start ?? 0)
  }
}
