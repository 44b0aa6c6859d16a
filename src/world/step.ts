/** The steps of a tool, compiled to closures over one transaction. */
import type { Step, StepOf } from '../../protocol/spec/step.ts'
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import { compileTree } from './cel-tree.ts'
import { charge, type Evaluation } from './evaluation.ts'
import { SpecFault } from './fault.ts'
import { narrowBySource } from './expression/narrow.ts'
import { declare, type Run, type Scope } from './expression/scope.ts'
import type { Actor } from './settle-table.ts'
import { jsonShower } from './show-json.ts'
import { compileShown } from './shown-row.ts'
import type { Served, ServedReply } from './served/served.ts'
import type { Site } from './site.ts'
import { compileDefinitionUse, type StepDefinition } from './step-definition.ts'
import { compileDispatch } from './step-dispatch.ts'
import { compileAfter, compileEmit, compileRefresh } from './step-time.ts'
import { compileCopyTree, compileDelete, compileInsert, compilePatch, compileSet } from './step-write.ts'
import type { CompiledTable } from './table.ts'
import { compileTemplateTree } from './template.ts'
import type { CompiledTool } from './tool.ts'
import type { Transaction } from './transaction.ts'
import { BOOL, describeType, JSON_VALUE, present } from './type.ts'

/** An evaluation that may write; `served` answers in place of recordings. */
export type CallEvaluation = Evaluation & { readonly tx: Transaction; readonly served?: Served | undefined }

/** How a tool ended before its last step. */
export type Stop = {
  /** JSON that the agent sees; undefined when there is none. */
  readonly json: unknown
  readonly isError: boolean
  /** Undo the writes, but for these tables; undefined commits all of them. */
  readonly undoBut?: readonly number[]
  /** Whole milliseconds that a server of others took, and what it answered. */
  readonly ms?: number
  readonly reply?: ServedReply
}

export type StepRun = (cx: CallEvaluation) => Stop | undefined

/** What steps may refer to besides variables. */
export type StepEnvironment = {
  /** Whether steps may write. */
  readonly writes: boolean
  readonly tableOf: (name: string) => CompiledTable | undefined
  readonly definitions: ReadonlyMap<string, StepDefinition>
  /** Timers of the world, for `after`. */
  readonly timers: World['timers']
  /** Tools of the world, and each of them compiled once all are: for `call_by_name`. */
  readonly tools: World['tools']
  readonly toolOf: (name: string) => CompiledTool | undefined
  /** Whose tool the steps belong to; undefined in reactions and timers. */
  readonly actor?: Actor
}

/** Compiles a list of steps; each sees the names that earlier ones bound. */
export function compileSteps(steps: readonly Step[], scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const runs: StepRun[] = []
  steps.forEach((step, i) => {
    const compiled = compileStep(step, scope, environment, site.at(i))
    runs.push(compiled.run)
    scope = compiled.scope
  })
  if (runs.length === 1) return runs[0]!
  return (cx) => {
    for (let i = 0; i < runs.length; i++) {
      const stop = runs[i]!(cx)
      if (stop) return stop
    }
    return undefined
  }
}

type CompiledStep = { run: StepRun; scope: Scope }

const WRITING = ['set', 'insert', 'delete', 'copy_tree', 'patch', 'refresh', 'emit', 'after'] as const

function compileStep(step: Step, scope: Scope, environment: StepEnvironment, site: Site): CompiledStep {
  if ('let' in step) return compileLet(step, scope, site)
  if ('require' in step) return { scope: narrowBySource(step.require, scope, true), run: compileRequire(step, scope, environment, site) }
  if ('if' in step) {
    const condition = site.at('if').expression(step.if, scope, BOOL).run
    const yes = compileSteps(step.then, narrowBySource(step.if, scope, true), environment, site.at('then'))
    const no = step.else ? compileSteps(step.else, narrowBySource(step.if, scope, false), environment, site.at('else')) : () => undefined
    return { scope, run: (cx) => (condition(cx) ? yes(cx) : no(cx)) }
  }
  if ('cases' in step) return { scope, run: compileCases(step.cases, scope, environment, site.at('cases')) }
  const writing = WRITING.find((word) => word in step)
  if (writing && !environment.writes) site.at(writing).complain('effect', `a read tool may not ${writing}`, { expected: 'effect: write' })
  if ('set' in step) return { scope, run: compileSet(step.set, scope, environment, site.at('set')) }
  if ('insert' in step) return compileInsert(step, scope, environment, site)
  if ('delete' in step) return { scope, run: compileDelete(step.delete, scope, environment, site.at('delete')) }
  if ('copy_tree' in step) return compileCopyTree(step, scope, environment, site)
  if ('each' in step) return { scope, run: compileEach(step, scope, environment, site) }
  if ('use' in step) return { scope, run: compileDefinitionUse(step.use, scope, environment, site.at('use')) }
  if ('refresh' in step) return { scope, run: compileRefresh(step, scope, environment, site) }
  if ('emit' in step) return { scope, run: compileEmit(step, scope, site) }
  if ('after' in step) return { scope, run: compileAfter(step, scope, environment, site) }
  if ('call_by_name' in step) return { scope, run: compileDispatch(step, scope, environment, site) }
  if ('patch' in step) return { scope, run: compilePatch(step, scope, environment, site) }
  if ('return' in step) {
    const at = site.at('return')
    const plain = compileTree(step.return, scope, at)
    const value = at.guard(() => compileShown(plain, scope)) ?? plain
    if (value.type.k === 'table') site.at('return').complain('expression', `a ${describeType(value.type)} is no value`, { expected: 'rows, such as T.filter(x, true)' })
    const show = jsonShower(value.type)
    const { run } = value
    return { scope, run: (cx) => ({ json: show(cx, run(cx)), isError: false }) }
  }
  return { scope, run: () => ({ json: undefined, isError: false }) }
}

/** Compiles what an agent sees under `else`, with the fault it stands for. */
export function compileFailure(tree: Parameters<typeof compileTemplateTree>[0], isError: boolean | undefined, keep: readonly number[], scope: Scope, site: Site): StepRun {
  const content = compileTemplateTree(tree, scope, site)
  return (cx) => ({ json: content(cx), isError: isError ?? true, undoBut: keep })
}

function compileLet(step: StepOf<'let'>, scope: Scope, site: Site): CompiledStep {
  const before = scope
  const bindings: { slot: number; run: Run }[] = []
  for (const [name, tree] of Object.entries(step.let)) {
    const at = site.at('let', name)
    if (scope.tables.has(name)) at.complain('name', `'${name}' is a table`, { key: true, expected: 'another name' })
    const value = compileTree(tree, scope, at)
    if (value.type.k === 'table') at.complain('expression', 'a table is no value')
    const declared = declare(scope, name, step.else === undefined ? value.type : present(value.type))
    bindings.push({ slot: declared.slot, run: value.run })
    scope = declared.scope
  }
  if (step.else === undefined) {
    return { scope, run: (cx) => { for (const { slot, run } of bindings) cx.slots[slot] = run(cx); return undefined } }
  }
  const fail = compileFailure(step.else, step.is_error, [], before, site.at('else'))
  return {
    scope,
    run: (cx) => {
      for (const { slot, run } of bindings) {
        const value = run(cx)
        if (value === null || value === undefined) return fail(cx)
        cx.slots[slot] = value
      }
      return undefined
    },
  }
}

function compileRequire(step: StepOf<'require'>, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const condition = site.at('require').expression(step.require, scope, BOOL).run
  const keep = (step.keep ?? []).flatMap((name, i) => {
    const table = environment.tableOf(name)
    if (!table) site.at('keep', i).complain('name', `unknown table '${name}'`, { nearest: nearest(name, scope.tables.keys()) })
    return table ? [table.position] : []
  })
  const fail = compileFailure(step.else, step.is_error, keep, scope, site.at('else'))
  return (cx) => (condition(cx) ? undefined : fail(cx))
}

function compileCases(cases: readonly [string, Step[]][], scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  // Each case knows that those before it did not hold.
  let left = scope
  const rows = cases.map(([when, steps], i) => {
    const row = { when: site.at(i, 0).expression(when, left, BOOL).run, run: compileSteps(steps, narrowBySource(when, left, true), environment, site.at(i, 1)) }
    left = narrowBySource(when, left, false)
    return row
  })
  return (cx) => {
    for (const { when, run } of rows) if (when(cx)) return run(cx)
    return undefined
  }
}

function compileEach(step: StepOf<'each'>, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const [, name, source] = /^(\S+) in (.+)$/s.exec(step.each)!
  const list = site.at('each').expression(source!, scope)
  if (list.type.k !== 'list' && list.type.k !== 'json') site.at('each').complain('expression', `${describeType(list.type)} is no list`, { expected: 'a list' })
  if (scope.tables.has(name!)) site.at('each').complain('name', `'${name}' is a table`, { expected: 'another name' })
  const declared = declare(scope, name!, list.type.k === 'list' ? list.type.of : JSON_VALUE)
  const body = compileSteps(step.do, declared.scope, environment, site.at('do'))
  return (cx) => {
    const items = list.run(cx)
    if (!Array.isArray(items)) throw new SpecFault(`each: ${JSON.stringify(items)?.slice(0, 60)} is no list`)
    for (const item of items) {
      charge(cx, 1)
      cx.slots[declared.slot] = item
      const stop = body(cx)
      if (stop) return stop
    }
    return undefined
  }
}
