/** Checks of a task to functions over what really happened. */
import type { Check } from '../../protocol/spec/scenario.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledTask } from '../episode/task.ts'
import { declare, type Scope } from '../world/expression/scope.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Site } from '../world/site.ts'
import { BOOL, type Type } from '../world/type.ts'
import { compileAnswer } from './answer-typed.ts'
import { compileCallsMade } from './calls-made.ts'
import { compileCommunicated } from './communicated.ts'
import { evaluate, finalEvaluation } from './check-context.ts'
import { type CompiledCheck, type Evidence, PASSED } from './compiled-check.ts'
import { compileExactlyOnce } from './exactly-once.ts'
import { compileUntouched } from './untouched.ts'

/** What checks may refer to. */
export type CheckEnvironment = {
  readonly world: CompiledWorld
  /** The task's slots. */
  readonly scope: Scope
  readonly answer: (CompiledTask['answer'] & { readonly type: Type }) | undefined
  /** Whether there is a simulated user. */
  readonly user: boolean
}

/** Compiles one check; mistakes become findings of the site. */
export function compileCheck(check: Check, environment: CheckEnvironment, site: Site): CompiledCheck {
  const base = { id: check.id, kind: check.kind, gate: check.gate, weight: check.weight }
  switch (check.kind) {
    case 'state.predicates': return { ...base, ...compilePredicates(check.that, environment, site.at('that')) }
    case 'state.untouched': return { ...base, guards: true, ...compileUntouched(check.except, environment, site.at('except')) }
    case 'answer.typed': return { ...base, ...compileAnswer(check, environment, site) }
    case 'effects.exactly_once': return { ...base, ...compileExactlyOnce(check, environment, site) }
    case 'calls.made': return { ...base, ...compileCallsMade(check, environment, site) }
    case 'communicated': return { ...base, ...compileCommunicated(check, environment, site) }
  }
}

function compilePredicates(that: readonly string[], { scope }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'progress'> {
  const predicates = that.map((source, i) => ({ source, run: site.at(i).expression(source, scope, BOOL).run }))
  const failing = (view: Parameters<CompiledCheck['run']>[0]): Evidence[] => {
    const cx = finalEvaluation(view, scope.slots.used)
    return predicates.flatMap(({ source, run }, i) => (evaluate(run, cx, source) === true ? [] : [{ pointer: `/that/${i}`, expected: source, found: false }]))
  }
  return {
    run(view) {
      const evidence = failing(view)
      if (!evidence.length) return PASSED
      return { score: (that.length - evidence.length) / that.length, evidence, category: 'missed_action' }
    },
    progress: (view) => ({ held: that.length - failing(view).length, of: that.length }),
  }
}

/** Finds a table for a check, or complains. */
export function tableFor(name: string, world: CompiledWorld, site: Site): number | undefined {
  const position = world.positionOf(name)
  if (position !== undefined) return position
  site.complain('name', `unknown table '${name}'`, { nearest: nearest(name, world.tables.map((table) => table.name)) })
  return undefined
}

/** Compiles a predicate over one row, called `row`; without one every row fits. */
export function compileRowPredicate(where: string | undefined, table: number, { world, scope }: CheckEnvironment, site: Site): { test: (cx: ReturnType<typeof finalEvaluation>, row: unknown) => boolean } {
  if (where === undefined) return { test: () => true }
  const declared = declare(scope, 'row', world.tables[table]!.row)
  const { run } = site.expression(where, declared.scope, BOOL)
  return {
    test(cx, row) {
      cx.slots[declared.slot] = row
      return evaluate(run, cx, where) === true
    },
  }
}
