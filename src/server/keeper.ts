/** Keeps episodes past this process: writes what each call added to a journal, and rebuilds episodes from theirs. */
import type { Identity } from '../../protocol/identity.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode, type JournalEntry } from '../episode/episode.ts'
import type { OpenOp } from '../store/journal-op.ts'
import type { KeptEpisode } from '../store/journal-reader.ts'
import type { JournalStore } from '../store/journal-store.ts'
import type { Clock } from './clock.ts'
import { type Branch, LiveEpisode } from './live-episode.ts'
import type { Work } from './method.ts'

/** A request with a key, as the store knows it. */
export type KeyedRequest = { readonly name: string; readonly params: string; readonly episodes: readonly string[] }

/** The scenario of `name@digest` and seed; throws GYM_UNKNOWN_SCENARIO when it is gone. */
type FindScenario = (ref: string, seed: number) => Work<CompiledScenario>

function textOf(entries: readonly JournalEntry[]): string[] {
  return entries.map((entry) => JSON.stringify(entry))
}

export class Keeper {
  readonly store: JournalStore
  readonly #clock: Clock
  readonly #scenario: FindScenario

  constructor(store: JournalStore, clock: Clock, scenario: FindScenario) {
    this.store = store
    this.#clock = clock
    this.#scenario = scenario
  }

  /**
   * Under `ack` nothing is begun that cannot be kept.
   * @throws GymError GYM_STORE
   */
  requireStore(): void {
    const { durability, fault } = this.store
    if (durability === 'ack' && fault !== undefined) throw new GymError('GYM_STORE', `nothing is taken that cannot be kept: ${fault}`)
  }

  /** @throws GymError GYM_STORE, GYM_CAPACITY when the quota is reached by what is being played */
  requireRoom(): void {
    this.requireStore()
    if (this.store.full) throw new GymError('GYM_CAPACITY', 'the journals of running episodes fill their quota; close some, or serve with a larger --journal-mb', { retry_after_ms: 5000 })
  }

  /** Writes what made episodes, before they are opened under its name. */
  request({ name, params, episodes }: KeyedRequest): void {
    this.store.write({ op: 'request', name, params, episodes })
  }

  /** Begins the journal of a new episode; a fork shares its parent's. */
  open(live: LiveEpisode, from?: { readonly parent: LiveEpisode; readonly shared: Branch['shared'] }): void {
    const isShared = from !== undefined && from.parent.trace?.epoch === this.store.epoch
    if (isShared) this.#write(live, from.shared, from.parent.id)
    else this.#write(live, { entries: 0, position: 0 })
  }

  #write(live: LiveEpisode, { entries: first, position }: Branch['shared'], parent?: string): void {
    if (this.store.fault !== undefined) return
    const { id, episode, pace, origin, forks, requestKey } = live
    const { identity } = episode
    const { entries, next } = episode.journalFrom(position)
    const op: OpenOp = {
      op: 'open', id, scenario: identity.scenario, digest: identity.digest, engine: identity.engine, identity: JSON.stringify(identity),
      pace, principal: origin.principal, created_at: origin.createdAt, opened_with: origin.openedWith, forks,
      ...(parent !== undefined && { parent: { id: parent, entries: first } }), ...(requestKey !== undefined && { request: requestKey }),
      first, entries: textOf(entries), ended: episode.ended, at: this.#clock.now(),
    }
    const mark = this.store.write(op)
    live.trace = { epoch: this.store.epoch, position: next, entries: first + entries.length, mark, ended: episode.ended }
  }

  /** Writes what has been added to a journal since the last time; all of it when the store failed in between. */
  record(live: LiveEpisode): void {
    const { trace, episode } = live
    if (this.store.fault !== undefined) return
    if (trace?.epoch !== this.store.epoch) return this.#write(live, { entries: 0, position: 0 })
    const { entries, next } = episode.journalFrom(trace.position)
    trace.position = next
    const ended = episode.ended && !trace.ended
    if (entries.length === 0 && !ended) return
    trace.mark = this.store.write({ op: 'append', id: live.id, first: trace.entries, entries: textOf(entries), ended, at: this.#clock.now() })
    trace.entries += entries.length
    trace.ended ||= ended
  }

  /** Notes that forks were taken, so that a rebuilt parent numbers its next ones on. */
  forked(parent: LiveEpisode): void {
    if (parent.trace) this.store.write({ op: 'forked', id: parent.id, forks: parent.forks })
  }

  /** What the answer of a call on this episode has to wait for; undefined when nothing. */
  hold(live: LiveEpisode): Promise<void> | undefined {
    if (this.store.durability !== 'ack') return this.store.relief()
    return live.trace && this.store.isKept(live.trace.mark) ? undefined : this.#kept(live)
  }

  /** The same for what was created: it waits for its commit under `async` too, so that no id that was told is lost. */
  holdCreated(lives: readonly LiveEpisode[]): Promise<void> | undefined {
    const last = lives.at(-1)
    if (!last) return undefined
    const kept = this.#kept(last)
    return this.store.durability === 'ack' ? kept : kept.catch(() => {})
  }

  #kept(live: LiveEpisode): Promise<void> {
    return live.trace ? this.store.keep(live.trace.mark) : Promise.reject(new GymError('GYM_STORE', `what was done is not kept: ${this.store.fault ?? 'the store failed'}`))
  }

  /** Drops an episode from the store; what the answer has to wait for. */
  close(id: string): Promise<void> | undefined {
    const mark = this.store.write({ op: 'close', id, at: this.#clock.now() })
    return this.store.durability === 'ack' ? this.store.keep(mark) : undefined
  }

  /**
   * What becomes of an idle episode that leaves the memory: `parked` comes back when it is used, `lost` does not
   * (the store fails and has not all of it), `waits` is still to be committed and has to stay.
   */
  release(live: LiveEpisode): 'parked' | 'lost' | 'waits' {
    const { trace, id, episode } = live
    const { fault, epoch } = this.store
    // While the store fails, its marks are still those of the epoch before.
    const current = fault === undefined ? epoch : epoch - 1
    if (trace?.epoch === current && episode.journalFrom(trace.position).entries.length === 0) {
      if (!this.store.isKept(trace.mark)) return fault === undefined ? 'waits' : 'lost'
      this.store.write({ op: 'park', id, at: this.#clock.now() })
      return 'parked'
    }
    if (fault !== undefined) return 'lost'
    this.record(live)
    return 'waits'
  }

  /**
   * Rebuilds an episode from its journal, a little at a time.
   * @throws GymError GYM_UNKNOWN_EPISODE, GYM_EPISODE_LOST, GYM_STORE
   */
  * rebuild(id: string): Work<LiveEpisode> {
    const kept = this.#find(id)
    const episode = yield* this.#replay(kept)
    const { entries, next } = countOf(episode)
    const { principal, created_at: createdAt, opened_with: openedWith, forks, pace } = kept
    const now = this.#clock.now()
    const live = new LiveEpisode(id, episode, pace, now, { principal, createdAt, openedWith, forks })
    const mark = this.store.write({ op: 'return', id, at: now })
    live.trace = { epoch: this.store.epoch, position: next, entries, mark, ended: episode.ended }
    return live
  }

  /**
   * An episode as it was when it was opened: what a repeated creating call is answered with.
   * @throws GymError GYM_UNKNOWN_EPISODE, GYM_EPISODE_LOST, GYM_STORE
   */
  * opening(id: string): Work<Episode> {
    const kept = this.#find(id)
    return yield* this.#replay(kept, kept.opened_with)
  }

  #find(id: string): KeptEpisode {
    const kept = this.store.find(id)
    if (!kept) throw new GymError('GYM_UNKNOWN_EPISODE', 'no such episode: it never existed, was closed, or was dropped from the store', { path: 'params.episode' })
    return kept
  }

  * #replay(kept: KeptEpisode, upTo?: number): Work<Episode> {
    const ref = `${kept.scenario}@${kept.digest}`
    const lost = (why: string) => new GymError('GYM_EPISODE_LOST', `the episode is kept, but ${why}`, { path: 'params.episode', scenario: ref, engine: kept.engine })
    if (kept.engine !== ENGINE_VERSION) throw lost(`it is of engine ${kept.engine}, and this is ${ENGINE_VERSION}`)
    try {
      const scenario = yield* this.#scenario(ref, (kept.identity as Identity).seed)
      return yield* Episode.replayStepwise(scenario, kept.identity as Identity, this.store.entries(kept, upTo) as Generator<JournalEntry>)
    } catch (error) {
      if (!(error instanceof GymError) || error.gymCode === 'GYM_STORE' || error.gymCode === 'GYM_EPISODE_LOST') throw error
      throw lost(error.gymCode === 'GYM_UNKNOWN_SCENARIO' ? `its scenario is not here any more: ${error.message}` : `its journal does not play: ${error.message}`)
    }
  }
}

function countOf(episode: Episode): { entries: number; next: number } {
  const { entries, next } = episode.journalFrom(0)
  return { entries: entries.length, next }
}
