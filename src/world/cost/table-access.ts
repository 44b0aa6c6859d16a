/** How expressions reach the rows of tables: read from their compiled trees. */
import { COMPREHENSIONS } from '../expression/comprehension.ts'
import type { Ast } from '../expression/parse.ts'
import type { Compiled, Scope } from '../expression/scope.ts'
import { TABLE_METHODS } from '../expression/table-method.ts'

/** One way of reaching rows: by key, by the index of a column, or by going through all of them. */
export type TableAccess = { readonly table: string; readonly by: 'key' | 'index' | 'scan' }

/** Runs a compilation and notes how what it compiles in a scope reaches tables; what stands around it notes it as well. */
export function notingAccess<T>({ slots, tables }: Scope, compile: () => T): { readonly made: T; readonly accesses: readonly TableAccess[] } {
  const outer = slots.notes
  const notes = new Map<Ast, Compiled>()
  slots.notes = notes
  try {
    const made = compile()
    return { made, accesses: accessesIn(notes, tables) }
  } finally {
    slots.notes = outer
    if (outer) for (const [ast, compiled] of notes) outer.set(ast, compiled)
  }
}

/** Tables that expressions go through row by row, sorted. */
export function scannedTables(accesses: readonly TableAccess[]): string[] {
  return [...new Set(accesses.flatMap(({ table, by }) => (by === 'scan' ? [table] : [])))].sort()
}

function accessesIn(notes: ReadonlyMap<Ast, Compiled>, tables: Scope['tables']): TableAccess[] {
  return [...notes].flatMap(([ast, compiled]) => {
    const access = accessOf(ast, compiled, notes, tables)
    return access ? [access] : []
  })
}

function accessOf(ast: Ast, { type, trace }: Compiled, notes: ReadonlyMap<Ast, Compiled>, tables: Scope['tables']): TableAccess | undefined {
  if (ast.op === 'id') return type.k === 'record' && trace?.slot === undefined && tables.has(ast.args) ? { table: ast.args, by: 'key' } : undefined
  if (ast.op === '[]') return keyed(tableNamed(ast.args[0], notes, tables))
  if (ast.op === 'call' && trace?.loop) return looped(tableNamed(ast.args[1][0], notes, tables), trace.loop)
  if (ast.op !== 'rcall') return undefined
  const table = tableNamed(ast.args[1], notes, tables)
  if (TABLE_METHODS.has(ast.args[0])) return ast.args[0] === 'get' || ast.args[0] === 'has' ? keyed(table) : table === undefined ? undefined : { table, by: 'index' }
  return COMPREHENSIONS.has(ast.args[0]) ? looped(table, trace?.loop) : undefined
}

function keyed(table: string | undefined): TableAccess | undefined {
  return table === undefined ? undefined : { table, by: 'key' }
}

function looped(table: string | undefined, loop: { readonly index?: unknown } | undefined): TableAccess | undefined {
  return table === undefined ? undefined : { table, by: loop?.index === undefined ? 'scan' : 'index' }
}

/** The table that a name stands for; that of a single row is one only to the functions of tables. */
function tableNamed(ast: Ast, notes: ReadonlyMap<Ast, Compiled>, tables: Scope['tables']): string | undefined {
  if (ast.op !== 'id' || !tables.has(ast.args)) return undefined
  const note = notes.get(ast)
  return note === undefined || note.type.k === 'table' ? ast.args : undefined
}
