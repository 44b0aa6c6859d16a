/** Dynamics profiles with those that they extend: whose entries they have, and where mistakes in them are found. */
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { nearest } from '../core/nearest.ts'
import type { PlacedEntry } from '../dynamics/compiled-dynamics.ts'
import type { Finding } from '../spec/complaint.ts'
import { Site } from '../world/site.ts'

/** Later entries of an id take the place of earlier ones. */
export function merge<E extends { readonly spec: DynamicsEntry }>(entries: readonly E[], { add, without }: { readonly add: readonly E[]; readonly without: readonly string[] }): E[] {
  const before = new Set(entries.map(({ spec }) => spec.id))
  const kept = entries.filter(({ spec }) => !without.includes(spec.id)).map((entry) => add.find(({ spec }) => spec.id === entry.spec.id) ?? entry)
  // What is left out and added again comes last.
  return [...kept, ...add.filter(({ spec }, i) => !before.has(spec.id) || without.includes(spec.id) || add.findIndex((other) => other.spec.id === spec.id) < i)]
}

/** An entry and where it comes from: the profile's own, or one that it extends, by position. */
type Origin = { readonly spec: DynamicsEntry; readonly own: number } | { readonly spec: DynamicsEntry; readonly base: number }

type Flat = { readonly entries: readonly Origin[]; readonly findings: readonly Finding[] }

/** Entries with their sites; `close` says of each extended profile whether it fits, once all are compiled. */
export type PlacedProfile = { readonly entries: readonly PlacedEntry[]; close(): void }

export class ProfileFamily {
  readonly #profiles: ReadonlyMap<string, Dynamics>
  /** Worked out once each; undefined while that is going on. */
  readonly #flat = new Map<string, Flat | undefined>()

  constructor(profiles: ReadonlyMap<string, Dynamics>) {
    this.#profiles = profiles
  }

  /** The entries of a profile; mistakes become findings about its own document. */
  place(name: string, findings: Finding[]): PlacedProfile {
    const flat = this.#flatten(name)
    findings.push(...flat.findings)
    const site = new Site([], findings)
    const bases = this.#profiles.get(name)!.extends
    const inherited = bases.map((): Finding[] => [])
    return {
      entries: flat.entries.map((origin) => ({ spec: origin.spec, site: 'own' in origin ? site.at('entries', origin.own) : new Site([], inherited[origin.base]!) })),
      close() {
        inherited.forEach(([first], i) => {
          if (first) site.at('extends', i).complain('profile', `'${bases[i]!}' does not fit: ${first.message}`)
        })
      },
    }
  }

  #flatten(name: string): Flat {
    const known = this.#flat.get(name)
    if (known) return known
    this.#flat.set(name, undefined)
    const { entries, extends: bases } = this.#profiles.get(name)!
    const findings: Finding[] = []
    const site = new Site([], findings)
    const before = bases.reduce<Origin[]>((all, base, i) => merge(all, { add: this.#baseOf(base, i, bases, site.at('extends', i)), without: [] }), [])
    const flat = { entries: merge<Origin>(before, { add: entries.map((spec, own) => ({ spec, own })), without: [] }), findings }
    this.#flat.set(name, flat)
    return flat
  }

  #baseOf(base: string, i: number, bases: readonly string[], site: Site): Origin[] {
    if (!this.#profiles.has(base)) site.complain('name', `no dynamics profile '${base}'`, { nearest: nearest(base, this.#profiles.keys()) })
    else if (bases.indexOf(base) < i) site.complain('name', `'${base}' twice`)
    else if (this.#flat.has(base) && !this.#flat.get(base)) site.complain('name', `'${base}' extends itself`)
    else {
      const { entries, findings: [first] } = this.#flatten(base)
      if (first) site.complain('profile', `'${base}' does not fit: ${first.message}`)
      return entries.map(({ spec }) => ({ spec, base: i }))
    }
    return []
  }
}
