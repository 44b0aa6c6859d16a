/** Calls that are put into a witness: reads that harm nothing, writes that nobody asked for. */
import type { CallEvent } from '../../protocol/event.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { Episode } from '../episode/episode.ts'
import { callAction } from '../episode/witness-step.ts'
import { sameValue } from '../world/json-value.ts'
import { type CallPool, goodCalls } from './call-pool.ts'
import { beyond, cellsOf } from './cells.ts'
import type { Effort } from './mutation.ts'
import { callFrom, type WitnessRun } from './witness-run.ts'

export type AddedCall = { readonly at: number; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }

/** How often good arguments are looked for, by tool and place. */
const TRIES = 8

/** Where calls are put in: at the start, in the middle, right before the ending or the step that ends it. */
export function placesIn({ before }: WitnessRun): number[] {
  return [...new Set([0, before.length >> 1, before.length - 1])]
}

function toolsOf({ end: { scenario: { world, root } } }: WitnessRun, effect: 'read' | 'write'): string[] {
  return root.tools.filter((name) => world.tools.get(name)?.spec.effect === effect)
}

/** Makes a call in a copy of the episode at a place of the witness; the copy, where it succeeded and broke no rule. */
function tryCall({ before }: WitnessRun, { at, tool, args }: AddedCall): { readonly copy: Episode; readonly call: CallEvent } | undefined {
  const copy = before[at]!.fork()
  const from = copy.eventCount
  copy.step(callAction(tool, args))
  const call = callFrom(copy, from)
  return call && call.committed && !call.is_error ? { copy, call } : undefined
}

/** The arguments that the witness itself calls a tool with. */
function ownArguments(run: WitnessRun, tool: string): Readonly<Record<string, unknown>>[] {
  return goodCalls(run.end).flatMap((call) => (call.tool === tool ? [call.args] : []))
}

/**
 * Reads that succeed at their places and break no rule, one a place, of as many tools as there are places.
 * @param whose rows they are about: those that the witness names, or others
 */
export function harmlessReads(run: WitnessRun, pool: CallPool, whose: 'own' | 'other', key: Key): AddedCall[] {
  const tools = toolsOf(run, 'read')
  if (!tools.length) return []
  const named = new Map(goodCalls(run.end).flatMap(({ args }) => Object.entries(args)))
  return placesIn(run).flatMap((at, i) => {
    const first = below(key, tools.length, i)
    for (let n = 0; n < Math.min(tools.length, TRIES); n += 1) {
      const tool = tools[(first + n) % tools.length]!
      const added = whose === 'own' ? ownRead(run, at, tool, named) : otherRead(run, pool, at, tool, keyOf([tool, at], key))
      if (added) return [added]
    }
    return []
  })
}

/** A read with values that the witness gives to arguments of the same names. */
function ownRead(run: WitnessRun, at: number, tool: string, named: ReadonlyMap<string, unknown>): AddedCall | undefined {
  const { properties, required = [] } = run.end.scenario.world.tools.get(tool)!.spec.input
  const args = Object.fromEntries(Object.keys(properties).flatMap((name) => (named.has(name) ? [[name, named.get(name)]] : [])))
  if (!required.every((name) => Object.hasOwn(args, name))) return undefined
  const added = { at, tool, args }
  return isHarmless(run, added) ? added : undefined
}

function otherRead(run: WitnessRun, pool: CallPool, at: number, tool: string, key: Key): AddedCall | undefined {
  const own = ownArguments(run, tool)
  let tries = 0
  for (const args of pool.argumentsFor(tool, own, key)) {
    const added = { at, tool, args }
    if (!own.some((known) => sameValue(known, args)) && isHarmless(run, added)) return added
    if (++tries === TRIES) return undefined
  }
  return undefined
}

function isHarmless(run: WitnessRun, added: AddedCall): boolean {
  const made = tryCall(run, added)
  return made !== undefined && made.call.broke === undefined && !made.copy.ended
}

/** Writes that succeed at their places and change what the witness's run does not, one a tool and place. */
export function strayWrites(run: WitnessRun, pool: CallPool, { tools: most, places, turn }: Effort, key: Key): AddedCall[] {
  return turned(toolsOf(run, 'write'), turn, most).flatMap((tool) => {
    const found: AddedCall[] = []
    for (const at of turned(placesIn(run), turn, places)) {
      // What was astray at one place mostly is at the others.
      const again = found.at(-1) && { ...found.at(-1)!, at }
      const stray = again && isStray(run, again) ? again : findStray(run, pool, at, tool, keyOf([tool, at], key))
      if (stray) found.push(stray)
    }
    return found
  })
}

/** So many of several, beginning where the turn is. */
function turned<T>(all: readonly T[], turn: number, most: number): T[] {
  const count = Math.min(all.length, most)
  return Array.from({ length: count }, (_, i) => all[(turn * count + i) % all.length]!)
}

function findStray(run: WitnessRun, pool: CallPool, at: number, tool: string, key: Key): AddedCall | undefined {
  let tries = 0
  for (const args of pool.argumentsFor(tool, ownArguments(run, tool), key)) {
    const added = { at, tool, args }
    if (isStray(run, added)) return added
    if (++tries === TRIES) return undefined
  }
  return undefined
}

function isStray(run: WitnessRun, added: AddedCall): boolean {
  const made = tryCall(run, added)
  return made !== undefined && made.call.changes.some(({ cause }) => cause === 'agent') && beyond(cellsOf(made.copy), run.cells).length > 0
}
