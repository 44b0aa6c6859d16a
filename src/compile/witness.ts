/** The plan that proves a task solvable, compiled. */
import type { TaskTemplate } from '../../protocol/spec/scenario.ts'
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import type { Captures, TaskInstance, Witness, WitnessStep } from '../episode/task.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation } from '../world/evaluation.ts'
import { convert } from '../world/expression/conversion.ts'
import { declare, type Run, type Scope } from '../world/expression/scope.ts'
import { jsonEncoder } from '../world/json-value.ts'
import type { Site } from '../world/site.ts'
import { compileTemplate } from '../world/template.ts'
import { DOUBLE, JSON_VALUE, present, STRING, type Type } from '../world/type.ts'

/** Slots of captures, with what stands there until something was captured: a result is null, a user who was not asked said nothing. */
type Slots = { captures: Record<string, { slot: number; absent: '' | null }>; width: () => number }

function evaluation(task: TaskInstance, base: BaseWorld, captured: Captures, { captures, width }: Slots): Evaluation {
  const slots = task.slots.concat(new Array(Math.max(0, width() - task.slots.length)))
  for (const [name, { slot, absent }] of Object.entries(captures)) slots[slot] = captured[name] ?? absent
  return { view: base, slots, left: CALL_UNITS, now: base.world.epoch, key: keyOf(['witness', task.seed]), draws: 0 }
}

/** Compiles the witness of a template; `user` says whether there is a simulated user to talk to, `agents` who may make a step. */
export function compileWitness(spec: TaskTemplate, world: CompiledWorld, taskScope: Scope, answerType: Type | undefined, user: boolean, agents: ReadonlySet<string>, site: Site): Witness {
  let scope = taskScope
  const captures: Slots['captures'] = {}
  const slots: Slots = { captures, width: () => taskScope.slots.used }
  const steps = spec.witness.map((step, i): WitnessStep => {
    const compiled = compileStep(step, { agents, scope, slots, world, user }, site.at('witness', i))
    if (compiled.as !== undefined) {
      const declared = declare(scope, compiled.as, compiled.kind === 'say' ? STRING : JSON_VALUE)
      scope = declared.scope
      captures[compiled.as] = { slot: declared.slot, absent: compiled.kind === 'say' ? '' : null }
    }
    return compiled
  })
  return { steps, answer: compileFinalAnswer(spec, answerType, scope, slots, site.at('finish', 'answer')), reason: compileReason(spec, scope, slots, site.at('finish', 'reason')) }
}

type StepContext = { readonly agents: ReadonlySet<string>; readonly scope: Scope; readonly slots: Slots; readonly world: CompiledWorld; readonly user: boolean }

function compileStep(step: TaskTemplate['witness'][number], { agents, scope, slots, world, user }: StepContext, at: Site): WitnessStep {
  const needsOf = (...sources: readonly string[]) => Object.keys(slots.captures).filter((name) => sources.some((source) => new RegExp(`\\b${name}\\b`).test(source)))
  const plain = (needs: readonly string[]) => ({ needs, commutes: false, by: undefined })
  const over = <T>(run: (cx: Evaluation) => T) => (task: TaskInstance, base: BaseWorld, captured: Captures): T => run(evaluation(task, base, captured, slots))
  if ('say' in step) {
    if (!user) at.complain('user', 'there is no user to say anything to', { expected: 'user: … in the scenario or the task' })
    return { kind: 'say', as: step.as, ...plain(needsOf(step.say)), text: over(compileTemplate(step.say, scope, at.at('say'))) }
  }
  if ('wait' in step) {
    const seconds = at.at('wait').expression(step.wait, scope, DOUBLE).run
    return { kind: 'wait', as: undefined, ...plain(needsOf(step.wait)), ms: over((cx) => Math.max(1, Math.round((seconds(cx) as number) * 1000))) }
  }
  const tool = world.tools.get(step.call)
  const callable = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map(({ name }) => name)
  if (!tool) at.at('call').complain('name', `unknown tool '${step.call}'`, { nearest: nearest(step.call, callable) })
  else if (tool.spec.actor !== 'agent') at.at('call').complain('name', `'${step.call}' is a tool of the user`, { expected: 'a tool of the agent, or say' })
  const args = compileArguments(step.with, tool?.argumentsType, scope, at.at('with'))
  if (step.by !== undefined && !agents.has(step.by)) at.at('by').complain('name', `no agent '${step.by}'`, { nearest: nearest(step.by, agents), expected: [...agents].join(', ') })
  return { kind: 'call', call: step.call, as: step.as, commutes: step.commutes, needs: needsOf(...Object.values(step.with)), by: step.by, write: tool?.spec.effect === 'write', args: over(args) }
}

function compileFinalAnswer(spec: TaskTemplate, type: Type | undefined, scope: Scope, slots: Slots, site: Site): Witness['answer'] {
  const source = spec.finish.answer
  if (spec.outcome === 'unable') {
    if (source !== undefined) site.complain('answer', 'a task that ends with report_unable has no answer', { expected: 'no finish' })
    return undefined
  }
  if ((source === undefined) !== (type === undefined)) {
    site.complain('answer', source === undefined ? 'the task wants an answer' : 'the task takes no answer', { expected: source === undefined ? 'finish: {answer: …}' : 'answer: a schema' })
  }
  if (source === undefined || type === undefined) return undefined
  const compiled = site.expression(source, scope)
  const fitted = site.guard(() => convert(compiled, type, 0, 'the answer')) ?? compiled
  const encode = jsonEncoder(fitted.type)
  return (task, base, captured) => encode(fitted.run(evaluation(task, base, captured, slots)))
}

function compileReason({ finish, outcome }: TaskTemplate, scope: Scope, slots: Slots, site: Site): Witness['reason'] {
  if (finish.reason === undefined) return undefined
  if (outcome !== 'unable') site.complain('reason', 'a task that can be done is not declined', { expected: 'outcome: unable' })
  const text = compileTemplate(finish.reason, scope, site)
  return (task, base, captured) => text(evaluation(task, base, captured, slots))
}

/** Compiles arguments to a function that gives their JSON. */
export function compileArguments(given: Readonly<Record<string, string>>, type: Type | undefined, scope: Scope, site: Site): (cx: Evaluation) => Record<string, unknown> {
  const fields = type?.k === 'record' ? type.fields : undefined
  const runs = Object.entries(given).map(([name, source]): [string, Run] => {
    const at = site.at(name)
    const compiled = at.expression(source, scope)
    const of = fields?.get(name)
    if (fields && !of) at.complain('name', `the tool has no argument '${name}'`, { key: true, nearest: nearest(name, fields.keys()), expected: [...fields.keys()].join(', ') })
    const wanted = of && compiled.type.k !== 'json' ? present(of) : JSON_VALUE
    const fitted = at.guard(() => convert({ ...compiled, type: present(compiled.type) }, wanted, 0, `argument ${name}`)) ?? compiled
    const encode = jsonEncoder(fitted.type)
    return [name, (cx) => encode(fitted.run(cx))]
  })
  return (cx) => Object.fromEntries(runs.map(([name, run]) => [name, run(cx)]))
}
