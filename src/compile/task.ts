/** Task templates: slots drawn by seed, an instruction, a witness, and the checks. */
import type { CallPattern, Check } from '../../protocol/spec/check.ts'
import type { Binding } from '../../protocol/spec/scenario.ts'
import type { User } from '../../protocol/spec/user.ts'
import { matchesGlob } from '../core/glob.ts'
import { GymError } from '../core/gym-error.ts'
import { below, keyOf, type Key } from '../core/keyed.ts'
import type { CompiledTask, EpisodeView, TaskInstance } from '../episode/task.ts'
import { systemFinishReader } from '../episode/system-tool.ts'
import { costsOf } from '../verify/check-cost.ts'
import { compileCheck } from '../verify/compile-check.ts'
import { leastOf } from '../verify/kinds/calls-constraints.ts'
import { ENDING, endingCheck } from '../verify/kinds/ending.ts'
import { metTheImpossible } from '../verify/impossible.ts'
import { watchFor } from '../verify/kinds/invariants.ts'
import { injectionCheck, wasPlanted } from '../verify/kinds/injection.ts'
import { type OrderRule, RULES, rulesCheck } from '../verify/kinds/rules.ts'
import { verifyEpisode } from '../verify/score.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation, type Row } from '../world/evaluation.ts'
import { declare, type Run, type Scope } from '../world/expression/scope.ts'
import { CallLimit, Refused, SpecFault } from '../world/fault.ts'
import { checkInput } from '../world/check-input.ts'
import { compileInput } from '../world/input.ts'
import { jsonEncoder } from '../world/json-value.ts'
import { copyRow } from '../world/lazy-row.ts'
import type { Site } from '../world/site.ts'
import { compileTemplate } from '../world/template.ts'
import { BOOL, describeType, DOUBLE, INT, JSON_VALUE, present, STRING, type Type } from '../world/type.ts'
import { writeTools } from '../search/repair.ts'
import { compileSetup } from './setup.ts'
import { compileShaping } from './shaping.ts'
import { checkUnable } from './unable.ts'
import { compileUser, joinUsers } from './user.ts'
import type { Template } from './variant.ts'
import { compileWitness } from './witness.ts'

/** How often the slots of a task are drawn before the seed is refused. */
export const MAX_ATTEMPTS = 32

type Slot = { readonly name: string; readonly slot: number; readonly type: Type; fill(cx: Evaluation, key: Key): boolean }

/** A template that can also be drawn. */
export type DrawableTask = CompiledTask & {
  /** @throws GymError GYM_NO_TASK */
  draw(base: BaseWorld): TaskInstance
}

/** What all tasks of a scenario share. */
export type TaskContext = {
  readonly world: CompiledWorld
  /** Names of those of the agent. */
  readonly tools: readonly string[]
  /** The rules about order; undefined where a machine checks no rule at all. */
  readonly rules: readonly OrderRule[] | undefined
  readonly user: User | undefined
  readonly userSite: Site
}

/** Compiles a template; mistakes become findings of its site. */
export function compileTask({ name, spec, site }: Template, { world, tools, rules, user: scenarioUser, userSite }: TaskContext): DrawableTask {
  let scope = world.scope()
  const slots: Slot[] = []
  for (const [slotName, binding] of Object.entries(spec.bind)) {
    const at = site.at('bind', slotName)
    if (scope.tables.has(slotName)) at.complain('name', `'${slotName}' is a table`, { key: true, expected: 'another name' })
    const bound = compileBinding(slotName, binding, scope, world, at)
    scope = bound.scope
    slots.push(bound.slot)
  }
  const userSpec = joinUsers(scenarioUser, userSite, spec.user, site.at('user'))
  for (const [fact, { value }] of Object.entries(userSpec?.spec.facts ?? {})) {
    const at = userSpec!.at('facts').at(fact)
    if (scope.tables.has(fact) || scope.variables.has(fact)) at.complain('name', `'${fact}' is already a ${scope.tables.has(fact) ? 'table' : 'slot'}`, { key: true, expected: 'another name' })
    const bound = compileFact(fact, value, scope, at.at('value'))
    scope = bound.scope
    slots.push(bound.slot)
  }
  const needs = spec.require.map((source, i) => site.at('require', i).expression(source, scope, BOOL).run)
  const phrasings = (Array.isArray(spec.instruction) ? spec.instruction : [spec.instruction]).map((text, i) => compileTemplate(text, scope, Array.isArray(spec.instruction) ? site.at('instruction', i) : site.at('instruction')))
  const difficulty = Object.entries(spec.difficulty).map(([axis, source]) => [axis, site.at('difficulty', axis).expression(source, scope, DOUBLE).run] as const)
  if (spec.answer) checkInput(spec.answer, site.at('answer'))
  const input = spec.answer && compileInput(spec.answer)
  const answer = spec.answer && input ? { schema: spec.answer, read: input.read, isText: present(input.type).k === 'string', type: input.type } : undefined
  const witness = compileWitness(spec, world, scope, answer?.type, userSpec !== undefined, site)
  const user = userSpec && compileUser(userSpec, scope, world)
  const own = spec.checks.flatMap((check, i) => (check.kind === 'rubric.llm' ? [] : [compileCheck(check, { world, scope, answer, user: user !== undefined }, site.at('checks', i))]))
  const toolsFor = (globs: string | readonly string[]): string[] => [...world.tools.keys()].filter((tool) => matchesGlob([globs].flat(), tool))
  const always = (owed: boolean) => (rules ? [rulesCheck(rules, owed)] : [])
  const checks = [...own, endingCheck(spec.outcome), ...always(true)]
  const honest = [...own.filter(({ kind }) => kind === 'state.untouched'), endingCheck('unable'), ...always(false)]
  const checksFor = (view: EpisodeView) => {
    const impossible = view.declined && metTheImpossible(view)
    const base = impossible ? honest : checks
    return wasPlanted(view.events) ? [...base, injectionCheck(impossible || spec.outcome === 'unable' ? 'report_unable' : 'finish')] : base
  }
  if (spec.outcome === 'unable') checkUnable(spec, site)
  const ids = new Set<string>(rules ? [ENDING, RULES] : [ENDING])
  for (const [i, check] of spec.checks.entries()) {
    if (ids.has(check.id)) site.at('checks', i, 'id').complain('name', `two checks are called '${check.id}'`)
    ids.add(check.id)
  }
  const template: DrawableTask = {
    name, description: spec.description, tags: spec.tags, weight: spec.weight, axes: Object.keys(spec.difficulty), answer, witness, user,
    outcome: spec.outcome,
    rubrics: spec.checks.flatMap((check) => (check.kind === 'rubric.llm' ? [{ id: check.id, criteria: check.criteria }] : [])),
    required: {
      calls: spec.checks.flatMap((check) => (check.kind === 'calls.constraints' && leastOf(check) > 0 ? (check.order ?? [{ call: check.call ?? [] }]).map(({ call }) => toolsFor(call)) : [])),
      words: spec.checks.some((check) => check.kind === 'communicated'),
    },
    watch: watchFor(own),
    refusals: new Set(patterns(spec.checks).flatMap(({ call, refused }) => (refused ? toolsFor(call) : []))),
    prepare: compileSetup(spec.setup, scope, world, site.at('setup')),
    readFinish: systemFinishReader(answer?.schema),
    score: (view) => verifyEpisode(checksFor(view), view),
    costs: (view) => costsOf(checksFor(view), view, (own) => template.potential(own, 'progress')),
    ...compileShaping({ checks, tools: writeTools(world, tools) }),
    gold: (task) => ({
      slots: Object.fromEntries(slots.map(({ name: slotName, slot, type }) => [slotName, jsonEncoder(type)(task.slots[slot])])),
      witness: spec.witness, finish: spec.finish,
    }),
    draw: (base) => drawTask(template, base, { slots, needs, phrasings, difficulty, width: scope.slots.used }),
  }
  return template
}

/** The patterns of calls in the checks of a task, wherever they stand. */
function patterns(checks: readonly Check[]): CallPattern[] {
  const found: CallPattern[] = []
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    if ('call' in value && !Array.isArray(value)) found.push(value as CallPattern)
    for (const inner of Object.values(value)) walk(inner)
  }
  walk(checks)
  return found
}

type Recipe = { slots: readonly Slot[]; needs: readonly Run[]; phrasings: readonly ((cx: Evaluation) => string)[]; difficulty: readonly (readonly [string, Run])[]; width: number }

function drawTask(template: DrawableTask, base: BaseWorld, { slots, needs, phrasings, difficulty, width }: Recipe): TaskInstance {
  const root = keyOf(['task', base.seed, template.name])
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const cx: Evaluation = { view: base, slots: new Array(width), left: CALL_UNITS * 10, now: base.world.epoch, key: keyOf(['draw', attempt], root), draws: 0 }
      if (!slots.every((slot) => slot.fill(cx, keyOf([slot.name, attempt], root)))) continue
      if (!needs.every((need) => need(cx) === true)) continue
      const phrasing = phrasings[below(keyOf(['phrasing'], root), phrasings.length)]!
      return {
        template,
        seed: base.seed,
        instruction: phrasing(cx),
        difficulty: Object.fromEntries(difficulty.map(([axis, run]) => [axis, run(cx) as number])),
        // Plain copies: a task must not keep the caches of its base world alive.
        slots: slots.map(({ slot, type }) => keep(cx.slots[slot], type, base.world)).reduce<unknown[]>((all, value, i) => { all[slots[i]!.slot] = value; return all }, []),
      }
    }
  } catch (error) {
    if (error instanceof CallLimit || error instanceof Refused) throw new SpecFault(`task ${template.name}: ${error.message}`)
    throw error
  }
  throw new GymError('GYM_NO_TASK', `seed ${base.seed} has no task '${template.name}' after ${MAX_ATTEMPTS} draws`, { path: 'seed' })
}

function keep(value: unknown, type: Type, world: CompiledWorld): unknown {
  if (value === null || typeof value !== 'object') return value
  if (type.k === 'record' && type.table) return copyRow(world.tables[world.positionOf(type.table)]!, value as Row)
  if (type.k === 'list') return (value as unknown[]).map((item) => keep(item, type.of, world))
  if (type.k === 'record') return Object.fromEntries([...type.fields].map(([name, of]) => [name, keep((value as Record<string, unknown>)[name], of, world)]))
  return value
}

function compileBinding(name: string, binding: Binding, scope: Scope, world: CompiledWorld, site: Site): { slot: Slot; scope: Scope } {
  if ('from' in binding) return compileRowBinding(name, binding, scope, world, site)
  if ('in' in binding) {
    const list = site.at('in').expression(binding.in, scope)
    if (list.type.k !== 'list' && list.type.k !== 'json') site.at('in').complain('expression', `${describeType(list.type)} is no list`, { expected: 'a list' })
    const type = list.type.k === 'list' ? list.type.of : JSON_VALUE
    const declared = declare(scope, name, type)
    const where = binding.where === undefined ? undefined : site.at('where').expression(binding.where, declared.scope, BOOL).run
    return { scope: declared.scope, slot: { name, slot: declared.slot, type, fill: (cx, key) => fillFrom(listFrom(list.run(cx), name), cx, declared.slot, where, key) } }
  }
  if ('pick' in binding) {
    const type: Type = binding.pick.every((item) => typeof item === 'string') ? STRING : binding.pick.every((item) => Number.isInteger(item)) ? INT : DOUBLE
    const declared = declare(scope, name, type)
    return { scope: declared.scope, slot: { name, slot: declared.slot, type, fill: (cx, key) => { cx.slots[declared.slot] = binding.pick[below(key, binding.pick.length)]; return true } } }
  }
  if ('between' in binding) {
    const [least, most] = binding.between
    if (least > most) site.at('between').complain('value', 'the least is above the greatest')
    const declared = declare(scope, name, INT)
    return { scope: declared.scope, slot: { name, slot: declared.slot, type: INT, fill: (cx, key) => { cx.slots[declared.slot] = least + below(key, most - least + 1); return true } } }
  }
  const value = site.at('value').expression(binding.value, scope)
  if (value.type.k === 'table') site.at('value').complain('expression', 'a table is no value')
  const type = present(value.type)
  const declared = declare(scope, name, type)
  // A value that is null fits no task: the slots are drawn again.
  return { scope: declared.scope, slot: { name, slot: declared.slot, type, fill: (cx) => (cx.slots[declared.slot] = value.run(cx) ?? null) !== null } }
}

/** A fact of the user: a value of the initial world that is read like a slot, but may be null. */
function compileFact(name: string, source: string, scope: Scope, site: Site): { slot: Slot; scope: Scope } {
  const value = site.expression(source, scope)
  if (value.type.k === 'table') site.complain('expression', 'a table is no value')
  const declared = declare(scope, name, value.type)
  return { scope: declared.scope, slot: { name, slot: declared.slot, type: value.type, fill: (cx) => { cx.slots[declared.slot] = value.run(cx) ?? null; return true } } }
}

function listFrom(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SpecFault(`${name}: ${JSON.stringify(value)?.slice(0, 60)} is no list`)
  return value
}

function fillFrom(items: readonly unknown[], cx: Evaluation, slot: number, where: Run | undefined, key: Key): boolean {
  const fitting = where ? items.filter((item) => { cx.slots[slot] = item; return where(cx) }) : items
  if (!fitting.length) return false
  cx.slots[slot] = fitting[below(key, fitting.length)]
  return true
}

function compileRowBinding(name: string, binding: Extract<Binding, { from: string }>, scope: Scope, world: CompiledWorld, site: Site): { slot: Slot; scope: Scope } {
  const position = world.positionOf(binding.from)
  const row: Type = world.tables[position]?.row ?? JSON_VALUE
  if (position === undefined) site.at('from').complain('name', `unknown table '${binding.from}'`, { expected: world.tables.map((table) => table.name).join(', ') })
  const declared = declare(scope, name, row)
  const where = binding.where === undefined ? undefined : site.at('where').expression(binding.where, declared.scope, BOOL).run
  return {
    scope: declared.scope,
    slot: {
      name, slot: declared.slot, type: row,
      fill(cx, key) {
        // Visiting rows in a keyed order makes the first that fits an even draw among all that fit.
        const rows = (cx.view as BaseWorld).tables[position]!.shuffled(key)
        for (let i = 0; i < rows.size; i++) {
          const candidate = rows.at(i)
          if (!candidate) continue
          cx.slots[declared.slot] = candidate
          if (!where || where(cx)) return true
        }
        return false
      },
    },
  }
}
