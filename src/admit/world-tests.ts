/** Runs the tests inside a world: given rows, calls one after another, and what to expect of them. */
import { keyOf } from '../core/keyed.ts'
import type { Finding } from '../spec/complaint.ts'
import { BaseWorld } from '../world/base-world.ts'
import { firstFirings } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation } from '../world/evaluation.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { jsonEncoder } from '../world/json-value.ts'
import { Overlay } from '../world/overlay.ts'
import type { Site } from '../world/site.ts'
import { runTimer, STRETCH_UNITS } from '../world/timer.ts'
import { describeMisfit, runTool } from '../world/tool.ts'
import { Transaction } from '../world/transaction.ts'
import type { CompiledTest, CompiledTestCall } from '../world/world-test.ts'
import { type Difference, differences, shown } from './difference.ts'

/** How a test went; findings say what was expected and what was found, and where that stands. */
export type TestResult = { readonly name: string; readonly ok: boolean; readonly findings: readonly Finding[] }

/** Runs tests that were compiled; each has a state of its own. */
export function runWorldTests(tests: readonly CompiledTest[]): TestResult[] {
  return tests.map((test) => {
    const findings = new TestRun(test).run()
    return { name: test.name, ok: findings.length === 0, findings }
  })
}

/** What a call answered. */
type Answer = { readonly json: unknown; readonly isError: boolean; readonly args: unknown }

class TestRun {
  readonly #test: CompiledTest
  readonly #base: BaseWorld
  readonly #overlay: Overlay
  readonly #findings: Finding[] = []
  /** Milliseconds since 1970 on the virtual calendar. */
  #now: number
  #events = 0
  #emitted: string[] = []

  constructor(test: CompiledTest) {
    this.#test = test
    this.#base = new BaseWorld(test.world, test.seed)
    this.#overlay = new Overlay(test.world.tables.length)
    this.#now = test.world.epoch
    for (const { name, due } of firstFirings(test.world)) this.#overlay.addTimer(due, name, {})
  }

  run(): Finding[] {
    for (const [i, call] of this.#test.calls.entries()) {
      try {
        this.#emitted = []
        this.#pass(call.wait)
        this.#check(call, this.#perform(call), `call ${i + 1}, ${call.tool.name}`)
      } catch (error) {
        if (!(error instanceof SpecFault || error instanceof CallLimit)) throw error
        this.#fail(call.site.at('call'), `call ${i + 1}, ${call.tool.name}: a fault of the world: ${error.message}`)
        break
      }
    }
    return this.#findings
  }

  #fail(site: Site, message: string, expected?: string): void {
    this.#findings.push({ code: 'test', message: `test '${this.#test.name}': ${message}`, path: site.path, ...(expected !== undefined && { expected }) })
  }

  /** Lets time pass; timers that are due by then fire. */
  #pass(ms: number): void {
    this.#now += ms
    let left = STRETCH_UNITS
    for (let next = this.#overlay.timers[0]; next && next.due <= this.#now; next = this.#overlay.timers[0]) {
      this.#overlay.takeTimer()
      const timer = this.#test.world.timers.get(next.name)!
      const tx = this.#transaction()
      left = runTimer(timer, next, tx, keyOf(['timer', this.#test.seed, next.order]), left - 100)
      this.#emitted.push(...tx.commit('world', this.#events++).emitted.map(({ text }) => text))
      if (timer.repeat !== undefined) this.#overlay.addTimer(next.due + timer.repeat, next.name, next.args)
    }
  }

  #transaction(): Transaction {
    return new Transaction(this.#base, this.#overlay)
  }

  #perform({ tool, args }: CompiledTestCall): Answer {
    if (tool.visible && !tool.visible(this.#transaction(), this.#now, { left: CALL_UNITS })) return { json: `Unknown tool '${tool.name}'`, isError: true, args: null }
    const read = tool.read(args, '')
    if ('problem' in read) return { json: describeMisfit(tool.name, read), isError: true, args: null }
    const tx = this.#transaction()
    const { json, isError } = runTool(tool, read.value, tx, this.#now, keyOf(['draw', this.#test.seed, this.#events]))
    this.#emitted.push(...tx.commit(tool.spec.actor, this.#events++).emitted.map(({ text }) => text))
    return { json: json ?? null, isError, args: read.value }
  }

  #check({ expect, that, site }: CompiledTestCall, answer: Answer, where: string): void {
    const at = site.at('expect')
    const { error = false } = expect
    const text = typeof answer.json === 'string' ? answer.json : JSON.stringify(answer.json)
    if (answer.isError !== (error !== false)) return this.#fail(error === false ? site.at('call') : at.at('error'), `${where}: ${answer.isError ? `failed: ${text}` : `did not fail, but answered ${shown(answer.json)}`}`, error === false ? 'success' : 'an error')
    if (typeof error === 'string' && !text.includes(error)) this.#fail(at.at('error'), `${where}: failed with ${shown(answer.json)}`, `an error with '${error}'`)
    if (expect.result !== undefined) this.#differ(differences(expect.result, answer.json), at.at('result'), where, 'result')
    if (expect.emits) this.#differ(differences(expect.emits, this.#emitted), at.at('emits'), where, 'emits')
    this.#checkRows(expect.rows, at.at('rows'), where)
    for (const condition of that) this.#checkThat(condition, answer, where)
  }

  #differ(found: readonly Difference[], at: Site, where: string, what: string): void {
    for (const { path, expected, found: is } of found) {
      const place = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
      this.#fail(at.at(...path), `${where}: ${what}${place} is ${shown(is)}`, shown(expected))
    }
  }

  #checkRows(rows: CompiledTestCall['expect']['rows'], at: Site, where: string): void {
    const { world } = this.#test
    const view = this.#transaction()
    for (const [name, byKey] of Object.entries(rows)) {
      const table = world.tables[world.positionOf(name)]!
      for (const [key, columns] of Object.entries(byKey)) {
        const row = view.get(table.position, key)
        if (!row || !columns) {
          if (!row !== !columns) this.#fail(at.at(name, key), `${where}: ${name}['${key}'] ${row ? 'is there' : 'is gone'}`, row ? 'no such row' : 'a row')
          continue
        }
        const found = Object.fromEntries(Object.keys(columns).map((column) => [column, jsonEncoder(table.columnOf.get(column)!.type)(row[column] ?? null)]))
        this.#differ(differences(columns, found), at.at(name, key), where, `${name}['${key}']`)
      }
    }
  }

  #checkThat({ source, run, slots, site }: CompiledTestCall['that'][number], { json, args }: Answer, where: string): void {
    const cx: Evaluation = { view: this.#transaction(), slots: new Array(slots), left: CALL_UNITS, now: this.#now, key: keyOf(['test', this.#test.seed]), draws: 0 }
    cx.slots[0] = json
    cx.slots[1] = args
    try {
      if (run(cx) !== true) this.#fail(site, `${where}: does not hold: ${source}`, 'true')
    } catch (error) {
      if (!(error instanceof SpecFault || error instanceof CallLimit)) throw error
      this.#fail(site, `${where}: ${source}: ${error.message}`, 'true')
    }
  }
}
