/** The way of a call through a profile: what happens before the tool runs, and to its answer afterwards. */
import type { CompiledDynamics } from './compiled-dynamics.ts'
import type { CompiledEntry } from './compiled-entry.ts'
import type { DynamicsState } from './dynamics-state.ts'
import { type CallSite, type Extras, Passage, type ToolTraits } from './passage.ts'
import { fires, isActive } from './schedule.ts'

/**
 * Begins a validated call and counts it. Every matching entry draws and moves on, whoever answers; of those that
 * answer instead of the tool, the first on the way does.
 */
export function beginCall(dynamics: CompiledDynamics, tool: ToolTraits, args: Record<string, unknown>, extras: Extras, state: DynamicsState, site: CallSite): Passage {
  const call = new Passage(site, tool, args, extras, state)
  if (tool.effect === 'read' && state.veils.length) lookBehind(call)
  for (const entry of dynamics.wayOf(tool, site.agent)) {
    const { hooks } = entry
    if (hooks.watches === tool.name) {
      call.fired.push(entry)
      continue
    }
    if (entry.where && !entry.where(args)) continue
    if (!isOn(entry, call)) continue
    call.fired.push(entry)
    hooks.tick?.(call)
    if (hooks.delay) call.addLatency(hooks.delay(call))
    if (!call.refused) hooks.before?.(call)
  }
  return call
}

/** Whether an entry does something at a call. */
function isOn(entry: CompiledEntry, call: Passage): boolean {
  switch (entry.drive) {
    case 'always': return true
    case 'calls': return fires(entry, call)
    case 'match': return isActive(entry, call.site, call.site.start)
    default: return call.site.intensity > 0
  }
}

/** A read while something is still hidden. */
function lookBehind(call: Passage): void {
  const overlay = call.state.viewAt(call.site.start, call.site.start)
  if (!overlay) return
  call.mode = 'past'
  call.overlay = overlay
}

/** Finishes a call whose tool has run, or was answered for: its answer, its faults and its time are final afterwards. */
export function finishCall(call: Passage): void {
  if (call.tool.effect === 'write' && call.mode === 'run') call.state.lastWrites.set(call.site.framePath, call.site.start)
  if (!call.refused) for (const { hooks } of call.fired) hooks.after?.(call)
  for (const { hooks } of call.fired) if (hooks.weigh) call.addLatency(hooks.weigh(call))
  for (const { hooks } of call.fired) hooks.close?.(call)
}
