/** Rules in the form that a machine checks, compiled: conditions on the moment at which a call begins. */
import type { Rule } from '../../protocol/spec/scenario.ts'
import { matchesGlob } from '../core/glob.ts'
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import type { RuleBook, RuleMoment } from '../episode/rule-book.ts'
import { agentCalls } from '../verify/agent-call.ts'
import type { CheckEnvironment } from '../verify/compile-check.ts'
import type { OrderRule } from '../verify/kinds/rules.ts'
import { compileTemporalRules } from '../verify/temporal/temporal-rules.ts'
import { agentWords, userWords } from '../verify/words.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { charge, type Evaluation } from '../world/evaluation.ts'
import { declare, type Run, type Scope } from '../world/expression/scope.ts'
import { NullAccess } from '../world/fault.ts'
import type { Site } from '../world/site.ts'
import { Transaction } from '../world/transaction.ts'
import { BOOL, JSON_VALUE, listOf, recordOf, STRING, type Type } from '../world/type.ts'

const NAMES: readonly (readonly [string, Type])[] = [
  ['tool', STRING], ['args', JSON_VALUE], ['history', listOf(recordOf({ tool: STRING, args: JSON_VALUE, result: JSON_VALUE }))], ['said', listOf(STRING)], ['told', listOf(STRING)],
]

type CompiledRule = { readonly id: string; about(tool: string): boolean; readonly when: Run | undefined; readonly that: Run }

/** Compiles the rules that have `that`; undefined when none has. A team may lack tools that a rule is about. */
export function compileRules(rules: readonly Rule[], world: CompiledWorld, site: Site): RuleBook | undefined {
  const tools = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map(({ name }) => name)
  let scope = world.scope()
  const slots: number[] = []
  for (const [name, type] of NAMES) {
    const declared = declare(scope, name, type)
    scope = declared.scope
    slots.push(declared.slot)
  }
  const ids = new Set<string>()
  const compiled = rules.flatMap((rule, i): CompiledRule[] => {
    const at = site.at(i)
    if (ids.has(rule.id)) at.at('id').complain('name', `two rules are called '${rule.id}'`)
    ids.add(rule.id)
    return compileRule(rule, scope, tools, at)
  })
  if (!compiled.length) return undefined
  return {
    ids: compiled.map((rule) => rule.id),
    concerns: (tool) => compiled.some((rule) => rule.about(tool)),
    broken(moment) {
      const cx = evaluationOf(moment, world, slots, scope)
      const broken = compiled.filter((rule) => rule.about(moment.tool) && (!rule.when || holds(rule.when, cx)) && !holds(rule.that, cx))
      return { ids: broken.map((rule) => rule.id), cost: moment.units - cx.left }
    },
  }
}

function compileRule(rule: Rule, scope: Scope, tools: readonly string[], at: Site): CompiledRule[] {
  rule.on?.forEach((glob, i) => {
    if (!tools.some((tool) => matchesGlob([glob], tool))) at.at('on', i).complain('name', `no tool of the agent fits '${glob}'`, { nearest: nearest(glob, tools) })
  })
  if (rule.order !== undefined) {
    for (const word of ['on', 'when', 'that'] as const) if (rule[word] !== undefined) at.at(word).complain('rule', `'${word}' beside 'order'`, { key: true, expected: 'two rules: one with that, one with order' })
    return []
  }
  if (Object.keys(rule.events ?? {}).length) at.at('events').complain('rule', "'events' without 'order'", { key: true, expected: 'order: lines that speak of them' })
  if (rule.that === undefined) {
    for (const word of ['on', 'when'] as const) if (rule[word] !== undefined) at.at(word).complain('rule', `'${word}' without a condition`, { key: true, expected: 'that: what must hold' })
    return []
  }
  return [{
    id: rule.id,
    about: (tool) => rule.on === undefined || matchesGlob(rule.on, tool),
    when: rule.when === undefined ? undefined : at.at('when').expression(rule.when, scope, BOOL).run,
    that: at.at('that').expression(rule.that, scope, BOOL).run,
  }]
}

/** Compiles the rules that have `order`: they are judged over the whole log, at the end. */
export function compileOrderRules(rules: readonly Rule[], environment: CheckEnvironment, site: Site): OrderRule[] {
  return rules.flatMap(({ id, events = {}, order }, i) => (order ? [{ id, rules: compileTemporalRules({ events, order }, environment, site.at(i)) }] : []))
}

/** What reads a field of null does not hold: what it looks for is not there. */
function holds(run: Run, cx: Evaluation): boolean {
  try {
    return run(cx) === true
  } catch (error) {
    if (error instanceof NullAccess) return false
    throw error
  }
}

function evaluationOf({ base, overlay, events, clockMs, tool, args, units }: RuleMoment, world: CompiledWorld, slots: readonly number[], scope: Scope): Evaluation {
  // What is read in the same turn has not been seen yet.
  const turn = events.findLast((event) => event.type === 'turn')?.index
  const history = agentCalls(events, world).filter((call) => call.write || call.turn !== turn).map((call) => ({ tool: call.tool, args: call.args, result: call.result }))
  // What came in the user's stead is no consent; it keeps its place, since what is told and what is said go in turns.
  const said = userWords(events).map(({ text }) => text)
  const told = agentWords(events).map(({ text }) => text)
  const values = new Array<unknown>(scope.slots.used)
  for (const [i, value] of [tool, args, history, said, told].entries()) values[slots[i]!] = value
  const cx: Evaluation = { view: new Transaction(base, overlay), slots: values, left: units, now: world.epoch + clockMs, key: keyOf(['rules', events.length]), draws: 0 }
  // The history is read anew for each call.
  charge(cx, 4 * events.length)
  return cx
}
