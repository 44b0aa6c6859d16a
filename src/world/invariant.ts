/** Invariants of a world: conditions that hold at every commit. */
import type { World } from '../../protocol/spec/world.ts'
import { CALL_UNITS, type Evaluation } from './evaluation.ts'
import { compileCondition } from './expression/compile.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { declare, type Run, type Scope } from './expression/scope.ts'
import { SpecFault } from './fault.ts'
import { keyOf } from '../core/keyed.ts'
import type { Site } from './site.ts'
import type { CompiledTable } from './table.ts'
import type { Transaction } from './transaction.ts'

export type Invariant = {
  readonly id: string
  /** For the form `T.all(x, …)`: the table, and a condition on one row in slot 0. */
  readonly each: number | undefined
  readonly run: Run
  readonly slots: number
}

/** Compiles invariants; `T.all(x, condition)` is checked on changed rows only. */
export function compileInvariants(specs: World['invariants'], scope: () => Scope, tables: readonly CompiledTable[], site: Site): Invariant[] {
  return specs.flatMap(({ id, that }, i) => {
    const at = site.at(i, 'that')
    const made = at.guard((): Invariant => {
      const ast = parseExpression(that)
      const table = ast.op === 'rcall' && ast.args[0] === 'all' && ast.args[1].op === 'id' ? tables.find((candidate) => candidate.name === ast.args[1].args) : undefined
      const whole = scope()
      if (!table || ast.args[2].length !== 2 || ast.args[2][0].op !== 'id') return { id, each: undefined, run: compileCondition(ast, whole), slots: whole.slots.used }
      const [variable, condition] = ast.args[2] as [Ast, Ast]
      const declared = declare(whole, variable.args, table.row)
      return { id, each: table.position, run: compileCondition(condition, declared.scope), slots: declared.scope.slots.used }
    })
    return made ? [made] : []
  })
}

/**
 * Checks the invariants over what a transaction is about to commit.
 * @throws SpecFault naming the invariant that breaks
 */
export function checkInvariants(invariants: readonly Invariant[], tx: Transaction, now: number): void {
  const touched = tx.touched()
  if (!touched.length) return
  for (const { id, each, run, slots } of invariants) {
    const cx: Evaluation = { view: tx, slots: new Array(slots), left: CALL_UNITS, now, key: keyOf(['invariant', id]), draws: 0 }
    if (each === undefined) {
      if (!run(cx)) throw new SpecFault(`invariant ${id} is broken`)
      continue
    }
    if (!touched.includes(each)) continue
    for (const row of tx.pendingRows(each)) {
      cx.slots[0] = row
      if (!run(cx)) throw new SpecFault(`invariant ${id} is broken`)
    }
  }
}

/** Ids of the invariants that do not hold over a whole state. */
export function brokenInvariants(invariants: readonly Invariant[], tx: Transaction): string[] {
  return invariants.flatMap(({ id, each, run, slots }) => {
    const cx: Evaluation = { view: tx, slots: new Array(slots), left: 100 * CALL_UNITS, now: tx.base.world.epoch, key: keyOf(['invariant', id]), draws: 0 }
    const holds = each === undefined ? run(cx) : tx.rows(each).every((row) => { cx.slots[0] = row; return run(cx) })
    return holds === true ? [] : [id]
  })
}
