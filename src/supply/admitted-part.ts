/** The part of a generated scenario that admission takes whole: what a file holds stands by itself, for every seed. */
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { admitScenario } from '../admit/admit.ts'
import { compileDocuments } from '../compile/from-documents.ts'
import type { Documents } from '../generate/documents.ts'

/** Seeds of each template, as many as a server tries. */
const SEEDS = 20
/** Rounds of leaving out: what fails may hide something else. */
const ROUNDS = 4

export type LeftOut = { readonly task: string; readonly found: string }

/**
 * Leaves out templates that admission refuses, one seed in a hundred has one.
 * @returns the documents and what was left out; no documents where nothing is left, or where something is wrong with all of it: then `whole` says what
 */
export function admittedPart(documents: Documents, profiles: ReadonlyMap<string, Dynamics>): { readonly documents?: Documents; readonly left: readonly LeftOut[]; readonly whole?: string } {
  const left: LeftOut[] = []
  let part = documents
  for (let round = 0; round < ROUNDS && Object.keys(part.scenario.tasks).length > 0; round++) {
    const { scenario, findings: [finding] } = compileDocuments(part, profiles)
    if (!scenario) return { left, whole: finding ? `${finding.path.join('.')}: ${finding.message}` : 'too many findings' }
    const { dynamics } = part.scenario
    const { ok, checks } = admitScenario(scenario, { seeds: SEEDS, spec: part.scenario, ...(typeof dynamics === 'string' && { profiles: [dynamics] }) })
    if (ok) return { documents: part, left }
    const failed = checks.filter((check) => !check.ok)
    const refused = new Map(failed.flatMap(({ examples }) => examples.flatMap(({ task, found }) => (task === undefined ? [] : [[task, found] as const]))))
    if (refused.size === 0) return { left, whole: failed.map(({ about, detail }) => `${about}: ${detail}`).join('; ') }
    left.push(...[...refused].map(([task, found]) => ({ task, found })))
    part = { ...part, scenario: { ...part.scenario, tasks: Object.fromEntries(Object.entries(part.scenario.tasks).filter(([name]) => !refused.has(name))) } }
  }
  return { left }
}
