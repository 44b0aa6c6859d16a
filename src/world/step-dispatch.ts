/** `call_by_name`: another tool of the world, named at run time, inside this call. */
import type { Step, StepOf } from '../../protocol/spec/step.ts'
import type { Tool } from '../../protocol/spec/world.ts'
import { matchesGlob } from '../core/glob.ts'
import { compileTree } from './cel-tree.ts'
import { CALL_UNITS, charge } from './evaluation.ts'
import type { Scope } from './expression/scope.ts'
import { jsonEncoder } from './json-value.ts'
import { measure } from './measure.ts'
import { runInside } from './reaction.ts'
import type { Site } from './site.ts'
import { compileFailure, type StepEnvironment, type StepRun } from './step.ts'
import { describeMisfit } from './tool.ts'
import { STRING } from './type.ts'

/** Whether steps dispatch themselves; such tools are no targets, so that calls cannot go in circles. */
export function dispatches(steps: readonly Step[], definitions: StepEnvironment['definitions'], seen: readonly string[] = []): boolean {
  const inside = (inner: readonly Step[]) => dispatches(inner, definitions, seen)
  return steps.some((step) => {
    if ('call_by_name' in step) return true
    if ('if' in step) return inside(step.then) || inside(step.else ?? [])
    if ('cases' in step) return step.cases.some(([, inner]) => inside(inner))
    if ('each' in step) return inside(step.do)
    if (!('use' in step)) return false
    const name = step.use.split('(')[0]!.trim()
    return !seen.includes(name) && dispatches(definitions.get(name)?.steps ?? [], definitions, [...seen, name])
  })
}

/** Compiles a dispatch; the target's result ends the call. */
export function compileDispatch(step: StepOf<'call_by_name'>, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const { tools, toolOf, writes, actor, definitions } = environment
  const fits = ([name, tool]: [string, Tool]) => matchesGlob(step.among, name) && tool.actor === (actor ?? 'agent') && tool.do !== undefined && !dispatches(tool.do, definitions)
  const targets = new Set(Object.entries(tools).filter(fits).map(([name]) => name))
  if (!targets.size) site.at('among').complain('name', 'no tool fits', { expected: 'tools with steps, of the same actor, that dispatch nothing themselves' })
  for (const name of targets) if (!writes && tools[name]!.effect === 'write') site.at('among').complain('effect', `a read tool may not call '${name}', which writes`, { expected: 'effect: write' })
  const name = site.at('call_by_name').expression(step.call_by_name, scope, STRING).run
  const given = compileTree(step.with ?? {}, scope, site.at('with'))
  const encode = jsonEncoder(given.type)
  const unknown = compileFailure(step.else ?? `Unknown tool '\${${step.call_by_name}}'`, true, [], scope, site.at('else'))
  return (cx) => {
    charge(cx, 8)
    const wanted = name(cx) as string
    const tool = targets.has(wanted) ? toolOf(wanted) : undefined
    if (!tool || (tool.visible && !tool.visible(cx.tx, cx.now, { left: CALL_UNITS }))) return unknown(cx)
    const read = tool.read(encode(measure(cx, given.run(cx))) ?? {}, '')
    if ('problem' in read) return { json: describeMisfit(wanted, read), isError: true, undoBut: [] }
    return runInside(cx, tool.slots, tool.run, (slots) => { slots[0] = read.value }) ?? { json: undefined, isError: false }
  }
}
