/** Tools: typed input, steps, one transaction. */
import type { Tool } from '../../protocol/spec/world.ts'
import { keyOf, type Key } from '../core/keyed.ts'
import { CALL_UNITS } from './evaluation.ts'
import { CallLimit } from './fault.ts'
import { checkInput } from './check-input.ts'
import { compileInput, type Reader } from './input.ts'
import type { Site } from './site.ts'
import { declare, type Scope, SlotCounter } from './expression/scope.ts'
import { type CallEvaluation, compileSteps, type StepEnvironment, type StepRun } from './step.ts'
import type { Transaction } from './transaction.ts'
import type { Type } from './type.ts'

export type CompiledTool = {
  readonly name: string
  readonly spec: Tool
  /** Reads the JSON arguments of a call. */
  readonly read: Reader
  readonly argumentsType: Type
  readonly run: StepRun
  /** Slots an evaluation needs; slot 0 holds the arguments. */
  readonly slots: number
}

/** What a tool answered. */
export type ToolOutcome = {
  readonly json: unknown
  readonly isError: boolean
  /** Units of the meter that the call cost. */
  readonly cost: number
}

/** Compiles one tool; mistakes become findings of the site. */
export function compileTool(name: string, spec: Tool, scope: Scope, world: Omit<StepEnvironment, 'writes'>, site: Site): CompiledTool {
  checkInput(spec.input, site.at('input'))
  const input = compileInput(spec.input)
  const slots = new SlotCounter()
  const declared = declare({ ...scope, slots }, 'args', input.type)
  const run = compileSteps(spec.do ?? [], declared.scope, { ...world, writes: spec.effect === 'write' }, site.at('do'))
  return { name, spec, read: input.read, argumentsType: input.type, run, slots: slots.used }
}

/**
 * Runs a tool inside a transaction and leaves its writes pending; a failure has undone them.
 * @param now milliseconds since 1970 on the virtual calendar
 * @throws SpecFault for a mistake in the specification
 */
export function runTool(tool: CompiledTool, args: unknown, tx: Transaction, now: number, key: Key): ToolOutcome {
  const slots = new Array<unknown>(tool.slots)
  slots[0] = args
  const cx: CallEvaluation = { view: tx, tx, slots, left: CALL_UNITS, now, key: keyOf([tool.name], key), draws: 0 }
  try {
    const stop = tool.run(cx)
    if (stop?.undoBut) tx.abort(stop.undoBut)
    return { json: stop?.json, isError: stop?.isError ?? false, cost: CALL_UNITS - cx.left }
  } catch (error) {
    tx.abort()
    if (error instanceof CallLimit) return { json: `${tool.name}: request too expensive (${error.message})`, isError: true, cost: CALL_UNITS }
    throw error
  }
}
