/** Tools of a server of others as steps: the call goes out, its answer and the server's new state come in, in one transaction. */
import type { Cassette, ServerState } from '../../../protocol/cassette.ts'
import type { Mirror, Tool, World } from '../../../protocol/spec/world.ts'
import { charge } from '../evaluation.ts'
import type { Site } from '../site.ts'
import type { StepRun } from '../step.ts'
import type { CompiledTable } from '../table.ts'
import { applyState, mirrored, readState } from './mirror.ts'
import { compileRecording, type Recording } from './recording.ts'
import type { Served } from './served.ts'
import { stateAfter, stateId } from '../../core/state-id.ts'

/** The server of a world, compiled once. */
export type ServedWorld = {
  readonly tables: readonly CompiledTable[]
  readonly recording: Recording
  /** What a call may cost at most while it is replayed. */
  readonly bound: number
}

/** Where the state of a server is kept that is known by the calls which led to it. */
export type Path = { readonly table: string; readonly column: string }

const SILENT: Served = () => ({ answer: { json: 'The server of this tool cannot be reached, and no recording of it is here.', is_error: true }, ms: 0 })

/** Compiles the server of a world; mistakes become findings of the site. */
export function compileServer({ server }: Pick<World, 'server'>, tableOf: (name: string) => CompiledTable | undefined, site: Site): ServedWorld | undefined {
  if (!server) return undefined
  const { state } = server
  const ways = [state?.files, state?.lines, state?.calls].filter(Boolean).length
  if (state && ways !== 1) site.at('state').complain('server', 'a state is in files, in lines or known by its calls', { expected: 'one of files, lines and calls' })
  const tables = mirrored(state).flatMap((name) => {
    const table = tableOf(name)
    if (!table) site.at('state').complain('name', `no table '${name}'`, { expected: 'a table of this world' })
    return table ? [table] : []
  })
  const columns = state?.files ? [[state.files.table, [state.files.path, state.files.content]] as const]
    : state?.calls ? [[state.calls.table, [state.calls.column]] as const]
    : Object.entries(state?.lines?.tables ?? {}).map(([name, of]) => [name, [...Object.keys(of.columns), ...of.key ?? []]] as const)
  for (const [name, wanted] of columns) {
    const table = tableOf(name)
    for (const column of wanted) if (table && !table.columnOf.has(column)) site.at('state').complain('name', `${name} has no column '${column}'`, { expected: table.columns.map((one) => one.name).join(', ') })
  }
  // A file that could not be read has been complained about where the documents were.
  const cassette = server.cassette && !('file' in server.cassette) ? server.cassette : undefined
  if (cassette) complainOfStates(cassette, state, site)
  const recording = cassette ? compileRecording(cassette, server.unseen) : { serve: SILENT, longest: 100 }
  const most = Object.values(cassette?.states ?? {}).reduce((sum, rows) => Math.max(sum, sizeOf(rows)), 0)
  return { tables, recording, bound: unitsOf(recording.longest, most) }
}

/** States of a recording that the world knows otherwise: no call would ever be found in it. */
function complainOfStates({ states, start, calls }: Cassette, state: Mirror | undefined, site: Site): void {
  if (!calls.length) return
  const hasRows = Object.keys(states).length > 0
  // Where nothing tells states apart there is one, and a recording may be all about it.
  const isOfNone = !state && start === stateId({})
  if (!hasRows && !state?.calls && !isOfNone) {
    site.at('cassette').complain('server', 'this recording knows its states by the calls that led to them, and the world by nothing or by rows', { expected: `state: {calls: {table: …, column: …}}, and a single table with that column, whose value is '${start}' at first` })
  }
  if (hasRows && !state?.files && !state?.lines) {
    site.at('cassette').complain('server', 'this recording knows its states by rows, and the world does not', { expected: 'state: {files: …} or {lines: …}, as where it was recorded' })
  }
}

function sizeOf(state: unknown): number {
  return JSON.stringify(state).length
}

/** One unit for 16 characters of an answer and of the state. */
function unitsOf(answer: number, state: number): number {
  return 1 + (answer >> 4) + 1 + (state >> 4)
}

/** Runs a tool of the server. */
export function servedSteps(spec: Tool, world: ServedWorld | undefined, site: Site, path?: Path): StepRun {
  if (!world) {
    site.at('served').complain('served', 'this world has no server', { expected: 'server: at the top of the World' })
    return () => undefined
  }
  const { tables, recording } = world
  return (cx) => {
    const before = readState(tables, cx.tx)
    const args = (cx.slots[0] ?? {}) as Record<string, unknown>
    const reply = (cx.served ?? recording.serve)({ tool: spec.served!, arguments: args, effect: spec.effect, at: path ? nameIn(path, before) : stateId(before), state: before })
    const after = reply.state ?? (path && spec.effect === 'write' && !reply.answer.failure ? pathAfter(path, before, spec.served!, args) : undefined)
    if (!cx.served) charge(cx, unitsOf(sizeOf(reply.answer.json), after ? sizeOf(after) : 0))
    const misfit = after && applyState(tables, after, cx.tx)
    if (misfit !== undefined) return { json: `The server answered, but left a state that nobody can read (${misfit})`, isError: true, ms: reply.ms, reply }
    return { json: reply.answer.json, isError: reply.answer.is_error === true, ms: reply.ms, reply }
  }
}

function nameIn({ table, column }: Path, state: ServerState): string {
  return String(state[table]?.[0]?.[column])
}

/** The state of a server that is known by the calls that led to it, after one more. */
function pathAfter(path: Path, before: ServerState, tool: string, args: unknown): ServerState {
  const [row] = before[path.table] ?? []
  return row ? { ...before, [path.table]: [{ ...row, [path.column]: stateAfter(nameIn(path, before), tool, args) }] } : before
}
