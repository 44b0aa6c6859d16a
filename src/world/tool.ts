/** Tools: typed input, steps, one transaction. */
import type { Tool } from '../../protocol/spec/world.ts'
import { keyOf, type Key } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { CALL_UNITS, type Evaluation, type View } from './evaluation.ts'
import { CallLimit, Refused, SpecFault, TOO_EXPENSIVE } from './fault.ts'
import { checkInput } from './check-input.ts'
import { closeCall } from './close-call.ts'
import { type HostTools, hostSteps } from './host-tool.ts'
import { compileInput, type Misfit, type Reader } from './input.ts'
import type { Served, ServedReply } from './served/served.ts'
import { type Path, servedSteps, type ServedWorld } from './served/served-tool.ts'
import type { Site } from './site.ts'
import { declare, type Scope, SlotCounter } from './expression/scope.ts'
import { type CallEvaluation, compileSteps, type StepEnvironment, type StepRun } from './step.ts'
import type { Transaction } from './transaction.ts'
import { BOOL, type Type } from './type.ts'

export type CompiledTool = {
  readonly name: string
  readonly spec: Tool
  /** Reads the JSON arguments of a call. */
  readonly read: Reader
  readonly argumentsType: Type
  readonly run: StepRun
  /** Slots an evaluation needs; slot 0 holds the arguments. */
  readonly slots: number
  /** Whether the tool exists in a state, under a meter of the caller's; undefined always does. @throws SpecFault, also when the meter runs out */
  readonly visible: ((view: View, now: number, meter: { left: number }) => boolean) | undefined
}

/** What a tool answered. */
export type ToolOutcome = {
  readonly json: unknown
  readonly isError: boolean
  /** Units of the meter that the call cost. */
  readonly cost: number
  /** Of a tool that a server of others answers: how long it took, in whole milliseconds, and what it said. */
  readonly ms?: number
  readonly reply?: ServedReply
}

/** What an agent reads about wrong arguments. */
export function describeMisfit(tool: string, { path, problem }: Misfit): string {
  return `Invalid arguments for ${tool}: ${path ? `${path}: ` : ''}${problem}`
}

/** Where tools come from that have no steps. */
export type Others = { readonly hosts: HostTools; readonly server: ServedWorld | undefined; readonly path: Path | undefined }

/** Compiles one tool; mistakes become findings of the site. */
export function compileTool(name: string, spec: Tool, scope: Scope, world: Omit<StepEnvironment, 'writes' | 'actor'> & Others, site: Site): CompiledTool {
  checkInput(spec.input, site.at('input'))
  const input = compileInput(spec.input)
  const slots = new SlotCounter()
  const declared = declare({ ...scope, slots }, 'args', input.type)
  const run = compileBody(spec, declared.scope, world, site)
  return { name, spec, read: input.read, argumentsType: input.type, run, slots: slots.used, visible: compileVisible(name, spec, scope, site) }
}

function compileBody(spec: Tool, scope: Scope, world: Omit<StepEnvironment, 'writes' | 'actor'> & Others, site: Site): StepRun {
  if ([spec.do, spec.host, spec.served].filter((way) => way !== undefined).length !== 1) site.complain('tool', 'a tool has one of do, served and host', { expected: 'do: [steps]' })
  if (spec.served !== undefined) return servedSteps(spec, world.server, site, world.path)
  if (spec.host === undefined) return compileSteps(spec.do ?? [], scope, { ...world, writes: spec.effect === 'write', actor: spec.actor }, site.at('do'))
  const host = Object.hasOwn(world.hosts, spec.host) ? world.hosts[spec.host] : undefined
  if (!host) site.at('host').complain('host', `no environment family here has the tool '${spec.host}'`, { nearest: nearest(spec.host, Object.keys(world.hosts)), expected: 'do: [steps]; tools in TypeScript are for the families that ship with the server' })
  return host ? hostSteps(host) : () => undefined
}

function compileVisible(name: string, spec: Tool, scope: Scope, site: Site): CompiledTool['visible'] {
  if (spec.show_when === undefined) return undefined
  const slots = new SlotCounter()
  const { run } = site.at('show_when').expression(spec.show_when, { ...scope, slots }, BOOL)
  const key = keyOf(['show_when'])
  return (view, now, meter) => {
    const cx: Evaluation = { view, slots: new Array(slots.used), left: meter.left, now, key, draws: 0, actor: spec.actor }
    try {
      return run(cx) === true
    } catch (error) {
      if (error instanceof CallLimit) throw new SpecFault(`show_when of ${name}: ${error.message}`)
      throw error
    } finally {
      meter.left = cx.left
    }
  }
}

/**
 * Runs a tool inside a transaction and leaves its writes pending; a failure has undone them.
 * @param units what it may cost, reactions, guards and invariants included
 * @param now milliseconds since 1970 on the virtual calendar
 * @param served answers for the world's server; default its recording
 * @throws SpecFault for a mistake in the specification, and what `served` throws
 */
export function runTool(tool: CompiledTool, args: unknown, tx: Transaction, now: number, key: Key, units = CALL_UNITS, served?: Served): ToolOutcome {
  const slots = new Array<unknown>(tool.slots)
  slots[0] = args
  const cx: CallEvaluation = { view: tx, tx, slots, left: units, now, key: keyOf([tool.name], key), draws: 0, actor: tool.spec.actor, served }
  try {
    const stop = tool.run(cx)
    if (stop?.undoBut) tx.abort(stop.undoBut)
    const refused = closeCall(cx)
    return { json: refused ? refused.json : stop?.json, isError: refused !== undefined || (stop?.isError ?? false), cost: units - cx.left, ...(stop?.reply && { ms: stop.ms ?? 0, reply: stop.reply }) }
  } catch (error) {
    tx.abort()
    if (error instanceof Refused) return { json: error.message, isError: true, cost: units - cx.left }
    if (error instanceof CallLimit) return { json: `${tool.name}: ${TOO_EXPENSIVE} (${error.message})`, isError: true, cost: units }
    throw error
  }
}
