/** Guards: what a commit must fulfil; a call that would break one is refused and told why. */
import type { TemplateTree } from '../../protocol/spec/notation.ts'
import { nearest } from '../core/nearest.ts'
import type { Evaluation, Row } from './evaluation.ts'
import { declare, type Scope } from './expression/scope.ts'
import type { Site } from './site.ts'
import type { CompiledTable } from './table.ts'
import { compileTemplateTree } from './template.ts'
import type { PendingChange, Transaction } from './transaction.ts'
import { BOOL, nullable } from './type.ts'

export type Guard = {
  /** The table whose changes it looks at. */
  readonly table: number
  /** Slots that it needs. */
  readonly slots: number
  /** What the caller is told when the change is refused; undefined lets it pass. */
  refuse(change: PendingChange, cx: Evaluation): { readonly json: unknown } | undefined
}

/** The answer of the first guard that refuses what a transaction is about to commit; undefined when none does. */
export function findRefusal(guards: readonly Guard[], tx: Transaction, cx: Evaluation): { readonly json: unknown } | undefined {
  for (const guard of guards) {
    for (const change of tx.pendingChanges(guard.table)) {
      const inner: Evaluation = { ...cx, slots: new Array(guard.slots) }
      const refusal = guard.refuse(change, inner)
      cx.left = inner.left
      if (refusal) return refusal
    }
  }
  return undefined
}

/** Compiles the lifecycles of all tables. */
export function compileLifecycles(tables: readonly CompiledTable[], scope: () => Scope, site: Site): Guard[] {
  return tables.flatMap((table) => (table.spec.lifecycle ? [compileLifecycle(table, scope(), site.at(table.name, 'lifecycle'))] : []))
}

type When = { readonly to: string; readonly from: string | undefined; holds(cx: Evaluation): boolean; explain(cx: Evaluation): unknown }

function compileLifecycle(table: CompiledTable, scope: Scope, site: Site): Guard {
  const { column: name, initial, transitions, guards, else: otherwise } = table.spec.lifecycle!
  const column = table.columnOf.get(name)
  const values = column?.spec.type === 'enum' ? column.spec.values : undefined
  if (!values) site.at('column').complain('lifecycle', column ? `'${name}' is no enum` : `${table.name} has no column '${name}'`, { expected: 'an enum column', nearest: nearest(name, table.columnOf.keys()) })
  const known = (value: string, at: Site, key?: true) => {
    if (values && !values.includes(value)) at.complain('lifecycle', `'${value}' is no value of ${table.name}.${name}`, { nearest: nearest(value, values), expected: values.join(', '), ...(key && { key }) })
  }
  initial?.forEach((value, i) => known(value, site.at('initial', i)))
  for (const [from, to] of Object.entries(transitions)) {
    known(from, site.at('transitions', from), true)
    to.forEach((value, i) => known(value, site.at('transitions', from, i)))
  }
  const withRow = declare(scope, 'row', table.row)
  const withOld = declare(withRow.scope, 'old', nullable(table.row))
  const inner = withOld.scope
  const explain = (tree: TemplateTree | undefined, at: Site, text: (cx: Evaluation) => string) => (tree === undefined ? text : compileTemplateTree(tree, inner, at))
  const said = (cx: Evaluation, slot: number) => String((cx.slots[slot] as Row | null)?.[name])
  const refused = explain(otherwise, site.at('else'), (cx) => {
    const old = cx.slots[withOld.slot]
    return old ? `${table.name}.${name} cannot change from '${said(cx, withOld.slot)}' to '${said(cx, withRow.slot)}'` : `${table.name}.${name} cannot start as '${said(cx, withRow.slot)}'`
  })
  const conditions = guards.map(({ to, from, when, else: reason }, i): When => {
    const at = site.at('guards', i)
    known(to, at.at('to'))
    if (from !== undefined) known(from, at.at('from'))
    const { run } = at.at('when').expression(when, inner, BOOL)
    return { to, from, holds: (cx) => run(cx) === true, explain: explain(reason, at.at('else'), refused as (cx: Evaluation) => string) }
  })
  return {
    table: table.position,
    slots: inner.slots.used,
    refuse({ row, old }, cx) {
      if (!row) return undefined
      const to = row[name] as string
      const from = old ? (old[name] as string) : undefined
      if (to === from || to === null) return undefined
      cx.slots[withRow.slot] = row
      cx.slots[withOld.slot] = old
      const allowed = from === undefined ? initial === undefined || initial.includes(to) : from === null || (Object.hasOwn(transitions, from) && transitions[from]!.includes(to))
      if (!allowed) return { json: refused(cx) }
      const broken = conditions.find((when) => when.to === to && (when.from === undefined || when.from === from) && !when.holds(cx))
      return broken && { json: broken.explain(cx) }
    },
  }
}
