/** A dynamics profile, ready to be asked about calls. */
import { matchesGlob } from '../core/glob.ts'
import type { Dynamics, DynamicsEntry } from '../../protocol/spec/dynamics.ts'
import { orderedDigestOf } from '../core/digest.ts'

/** What the dynamics know of a tool. */
export type ToolTraits = { readonly name: string; readonly effect: 'read' | 'write'; readonly idempotent: boolean }

export type CompiledDynamics = {
  readonly name: string
  readonly digest: string
  readonly entries: readonly DynamicsEntry[]
  /** Entries that match a tool called by an agent, in document order. */
  entriesFor(tool: ToolTraits, agent: string): readonly DynamicsEntry[]
}

function matches({ match }: DynamicsEntry, tool: ToolTraits, agent: string): boolean {
  if (match.tools && !matchesGlob(match.tools, tool.name)) return false
  if (match.effect && match.effect !== tool.effect) return false
  if (match.idempotent !== undefined && match.idempotent !== tool.idempotent) return false
  return match.agent === undefined || match.agent === agent
}

/** Compiles a profile. */
export function compileDynamics(spec: Dynamics): CompiledDynamics {
  const cache = new Map<string, readonly DynamicsEntry[]>()
  return {
    name: spec.name,
    digest: orderedDigestOf(spec),
    entries: spec.entries,
    entriesFor(tool, agent) {
      const key = `${agent}\0${tool.name}`
      let entries = cache.get(key)
      if (!entries) cache.set(key, (entries = spec.entries.filter((entry) => matches(entry, tool, agent))))
      return entries
    },
  }
}
