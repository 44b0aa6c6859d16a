/** Worlds, expressions and calls, as small as a test wants them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Change } from '../../protocol/event.ts'
import { withData } from '../../src/cli/file-data.ts'
import type { World } from '../../protocol/spec/world.ts'
import { keyOf } from '../../src/core/keyed.ts'
import type { Complaint, Finding } from '../../src/spec/complaint.ts'
import { readDocuments } from '../../src/spec/read-documents.ts'
import { BaseWorld } from '../../src/world/base-world.ts'
import { type CompiledWorld, compileWorld } from '../../src/world/compiled-world.ts'
import { CALL_UNITS, type Evaluation } from '../../src/world/evaluation.ts'
import { compileExpression } from '../../src/world/expression/compile.ts'
import { declare } from '../../src/world/expression/scope.ts'
import { jsonEncoder } from '../../src/world/json-value.ts'
import { Overlay } from '../../src/world/overlay.ts'
import { Site, TooManyFindings } from '../../src/world/site.ts'
import { runTool, type ToolOutcome } from '../../src/world/tool.ts'
import { runTimer, STRETCH_UNITS } from '../../src/world/timer.ts'
import { type Emission, Transaction } from '../../src/world/transaction.ts'
import { describeType, type Type } from '../../src/world/type.ts'

/** A world from YAML, with everything that was complained about; what it names is beside the file. */
export function readWorld(text: string, file = 'world.yaml'): { world: CompiledWorld | undefined; complaints: Complaint[] } {
  const { documents, complaints } = readDocuments(withData(file, file, text))
  const document = documents.find(({ kind }) => kind === 'World')
  if (!document) return { world: undefined, complaints }
  const findings: Finding[] = []
  let world: CompiledWorld | undefined
  try {
    world = compileWorld(document.spec as World, new Site([], findings))
  } catch (error) {
    if (!(error instanceof TooManyFindings)) throw error
  }
  return { world, complaints: [...complaints, ...findings.map(document.locate)] }
}

/** @throws Error with the complaints */
export function soundWorld(text: string, file?: string): CompiledWorld {
  const { world, complaints } = readWorld(text, file)
  if (!world || complaints.length) throw new Error(JSON.stringify(complaints, null, 1))
  return world
}

let depot: CompiledWorld | undefined

export function depotWorld(): CompiledWorld {
  return (depot ??= soundWorld(readFileSync(join(import.meta.dirname, '../fixtures/worlds/depot.yaml'), 'utf8')))
}

/** A state that calls can be made on, one transaction each. */
export class Desk {
  readonly world: CompiledWorld
  readonly base: BaseWorld
  readonly overlay: Overlay
  #calls = 0
  /** What the last call changed. */
  changes: readonly Change[] = []
  /** Messages sent so far. */
  readonly emitted: Emission[] = []

  constructor(world: CompiledWorld, seed = 1, overlay = new Overlay(world.tables.length)) {
    this.world = world
    this.base = new BaseWorld(world, seed)
    this.overlay = overlay
  }

  /** @throws Error for arguments that do not fit; what the tool throws goes through */
  call(name: string, args: unknown, now = this.world.epoch): ToolOutcome {
    const tool = this.world.tools.get(name)!
    const read = tool.read(args, '')
    if ('problem' in read) throw new Error(`${read.path}: ${read.problem}`)
    const tx = new Transaction(this.base, this.overlay)
    const outcome = runTool(tool, read.value, tx, now, keyOf(['test', this.#calls++]))
    const { changes, emitted } = tx.commit('agent', this.#calls)
    this.changes = changes
    this.emitted.push(...emitted)
    return outcome
  }

  /** Fires what is due by a time, in milliseconds since 1970. */
  advance(until: number): void {
    for (let next = this.overlay.timers[0]; next && next.due <= until; next = this.overlay.timers[0]) {
      this.overlay.takeTimer()
      const tx = new Transaction(this.base, this.overlay)
      runTimer(this.world.timers.get(next.name)!, next, tx, keyOf(['timer', next.order]), STRETCH_UNITS)
      this.emitted.push(...tx.commit('world', this.#calls++).emitted)
    }
  }

  /** The whole overlay as text: equal when and only when the state is. */
  state(): string {
    return JSON.stringify(this.world.tables.map(({ position }) => [[...(this.overlay.entries(position) ?? [])].sort(), this.overlay.insertedCount(position)]))
  }

  /** All rows of a table as plain objects. */
  rows(table: string): Record<string, unknown>[] {
    const at = this.world.positionOf(table)
    const { columns } = this.world.tables[at]!
    return new Transaction(this.base, this.overlay).rows(at).map((row) => Object.fromEntries(columns.map(({ name }) => [name, row[name]])))
  }
}

/** The type of an expression over a world's tables and some variables, and its value as JSON. */
export function evaluate(source: string, world: CompiledWorld, variables: Record<string, { type: Type; value: unknown }> = {}, units = CALL_UNITS): { type: string; json: unknown; raw: unknown; spent: number } {
  let scope = world.scope()
  const slots: unknown[] = []
  for (const [name, { type, value }] of Object.entries(variables)) {
    const declared = declare(scope, name, type)
    scope = declared.scope
    slots[declared.slot] = value
  }
  const compiled = compileExpression(source, scope)
  const cx: Evaluation = { view: new Transaction(new BaseWorld(world, 1), new Overlay(world.tables.length)), slots, left: units, now: world.epoch, key: keyOf(['expression']), draws: 0 }
  const raw = compiled.run(cx)
  return { type: describeType(compiled.type), json: jsonEncoder(compiled.type)(raw), raw, spent: units - cx.left }
}
