/** Checks of a task to functions over what really happened. */
import type { Check } from '../../protocol/spec/check.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledTask } from '../episode/task.ts'
import { declare, type Scope } from '../world/expression/scope.ts'
import { notingAccess, scannedTables } from '../world/cost/table-access.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Site } from '../world/site.ts'
import { BOOL, type Type } from '../world/type.ts'
import { compileAbstention } from './kinds/abstention.ts'
import { compileEfficiency } from './kinds/efficiency.ts'
import { compileEquivalent } from './kinds/equivalent.ts'
import { compileGrounding } from './kinds/grounding.ts'
import { compileInvariants } from './kinds/invariants.ts'
import { compileMilestones } from './kinds/milestones.ts'
import { compileMinefields } from './kinds/minefields.ts'
import { compileQuality } from './kinds/quality.ts'
import { compileRecovery } from './kinds/recovery.ts'
import { compileTemporal } from './kinds/temporal.ts'
import { compileTiming } from './kinds/timing.ts'
import { compileAnswer } from './kinds/answer-typed.ts'
import { compileCallsConstraints } from './kinds/calls-constraints.ts'
import { compileCommunicated } from './kinds/communicated.ts'
import { evaluate, finalEvaluation } from './check-context.ts'
import { type CompiledCheck, type Evidence, PASSED } from './compiled-check.ts'
import { compileExactlyOnce } from './kinds/exactly-once.ts'
import { compileUntouched } from './kinds/untouched.ts'

/** What checks may refer to. */
export type CheckEnvironment = {
  readonly world: CompiledWorld
  /** The task's slots. */
  readonly scope: Scope
  readonly answer: (CompiledTask['answer'] & { readonly type: Type }) | undefined
  /** Whether there is a simulated user. */
  readonly user: boolean
}

type Checked = Exclude<Check, { kind: 'rubric.llm' }>

/** Compiles one check; mistakes become findings of the site. */
export function compileCheck(check: Checked, environment: CheckEnvironment, site: Site): CompiledCheck {
  const { made, accesses } = notingAccess(environment.scope, () => compileKind(check, environment, site))
  return { ...made, scans: scannedTables(accesses) }
}

function compileKind(check: Checked, environment: CheckEnvironment, site: Site): CompiledCheck {
  const base = { id: check.id, kind: check.kind, gate: check.gate, weight: check.weight }
  switch (check.kind) {
    case 'state.predicates': return { ...base, ofState: true, ...compilePredicates(check.that, environment, site.at('that')) }
    case 'state.untouched': return { ...base, guards: true, ofState: true, ...compileUntouched(check.except, environment, site.at('except')) }
    case 'answer.typed': return { ...base, ...compileAnswer(check, environment, site) }
    case 'effects.exactly_once': return { ...base, ofState: check.insert !== undefined, ...compileExactlyOnce(check, environment, site) }
    case 'calls.constraints': return { ...base, ...compileCallsConstraints(check, environment, site) }
    case 'communicated': return { ...base, ...compileCommunicated(check, environment, site) }
    case 'state.equivalent': return { ...base, ofState: true, ...compileEquivalent(check, environment, site) }
    case 'milestones': return { ...base, ...compileMilestones(check, environment, site.at('reach')) }
    case 'minefields': return { ...base, ...compileMinefields(check, environment, site.at('never')) }
    case 'invariants': return { ...base, ...compileInvariants(check, environment, site.at('that')) }
    case 'rules.temporal': return { ...base, ...compileTemporal(check, environment, site) }
    case 'abstention': return { ...base, ...compileAbstention(check, environment, site) }
    case 'recovery.contract': return { ...base, ...compileRecovery(check, environment, site) }
    case 'timing': return { ...base, ...compileTiming(check, environment, site) }
    case 'grounding': return { ...base, ...compileGrounding(check, environment, site.at('except')) }
    case 'efficiency': return { ...base, ...compileEfficiency(check, site) }
    case 'quality': return { ...base, ...compileQuality(check) }
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
