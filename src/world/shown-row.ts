/** Rows as callers see them: with their computed fields, and without the key of a table of one row. */
import { charge, type Evaluation } from './evaluation.ts'
import { expandDefinition } from './expression/definition.ts'
import type { Compiled, Run, Scope } from './expression/scope.ts'
import { nullable, type Type } from './type.ts'

type Show = { readonly type: Type; readonly run: (cx: Evaluation, value: unknown) => unknown }

/** A compiled value with every row in it as callers see it. @throws ExpressionError for a computed field that is wrong */
export function compileShown(compiled: Compiled, scope: Scope): Compiled {
  const show = showOf(compiled.type, scope)
  if (!show) return compiled
  const { run } = compiled
  return { type: show.type, run: (cx) => show.run(cx, run(cx)) }
}

/** How to show a value of a type; undefined shows it as it is. */
function showOf(type: Type, scope: Scope): Show | undefined {
  const show = showPresent(type, scope)
  if (!show || !type.nullable) return show
  return { type: nullable(show.type), run: (cx, value) => (value === null || value === undefined ? null : show.run(cx, value)) }
}

function showPresent(type: Type, scope: Scope): Show | undefined {
  if (type.k === 'list') {
    const item = showOf(type.of, scope)
    return item && { type: { k: 'list', of: item.type }, run: (cx, value) => (value as unknown[]).map((each) => item.run(cx, each)) }
  }
  if (type.k !== 'record') return undefined
  return type.table === undefined ? showFields(type, scope) : showTableRow(type, type.table, scope)
}

function showFields(type: Type & { k: 'record' }, scope: Scope): Show | undefined {
  const shown = [...type.fields].map(([name, of]) => [name, of, showOf(of, scope)] as const)
  if (shown.every(([, , show]) => !show)) return undefined
  return {
    type: { k: 'record', fields: new Map(shown.map(([name, of, show]) => [name, show?.type ?? of])) },
    run: (cx, value) => Object.fromEntries(shown.map(([name, , show]) => {
      const field = (value as Record<string, unknown>)[name]
      return [name, show ? show.run(cx, field) : field]
    })),
  }
}

function showTableRow(type: Type & { k: 'record' }, table: string, scope: Scope): Show | undefined {
  const shape = scope.tables.get(table)
  const prefix = `${table}.`
  const derived = [...scope.definitions].filter(([name]) => name.startsWith(prefix))
  if (!shape || (!derived.length && !shape.single)) return undefined
  const slot = scope.slots.take()
  const row: Compiled = { type, run: (cx) => cx.slots[slot] }
  const computed = derived.map(([name, definition]): [string, Type, Run] => {
    const { type: of, run } = expandDefinition(name, definition, [row], scope, 0)
    return [name.slice(prefix.length), of, run]
  })
  const kept = [...type.fields].filter(([name]) => !shape.single || name !== shape.key)
  return {
    type: { k: 'record', fields: new Map([...kept, ...computed.map(([name, of]) => [name, of] as const)]) },
    run: (cx, value) => {
      charge(cx, kept.length + computed.length)
      cx.slots[slot] = value
      const out: Record<string, unknown> = {}
      for (const [name] of kept) out[name] = (value as Record<string, unknown>)[name]
      for (const [name, , run] of computed) out[name] = run(cx)
      return out
    },
  }
}
