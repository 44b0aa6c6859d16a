/** CEL over JSON values alone: what entries say about arguments and results. */
import { keyOf } from '../core/keyed.ts'
import { CALL_UNITS, type Evaluation, type View } from '../world/evaluation.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { declare, type Scope, SlotCounter } from '../world/expression/scope.ts'
import { jsonEncoder } from '../world/json-value.ts'
import type { Site } from '../world/site.ts'
import { BOOL, JSON_VALUE, type Type } from '../world/type.ts'

type Names = Readonly<Record<string, unknown>>

const NO_TABLES: View = { get: () => undefined, rows: () => [], lookup: () => [] }
const KEY = keyOf(['dynamics expression'])

function scopeOf(names: readonly string[]): { scope: Scope; slots: readonly number[] } {
  let scope: Scope = { tables: new Map(), definitions: new Map(), variables: new Map(), slots: new SlotCounter(), cost: { nodes: 0 }, depth: 0, expanding: [] }
  const slots = names.map((name) => {
    const declared = declare(scope, name, JSON_VALUE)
    scope = declared.scope
    return declared.slot
  })
  return { scope, slots }
}

function evaluator(source: string, names: readonly string[], site: Site, units: number, to?: Type): (values: Names) => unknown {
  const { scope, slots } = scopeOf(names)
  const { run, type } = site.expression(source, scope, to)
  const encode = jsonEncoder(type)
  return (values) => {
    const filled = new Array<unknown>(scope.slots.used)
    names.forEach((name, i) => { filled[slots[i]!] = values[name] })
    const cx: Evaluation = { view: NO_TABLES, slots: filled, left: units, now: 0, key: KEY, draws: 0 }
    return encode(run(cx))
  }
}

/** What one condition may cost: a profile has many, and they are asked at every call. */
const CONDITION_UNITS = 10_000

/** Compiles a condition; one that reads what is not there, or costs too much, does not hold. */
export function compileCondition(source: string, names: readonly string[], site: Site): (values: Names) => boolean {
  const run = evaluator(source, names, site, CONDITION_UNITS, BOOL)
  return (values) => {
    try {
      return run(values) === true
    } catch (error) {
      if (error instanceof SpecFault || error instanceof CallLimit) return false
      throw error
    }
  }
}

/** Compiles arguments to a function that gives their JSON. */
export function compileJson(sources: Readonly<Record<string, string>>, names: readonly string[], site: Site): (values: Names) => Record<string, unknown> {
  const runs = Object.entries(sources).map(([name, source]) => [name, evaluator(source, names, site.at(name), CALL_UNITS)] as const)
  return (values) => Object.fromEntries(runs.map(([name, run]) => [name, run(values)]))
}
