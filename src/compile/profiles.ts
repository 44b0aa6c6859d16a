/** The dynamics profiles of a scenario: extensions and overrides resolved, compiled over its world, changed by resets. */
import { z } from 'zod'
import type { DynamicsChoice } from '../../protocol/identity.ts'
import type { Dynamics, DynamicsChanges } from '../../protocol/spec/dynamics.ts'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { RESERVED_TOOLS } from '../../protocol/spec/reserved-tool.ts'
import { orderedDigestOf } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'
import { unsafePlace } from '../core/json-safe.ts'
import { nearest } from '../core/nearest.ts'
import { type CompiledDynamics, compileDynamics, type PlacedEntry } from '../dynamics/compiled-dynamics.ts'
import type { Finding } from '../spec/complaint.ts'
import { findingsOf } from '../spec/schema-finding.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { Site, untilTooMany } from '../world/site.ts'
import { ChangedProfiles } from './changed-profiles.ts'
import { merge, ProfileFamily } from './profile-family.ts'

/** The profile that is always there: every call works and takes no time. */
export const NO_DYNAMICS = 'none'
/** Stands for all other profiles in overrides. */
const ALL = '*'
/** Bytes that a compiled profile takes, roughly: for each character of its entries, and for the forms that an entry gives to tools. */
const BYTES_A_CHARACTER = 100
const BYTES_A_FORM = 60_000

export type Profiles = {
  /** Names that resets may choose, sorted. */
  readonly names: readonly string[]
  /** The entries of a profile as they are played; undefined when there is none of that name. */
  entriesOf(name: string): readonly DynamicsEntry[] | undefined
  /**
   * What a reset chose; undefined when there is no such profile.
   * @throws GymError GYM_INVALID_PARAMS for changes that are no entries or do not fit the world
   */
  choose(choice: DynamicsChoice | undefined): { readonly dynamics: CompiledDynamics; readonly intensity: number } | undefined
  /** Findings of profiles that do not fit this world, by the profile they were found in. */
  readonly misfits: ReadonlyMap<string, readonly Finding[]>
}

type Parts = {
  readonly profiles: ReadonlyMap<string, Dynamics>
  readonly overrides: Readonly<Record<string, DynamicsChanges>>
  readonly fallback: string
  readonly world: CompiledWorld
  /** The scenario's own document. */
  readonly site: Site
  /** Profiles are compiled when they are first asked for, all but the fallback; those that do not fit are then not there. */
  readonly lazy?: boolean
}

type Compiled = { readonly entries: readonly PlacedEntry[]; readonly dynamics: CompiledDynamics }

/** Compiles entries; tools that they add have names of their own. */
function compileProfile(name: string, entries: readonly PlacedEntry[], world: CompiledWorld, description?: string): CompiledDynamics {
  for (const { spec, site } of entries) {
    for (const field of ['tool', 'grant'] as const) {
      const added = field in spec ? (spec as { tool?: string; grant?: string })[field] : undefined
      if (added !== undefined && RESERVED_TOOLS.has(added)) site.at(field).complain('name', `'${added}' is a reserved tool name`, { expected: 'another name' })
    }
  }
  return compileDynamics(name, entries, world, description)
}

/** Compiles the profiles that fit the world; those that the scenario names have to. */
export function compileProfiles({ profiles, overrides, fallback, world, site, lazy = false }: Parts): Profiles {
  const misfits = new Map<string, readonly Finding[]>()
  const compiled = new Map<string, Compiled>()
  const own = (name: string, add: readonly DynamicsEntry[]): PlacedEntry[] => add.map((spec, i) => ({ spec, site: site.at('overrides', name, 'add', i) }))
  const overridden = (name: string, entries: readonly PlacedEntry[]): PlacedEntry[] => [ALL, name].reduce<PlacedEntry[]>((all, key) => {
    const changes = Object.hasOwn(overrides, key) ? overrides[key] : undefined
    return changes ? merge(all, { add: own(key, changes.add), without: changes.without }) : all
  }, [...entries])

  const family = new ProfileFamily(profiles)
  const tried = new Set<string>()
  const ready = (name: string): Compiled | undefined => {
    const profile = profiles.get(name)
    if (tried.has(name) || !profile) return compiled.get(name)
    tried.add(name)
    const { description } = profile
    const findings: Finding[] = []
    const placed = family.place(name, findings)
    const entries = overridden(name, placed.entries)
    const dynamics = untilTooMany(() => compileProfile(name, entries, world, description))
    placed.close()
    if (!findings.length && dynamics) compiled.set(name, { entries, dynamics })
    else misfits.set(name, findings)
    return compiled.get(name)
  }
  for (const name of lazy ? [fallback] : profiles.keys()) ready(name)
  if (!compiled.has(NO_DYNAMICS)) compiled.set(NO_DYNAMICS, { entries: [], dynamics: compileProfile(NO_DYNAMICS, [], world, 'Every call works and takes no time.') })
  for (const name of Object.keys(overrides)) if (name !== ALL && !profiles.has(name)) site.at('overrides', name).complain('name', `no dynamics profile '${name}'`, { key: true, nearest: nearest(name, profiles.keys()), expected: `one of ${[...profiles.keys()].join(', ')}, or *` })
  if (!profiles.has(fallback) && fallback !== NO_DYNAMICS) site.at('dynamics').complain('name', `no dynamics profile '${fallback}'`, { nearest: nearest(fallback, compiled.keys()) })

  const changed = new ChangedProfiles()
  return {
    names: [...new Set([...compiled.keys(), ...(lazy ? profiles.keys() : [])])].sort(),
    entriesOf: (name) => ready(name)?.entries.map(({ spec }) => spec),
    misfits,
    choose(choice) {
      const { profile = fallback, intensity = 1, add = [], without = [] } = typeof choice === 'string' ? { profile: choice } : choice ?? {}
      const found = ready(profile)
      if (!found) return undefined
      if (!add.length && !without.length) return { dynamics: found.dynamics, intensity }
      checkAdded(add)
      const key = orderedDigestOf({ profile, add, without })
      return { dynamics: changed.get(key) ?? changed.keep(key, change(found.dynamics, found.entries, { add, without }, world)), intensity }
    },
  }
}

const Entries = z.array(DynamicsEntry)

/** Characters of JSON that a reset may add: it is compiled while others wait. */
const MOST_ADDED = 40_000

/** @throws GymError GYM_INVALID_PARAMS for what an identity cannot hold, or an agent should not be told */
function checkAdded(add: readonly unknown[]): void {
  const path = 'options.dynamics.add'
  add.forEach((entry, i) => {
    const problem = unsafePlace(entry)
    if (problem) throw new GymError('GYM_INVALID_PARAMS', `the entry holds ${problem}`, { path: `${path}.${i}` })
  })
  if (JSON.stringify(add).length > MOST_ADDED) throw new GymError('GYM_INVALID_PARAMS', `the entries have more than ${MOST_ADDED} characters`, { path, expected: 'the rest in a Dynamics document of a registered scenario' })
}

/** A profile as a reset changes it. */
function change({ name, description }: CompiledDynamics, entries: readonly PlacedEntry[], { add, without }: { readonly add: readonly unknown[]; readonly without: readonly string[] }, world: CompiledWorld): CompiledDynamics {
  const known = entries.map(({ spec }) => spec.id)
  without.forEach((id, i) => {
    if (!known.includes(id)) throw new GymError('GYM_INVALID_PARAMS', `the profile '${name}' has no entry '${id}'`, { path: `options.dynamics.without.${i}`, nearest: nearest(id, known), expected: known })
  })
  const read = Entries.safeParse(add)
  if (!read.success) refuse(findingsOf(read.error, Entries, add).map((finding) => ({ ...finding, path: ['add', ...finding.path] })))
  const findings: Finding[] = []
  const at = new Site([], findings)
  const before = entries.map(({ spec }) => ({ spec, site: at.at('profile', spec.id) }))
  const merged = merge(before, { add: read.data!.map((spec, i) => ({ spec, site: at.at('add', i) })), without })
  const dynamics = untilTooMany(() => compileProfile(name, merged, world, description))
  if (findings.length || !dynamics) refuse(findings)
  return { ...dynamics, weight: JSON.stringify(merged.map(({ spec }) => spec)).length * BYTES_A_CHARACTER + dynamics.presenters.length * BYTES_A_FORM }
}

function refuse(findings: readonly Finding[]): never {
  const [first] = findings
  const { message, path, expected, nearest: close } = first!
  throw new GymError('GYM_INVALID_PARAMS', message, {
    path: ['options.dynamics', ...path].join('.'), ...(expected && { expected }), ...(close && { nearest: close }),
    ...(findings.length > 1 && { others: findings.slice(1, 10).map((other) => `${other.path.join('.')}: ${other.message}`) }),
  })
}
