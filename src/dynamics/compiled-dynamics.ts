/** A dynamics profile, ready to be asked about calls. */
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

function globToTest(glob: string): (name: string) => boolean {
  const parts = glob.split('*')
  if (parts.length === 1) return (name) => name === glob
  return (name) => {
    if (!name.startsWith(parts[0]!)) return false
    let at = parts[0]!.length
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    const last = parts.at(-1)!
    return name.length - last.length >= at && name.endsWith(last)
  }
}

/** Whether a name fits one of the globs. */
export function matchesGlob(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => globToTest(glob)(name))
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
