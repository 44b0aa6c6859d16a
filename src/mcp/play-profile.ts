/** A profile played by the gym's own dynamics: what its calls are like, without a scenario. */
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { World } from '../../protocol/spec/world.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { beginCall, finishCall } from '../dynamics/call-way.ts'
import { compileDynamics } from '../dynamics/compiled-dynamics.ts'
import { DynamicsState } from '../dynamics/dynamics-state.ts'
import { compileWorld } from '../world/compiled-world.ts'
import { Site } from '../world/site.ts'
import type { Finding } from '../spec/complaint.ts'

/** Kinds of faults after which no answer came: their time is not that of answers. */
const UNANSWERED = new Set(['timeout.pre_commit', 'timeout.post_commit', 'connection.reset'])
/** Calls that one caller makes, one after another, and the time between them. */
const SESSION = 50
const PACE_MS = 1000

/** What calls of a tool were like. */
export type Played = {
  /** Whole milliseconds of those that were answered, ascending. */
  readonly ms: readonly number[]
  readonly calls: number
  /** Calls that a fault struck. */
  readonly disturbed: number
}

/** Plays so many calls of each tool. @throws RangeError for a profile that does not fit its tools */
export function playProfile({ name, entries }: Dynamics, tools: readonly { readonly tool: string; readonly effect: 'read' | 'write' }[], calls: number): ReadonlyMap<string, Played> {
  const findings: Finding[] = []
  const world = compileWorld(World.parse({
    kind: 'World', name: 'recorded', epoch: '2026-03-02T09:00:00Z', tables: {},
    tools: Object.fromEntries(tools.map(({ tool, effect }) => [tool, { description: tool, effect, input: { properties: {} }, do: [{ return: { ok: true } }] }])),
  }), new Site([], findings))
  const dynamics = compileDynamics(name, entries.map((spec, i) => ({ spec: DynamicsEntry.parse(spec), site: new Site(['entries', i], findings) })), world)
  const [wrong] = findings
  if (wrong) throw new RangeError(`the profile does not fit its tools: ${wrong.message}`)
  return new Map(tools.map(({ tool }) => {
    const traits = dynamics.tools.get(tool)!
    const ms: number[] = []
    let disturbed = 0
    let state = new DynamicsState()
    let clock = 0
    for (let n = 0; n < calls; n++) {
      if (n % SESSION === 0) {
        state = new DynamicsState()
        clock = 0
      }
      const luck = word53(keyOf(['calibration', tool, Math.floor(n / SESSION)]))
      const call = beginCall(dynamics, traits, {}, {}, state, { luck, intensity: 1, framePath: 'agent', agent: 'agent', start: clock, epoch: 0, event: n })
      if (call.mode !== 'none' && call.mode !== 'later') call.json = { ok: true }
      finishCall(call)
      clock += call.latency + PACE_MS
      if (call.faults.length) disturbed++
      if (!call.faults.some(({ kind }) => UNANSWERED.has(kind))) ms.push(call.latency)
    }
    return [tool, { ms: ms.sort((a, b) => a - b), calls, disturbed }]
  }))
}
