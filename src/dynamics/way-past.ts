/** Whether there is a way past the faults of a profile, told from what entries and tools declare. */
import type { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import type { Recovery } from '../../protocol/spec/dynamics-entry.ts'
import type { CompiledDynamics } from './compiled-dynamics.ts'
import type { CompiledEntry } from './compiled-entry.ts'
import { phasesOf } from './kind-facts.ts'
import { kindOf } from './kind-table.ts'
import type { ToolTraits } from './passage.ts'

/** A fault that a tool can meet and nothing declared gets past. */
export type DeadEnd = { readonly entry: string; readonly kind: string; readonly tool: string; readonly remedy: string }

/** Kinds after which a caller cannot know whether a write happened; repeating it blindly could do it twice. */
const UNCERTAIN: ReadonlySet<string> = new Set<DynamicsEntry['kind']>(['timeout.pre_commit', 'timeout.post_commit', 'connection.reset', 'response.malformed', 'response.empty', 'consistency.silent_noop', 'delivery.duplicate'])

/** Ways that are safe only where repeating does no harm. */
const REPEATING: ReadonlySet<Recovery> = new Set(['retry', 'wait'])

function isUncertain(spec: DynamicsEntry): boolean {
  if (spec.kind === 'response.error_in_success') return spec.phase === 'post_commit'
  if (spec.kind === 'response.truncated') return spec.bytes !== undefined
  return UNCERTAIN.has(spec.kind)
}

function isWay(recovery: Recovery, { spec, unable, hooks }: CompiledEntry, tool: ToolTraits, takesKey: boolean): boolean {
  const uncertain = tool.effect === 'write' && isUncertain(spec)
  switch (recovery) {
    case 'report_unable': return unable && (tool.effect === 'read' || phasesOf(spec).includes('pre_commit'))
    case 'idempotent_retry': return takesKey || tool.idempotent
    case 'read_back': return tool.readBack && spec.kind !== 'delivery.duplicate'
    case 'alternate_tool': return hooks.alternate !== undefined
    default: return !REPEATING.has(recovery) || !uncertain || tool.idempotent
  }
}

/** The faults of a profile that leave no way, by the tools that an agent calls. */
export function deadEnds(dynamics: CompiledDynamics, tools: readonly string[], agent: string): DeadEnd[] {
  return tools.flatMap((name) => {
    const tool = dynamics.tools.get(name)!
    const route = dynamics.routeOf(tool, agent)
    const takesKey = route.some(({ spec }) => spec.kind === 'idempotency.key')
    return route.filter((entry) => kindOf(entry.spec).recovery.length > 0 && !isSafe(entry, tool) && !entry.recovery.some((recovery) => isWay(recovery, entry, tool, takesKey)))
      .map(({ spec, recovery }): DeadEnd => ({ entry: spec.id, kind: spec.kind, tool: name, remedy: remedyFor(spec, recovery) }))
  })
}

/** What a tool can meet without harm: an effect that is the same when it comes twice. */
function isSafe({ spec }: CompiledEntry, tool: ToolTraits): boolean {
  return spec.kind === 'delivery.duplicate' && tool.idempotent
}

function remedyFor(spec: DynamicsEntry, recovery: readonly Recovery[]): string {
  if (!recovery.length) return `recovery: [${kindOf(spec).recovery.join(', ')}], or a match without it`
  if (recovery.includes('report_unable')) return 'it happened, so that reporting is no way: recovery: [read_back] or [idempotent_retry], or match: {effect: read}'
  if (spec.kind === 'delivery.duplicate') return 'idempotent: true where that is so, an idempotency.key entry, or a match without it'
  return 'a read_back for the tool, idempotent: true where that is so, an idempotency.key entry, or a match without it'
}
