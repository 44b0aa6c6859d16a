/** Invariants of a world: conditions that hold at every commit. */
import type { TemplateTree } from '../../protocol/spec/notation.ts'
import type { World } from '../../protocol/spec/world.ts'
import { CALL_UNITS, type Evaluation } from './evaluation.ts'
import { compileCondition } from './expression/compile.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { declare, type Run, type Scope } from './expression/scope.ts'
import { SpecFault } from './fault.ts'
import { keyOf } from '../core/keyed.ts'
import type { Site } from './site.ts'
import type { CompiledTable } from './table.ts'
import { compileTemplateTree } from './template.ts'
import type { Transaction } from './transaction.ts'

export type Invariant = {
  readonly id: string
  /** What the caller of a tool is told that would break it; without it breaking it is a fault of the world. */
  readonly refusal: ((cx: Evaluation) => unknown) | undefined
  /** For the form `T.all(x, …)`: the table, and a condition on one row in slot 0. */
  readonly each: number | undefined
  readonly run: Run
  readonly slots: number
}

/** Compiles invariants; `T.all(x, condition)` is checked on changed rows only. */
export function compileInvariants(specs: World['invariants'], scope: () => Scope, tables: readonly CompiledTable[], site: Site): Invariant[] {
  return specs.flatMap(({ id, that, else: otherwise }, i) => {
    const at = site.at(i, 'that')
    const made = at.guard((): Invariant => {
      const ast = parseExpression(that)
      const table = ast.op === 'rcall' && ast.args[0] === 'all' && ast.args[1].op === 'id' ? tables.find((candidate) => candidate.name === ast.args[1].args) : undefined
      const whole = scope()
      if (!table || ast.args[2].length !== 2 || ast.args[2][0].op !== 'id') {
        const run = compileCondition(ast, whole)
        return { id, refusal: refusalOf(otherwise, whole, site.at(i, 'else')), each: undefined, run, slots: whole.slots.used }
      }
      const [variable, condition] = ast.args[2] as [Ast, Ast]
      const declared = declare(whole, variable.args, table.row)
      const run = compileCondition(condition, declared.scope)
      return { id, refusal: refusalOf(otherwise, declared.scope, site.at(i, 'else')), each: table.position, run, slots: declared.scope.slots.used }
    })
    return made ? [made] : []
  })
}

function refusalOf(tree: TemplateTree | undefined, scope: Scope, site: Site): Invariant['refusal'] {
  return tree === undefined ? undefined : compileTemplateTree(tree, scope, site)
}

/**
 * Checks the invariants over what a call is about to commit, under the call's meter; gives what the caller is told when one refuses.
 * @throws SpecFault naming the invariant that breaks and has nothing to say
 */
export function checkInvariants(invariants: readonly Invariant[], tx: Transaction, call: Evaluation): { readonly json: unknown } | undefined {
  const touched = tx.touched()
  if (!touched.length) return undefined
  for (const invariant of invariants) {
    const cx: Evaluation = { view: tx, slots: new Array(invariant.slots), left: call.left, now: call.now, key: keyOf(['invariant', invariant.id]), draws: 0 }
    try {
      const refused = checkOne(invariant, tx, touched, cx)
      if (refused) return refused
    } finally {
      call.left = cx.left
    }
  }
  return undefined
}

function checkOne({ id, refusal, each, run }: Invariant, tx: Transaction, touched: readonly number[], cx: Evaluation): { readonly json: unknown } | undefined {
  const refuse = () => {
    if (!refusal) throw new SpecFault(`invariant ${id} is broken`)
    return { json: refusal(cx) }
  }
  if (each === undefined) return run(cx) ? undefined : refuse()
  if (!touched.includes(each)) return undefined
  for (const row of tx.pendingRows(each)) {
    cx.slots[0] = row
    if (!run(cx)) return refuse()
  }
  return undefined
}

/** Ids of the invariants that do not hold over a whole state. */
export function brokenInvariants(invariants: readonly Invariant[], tx: Transaction, now = tx.base.world.epoch): string[] {
  return invariants.flatMap(({ id, each, run, slots }) => {
    const cx: Evaluation = { view: tx, slots: new Array(slots), left: 100 * CALL_UNITS, now, key: keyOf(['invariant', id]), draws: 0 }
    const holds = each === undefined ? run(cx) : tx.rows(each).every((row) => { cx.slots[0] = row; return run(cx) })
    return holds === true ? [] : [id]
  })
}
