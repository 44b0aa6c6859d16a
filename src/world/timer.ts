/** Timers: steps that run at their virtual time as a transaction of their own, caused by the world. */
import type { World } from '../../protocol/spec/world.ts'
import { keyOf, type Key } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { checkInput } from './check-input.ts'
import { closeCall } from './close-call.ts'
import { CallLimit, Refused, SpecFault } from './fault.ts'
import { declare, type Scope } from './expression/scope.ts'
import { compileInput, type Reader } from './input.ts'
import type { Site } from './site.ts'
import { type CallEvaluation, compileSteps, type StepEnvironment, type StepRun } from './step.ts'
import type { WaitingTimer } from './timer-queue.ts'
import type { Transaction } from './transaction.ts'
import { JSON_VALUE } from './type.ts'

export type CompiledTimer = {
  readonly read: Reader | undefined
  readonly run: StepRun
  readonly slots: number
  /** Milliseconds until it fires again; undefined fires once. */
  readonly repeat: number | undefined
}

/** The most units that the timers of one stretch of time may cost together. */
export const STRETCH_UNITS = 4_000_000

/** Name under which a repeating timer waits. */
export function repeatingName(id: string): string {
  return `every.${id}`
}

/** Compiles the timers of a world by name, the repeating ones among them. */
export function compileTimers(spec: Pick<World, 'timers' | 'every'>, scope: () => Scope, environment: Omit<StepEnvironment, 'writes'>, site: Site): Map<string, CompiledTimer> {
  const timers = new Map<string, CompiledTimer>()
  for (const [name, { input, do: steps }] of Object.entries(spec.timers)) {
    const at = site.at('timers', name)
    if (input) checkInput(input, at.at('input'))
    const compiled = input && compileInput(input)
    const declared = declare(scope(), 'args', compiled?.type ?? JSON_VALUE)
    const run = compileSteps(steps, declared.scope, { ...environment, writes: true }, at.at('do'))
    timers.set(name, { read: compiled?.read, run, slots: declared.scope.slots.used, repeat: undefined })
  }
  const ids = new Set<string>()
  spec.every.forEach(({ id, seconds, run }, i) => {
    const timer = timers.get(run)
    if (!timer) site.at('every', i, 'run').complain('name', `unknown timer '${run}'`, { nearest: nearest(run, timers.keys()), expected: 'one of timers' })
    if (ids.has(id)) site.at('every', i, 'id').complain('name', `'${id}' twice`)
    ids.add(id)
    if (timer) timers.set(repeatingName(id), { ...timer, repeat: seconds * 1000 })
  })
  return timers
}

/**
 * Runs a timer inside a transaction and leaves its writes pending; a failure has undone them.
 * @param left units that it may cost; returns what is left of them
 * @throws SpecFault for a mistake in the specification, and when the units are used up
 */
export function runTimer(timer: CompiledTimer, { name, due, args }: WaitingTimer, tx: Transaction, key: Key, left: number): number {
  const read = timer.read?.(args, '')
  if (read && 'problem' in read) throw new SpecFault(`timer ${name}: ${read.path ? `${read.path}: ` : ''}${read.problem}`)
  const slots = new Array<unknown>(timer.slots)
  slots[0] = read ? read.value : args
  const cx: CallEvaluation = { view: tx, tx, slots, left, now: due, key: keyOf([name], key), draws: 0 }
  try {
    const stop = timer.run(cx)
    if (stop?.undoBut) tx.abort(stop.undoBut)
    closeCall(cx)
    return cx.left
  } catch (error) {
    // What its columns do not hold it does not write, as any other caller.
    if (error instanceof Refused) {
      tx.abort()
      return cx.left
    }
    if (error instanceof CallLimit) throw new SpecFault(`timer ${name}: ${error.message}`)
    throw error
  }
}
