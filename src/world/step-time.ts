/** Steps that reach beyond the rows of a call: messages, timers, fields computed anew. */
import type { StepOf } from '../../protocol/spec/step.ts'
import { nearest } from '../core/nearest.ts'
import { compileTree } from './cel-tree.ts'
import { charge } from './evaluation.ts'
import { declare, type Run, type Scope } from './expression/scope.ts'
import { CallLimit } from './fault.ts'
import { jsonEncoder } from './json-value.ts'
import { measure } from './measure.ts'
import { compilePlace } from './place.ts'
import { derivedSource } from './settle-table.ts'
import type { Site } from './site.ts'
import type { StepEnvironment, StepRun } from './step.ts'
import { compileTemplate } from './template.ts'
import { DOUBLE } from './type.ts'

const nothing: StepRun = () => undefined

/** A message, sent when the call commits. */
export function compileEmit(step: StepOf<'emit'>, scope: Scope, site: Site): StepRun {
  const text = compileTemplate(step.text, scope, site.at('text'))
  return (cx) => {
    charge(cx, 4)
    cx.tx.emit(step.emit, text(cx))
    return undefined
  }
}

/** The longest time that a timer may wait: ten years of seconds. */
const MAX_WAIT_SECONDS = 315_360_000

/** A timer, set when the call commits; its arguments are JSON. */
export function compileAfter(step: StepOf<'after'>, scope: Scope, { timers }: StepEnvironment, site: Site): StepRun {
  const timer = Object.hasOwn(timers, step.run) ? timers[step.run] : undefined
  if (!timer) site.at('run').complain('name', `unknown timer '${step.run}'`, { nearest: nearest(step.run, Object.keys(timers)), expected: 'one of timers' })
  const seconds = site.at('after').expression(step.after, scope, DOUBLE).run
  const known = timer?.input ? Object.keys(timer.input.properties) : undefined
  const args = Object.entries(step.with ?? {}).map(([name, tree]): [string, Run] => {
    const at = site.at('with', name)
    if (known && !known.includes(name)) at.complain('name', `the timer has no argument '${name}'`, { key: true, nearest: nearest(name, known), expected: known.join(', ') })
    const value = compileTree(tree, scope, at)
    const encode = jsonEncoder(value.type)
    return [name, (cx) => encode(measure(cx, value.run(cx)))]
  })
  for (const name of timer?.input?.required ?? []) if (step.with?.[name] === undefined) site.at('with').complain('missing', `the timer needs the argument '${name}'`)
  return (cx) => {
    charge(cx, 4)
    const wait = seconds(cx) as number
    // A timer that fires at once, and sets itself again, would never let time pass.
    if (!(wait >= 0.001 && wait <= MAX_WAIT_SECONDS)) throw new CallLimit(`a timer waits from a millisecond to ten years, not ${wait} seconds`)
    cx.tx.schedule(cx.now + Math.round(wait * 1000), step.run, Object.fromEntries(args.map(([name, run]) => [name, run(cx)])))
    return undefined
  }
}

/** Computes a latched field anew. */
export function compileRefresh(step: StepOf<'refresh'>, scope: Scope, { tableOf }: StepEnvironment, site: Site): StepRun {
  const at = site.at('refresh')
  const place = at.guard(() => compilePlace(step.refresh, scope, tableOf))
  if (!place) return nothing
  const { table, column, key } = place
  const derived = column && table.spec.derive[column.name]
  if (!column || !derived?.latch) {
    at.complain('place', `'${step.refresh}' is no latched field`, { expected: 'a field under derive with latch: true' })
    return nothing
  }
  const row = declare({ ...scope, variables: new Map() }, 'row', table.row)
  const value = at.expression(derivedSource(derived), row.scope, column.type).run
  return (cx) => {
    const id = key(cx) as string
    const current = cx.tx.get(table.position, id)
    if (!current) throw new CallLimit(`${table.name}[${JSON.stringify(id)}] does not exist`)
    cx.slots[row.slot] = current
    cx.tx.update(table.position, id, { [column.name]: value(cx) })
    return undefined
  }
}
