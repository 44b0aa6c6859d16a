/** Which episode of which sweep is with a client: its end is noted by itself, and one that nobody plays on goes to another. */
import type { Episode } from '../../episode/episode.ts'
import type { Lease, SweepStore } from '../../store/sweep-store.ts'
import { failedOutcome, outcomeOf } from '../../sweep/outcome.ts'
import type { Clock } from '../clock.ts'
import type { SweepRun } from './sweep-run.ts'

export type Leased = { readonly sweep: string; readonly unit: number; readonly tries: number; seenAt: number }

export class LeaseBook {
  readonly #store: SweepStore
  readonly #clock: Clock
  readonly #runs = new Map<string, SweepRun>()
  /** By episode. */
  readonly #leases = new Map<string, Leased>()
  /** Tries of episodes that came back, by sweep and unit. */
  readonly #tries = new Map<string, number>()

  constructor(store: SweepStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Takes up the leases of a sweep from before a restart: their clients may come back, for as long as any client may be silent. */
  open(sweep: string, run: SweepRun): void {
    this.#runs.set(sweep, run)
    for (const { unit, episode, tries } of this.#store.leases(sweep)) {
      this.#tries.set(`${sweep} ${unit}`, tries)
      if (episode !== undefined && run.lendAgain(unit)) this.#leases.set(episode, { sweep, unit, tries, seenAt: this.#clock.now() })
    }
  }

  close(sweep: string): void {
    this.#runs.delete(sweep)
    for (const [episode, lease] of this.#leases) if (lease.sweep === sweep) this.#leases.delete(episode)
    for (const name of this.#tries.keys()) if (name.startsWith(`${sweep} `)) this.#tries.delete(name)
  }

  /** An episode is of a sweep: it is played once, and neither copied nor rehearsed. */
  of(episode: string): Leased | undefined {
    return this.#leases.get(episode)
  }

  get episodes(): ReadonlyMap<string, Leased> {
    return this.#leases
  }

  /** Notes that an episode is with a client. @throws GymError GYM_STORE */
  begin(sweep: string, unit: number, episode: string): void {
    const tries = (this.#tries.get(`${sweep} ${unit}`) ?? 0) + 1
    this.#keep(sweep, { unit, tries, episode })
    this.#leases.set(episode, { sweep, unit, tries, seenAt: this.#clock.now() })
  }

  #keep(sweep: string, lease: Lease): void {
    this.#tries.set(`${sweep} ${lease.unit}`, lease.tries)
    this.#store.setLease(sweep, lease)
  }

  /** An episode has ended: what came of it is kept before its client hears of it. */
  ended(id: string, episode: Episode): void {
    const lease = this.#leases.get(id)
    const run = lease && this.#runs.get(lease.sweep)
    if (!run) return
    this.#leases.delete(id)
    run.deliver({ unit: lease.unit, outcome: outcomeOf(episode, lease.tries), journal: JSON.stringify(episode.journalFrom(0).entries) })
  }

  /** A client does not go on: somebody else may, unless too many have tried. */
  abandoned(id: string, why: string): void {
    const lease = this.#leases.get(id)
    const run = lease && this.#runs.get(lease.sweep)
    if (!run) return
    this.#leases.delete(id)
    const { sweep, unit, tries } = lease
    if (tries >= run.plan.spec.tries) return run.deliver({ unit, outcome: failedOutcome(why, tries) })
    this.#keep(sweep, { unit, tries })
    run.giveBack(unit)
  }

  /** Its client never heard of an episode: that was no try. */
  takeBack(id: string): void {
    const lease = this.#leases.get(id)
    const run = lease && this.#runs.get(lease.sweep)
    if (!run) return
    this.#leases.delete(id)
    const { sweep, unit, tries } = lease
    this.#keep(sweep, { unit, tries: tries - 1 })
    run.giveBack(unit)
  }

  /** All leases of a sweep end, without anything coming of them. */
  endAll(sweep: string): void {
    for (const [episode, lease] of this.#leases) {
      if (lease.sweep !== sweep) continue
      this.#leases.delete(episode)
      this.#store.endLease(sweep, lease.unit)
    }
  }

  /** Episodes whose clients have been silent for too long. @param usedAt when an episode was last used; undefined for one that is not in memory */
  overdue(usedAt: (episode: string) => number | undefined): string[] {
    const now = this.#clock.now()
    return [...this.#leases].flatMap(([episode, lease]) => {
      const run = this.#runs.get(lease.sweep)
      lease.seenAt = Math.max(lease.seenAt, usedAt(episode) ?? 0)
      return run && now - lease.seenAt > run.plan.spec.lease_seconds * 1000 ? [episode] : []
    })
  }
}
