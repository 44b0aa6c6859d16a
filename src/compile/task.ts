/** Task templates: slots drawn by seed, an instruction, a witness, and the checks. */
import type { CallPattern, Check } from '../../protocol/spec/check.ts'
import type { User } from '../../protocol/spec/user.ts'
import { matchesGlob } from '../core/glob.ts'
import type { CompiledTask, EpisodeView, TaskInstance } from '../episode/task.ts'
import { systemFinishReader } from '../episode/system-tool.ts'
import { costsOf } from '../verify/check-cost.ts'
import { compileCheck } from '../verify/compile-check.ts'
import { ENDING, endingCheck } from '../verify/kinds/ending.ts'
import { metTheImpossible } from '../verify/impossible.ts'
import { watchFor } from '../verify/kinds/invariants.ts'
import { INJECTION, injectionCheck, wasPlanted } from '../verify/kinds/injection.ts'
import { INTEGRITY, INTEGRITY_CHECK } from '../verify/kinds/integrity.ts'
import { PARTIAL, PARTIAL_CHECK } from '../verify/kinds/partial.ts'
import { type OrderRule, RULES, rulesCheck } from '../verify/kinds/rules.ts'
import { verifyEpisode } from '../verify/score.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { checkInput } from '../world/check-input.ts'
import { compileInput } from '../world/input.ts'
import { jsonEncoder } from '../world/json-value.ts'
import type { Site } from '../world/site.ts'
import { compileTemplate } from '../world/template.ts'
import { BOOL, DOUBLE, present } from '../world/type.ts'
import { writeTools } from '../search/repair.ts'
import { requiredBy } from './required.ts'
import { compileSetup } from './setup.ts'
import { compileShaping } from './shaping.ts'
import { checkUnable } from './unable.ts'
import { drawTask, type Recipe } from './draw-task.ts'
import { compileBinding, compileFact, type Slot } from './slot.ts'
import { twinsOf } from './twin.ts'
import { compileUser, joinUsers } from './user.ts'
import type { Template } from './variant.ts'
import { compileWitness } from './witness.ts'

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
  /** What the agent is told from the start: its prompt with the rules. */
  readonly prompt: string
  /** The rules about order; undefined where a machine checks no rule at all. */
  readonly rules: readonly OrderRule[] | undefined
  readonly user: User | undefined
  readonly userSite: Site
  /** Names of the agents. */
  readonly agents: ReadonlySet<string>
}

/** Compiles a template; mistakes become findings of its site. */
export function compileTask({ name, spec, site }: Template, { world, tools, prompt, rules, user: scenarioUser, userSite, agents }: TaskContext): DrawableTask {
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
  const witness = compileWitness(spec, world, scope, answer?.type, userSpec !== undefined, agents, site)
  const user = userSpec && compileUser(userSpec, scope, world)
  const own = spec.checks.flatMap((check, i) => (check.kind === 'rubric.llm' ? [] : [compileCheck(check, { world, scope, answer, user: user !== undefined }, site.at('checks', i))]))
  const toolsFor = (globs: string | readonly string[]): string[] => [...world.tools.keys()].filter((tool) => matchesGlob([globs].flat(), tool))
  const always = (owed: boolean) => (rules ? [rulesCheck(rules, owed)] : [])
  const checks = [...own, endingCheck(spec.outcome), INTEGRITY_CHECK, ...always(true)]
  const honest = [...own.flatMap((check) => (check.whenDeclined ? [{ ...check, run: check.whenDeclined }] : [])), PARTIAL_CHECK, endingCheck('unable'), INTEGRITY_CHECK, ...always(false)]
  const checksFor = (view: EpisodeView) => {
    const impossible = view.declined && metTheImpossible(view)
    const base = impossible ? honest : checks
    return wasPlanted(view.events) ? [...base, injectionCheck(impossible || spec.outcome === 'unable' ? 'report_unable' : 'finish')] : base
  }
  checkUnable(spec, site)
  const ids = new Set<string>([ENDING, INTEGRITY, INJECTION, PARTIAL, ...(rules ? [RULES] : [])])
  for (const [i, check] of spec.checks.entries()) {
    if (ids.has(check.id)) site.at('checks', i, 'id').complain('name', `two checks are called '${check.id}'`)
    ids.add(check.id)
  }
  const recipe: Recipe = { slots, needs, phrasings, difficulty, width: () => scope.slots.used }
  const template: DrawableTask = {
    name, description: spec.description, tags: spec.tags, weight: spec.weight, axes: Object.keys(spec.difficulty), answer, witness, user,
    outcome: spec.outcome, prompt,
    rubrics: spec.checks.flatMap((check) => (check.kind === 'rubric.llm' ? [{ id: check.id, criteria: check.criteria }] : [])),
    required: requiredBy(spec.checks, toolsFor),
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
    twins: (task, base, units) => twinsOf(recipe, task, base, units),
    draw: (base) => drawTask(template, base, recipe),
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
