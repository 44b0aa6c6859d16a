/** Reads journals back, a few chunks at a time; sees what is committed. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { GymError } from '../core/gym-error.ts'
import { storeFault } from './store-fault.ts'

/** An episode of the store that is neither closed nor dropped. */
export type KeptEpisode = {
  readonly number: number
  readonly id: string
  readonly scenario: string
  readonly digest: string
  readonly engine: string
  readonly identity: unknown
  readonly pace: number
  readonly principal: string
  readonly created_at: number
  readonly opened_with: number
  readonly forks: number
}

/** A creating call with a request_key whose creations live; `params` is the text that was given to `write`. */
export type KeptRequest = { readonly params: string; readonly episodes: readonly string[] }

const CHUNKS_AT_ONCE = 32

type Stretch = { readonly number: number; readonly from: number; readonly to: number }
type EpisodeRow = Omit<KeptEpisode, 'identity'> & { identity: string }

function damaged(kept: KeptEpisode, at: number): GymError {
  return new GymError('GYM_EPISODE_LOST', `the journal of this episode of ${kept.scenario} has a hole at entry ${at}`, { path: 'params.episode' })
}

export class JournalReader {
  readonly #episode: StatementSync
  readonly #parent: StatementSync
  readonly #chunks: StatementSync
  readonly #request: StatementSync
  readonly #living: StatementSync

  constructor(database: DatabaseSync) {
    const living = "state IN ('played', 'parked')"
    this.#episode = database.prepare(`SELECT number, id, scenario, digest, engine, identity, pace, principal, created_at, opened_with, forks FROM episodes WHERE id = ? AND ${living}`)
    this.#parent = database.prepare('SELECT parent, parent_entries AS entries FROM episodes WHERE number = ?')
    this.#chunks = database.prepare('SELECT first, entries FROM chunks WHERE episode = ? AND first >= ? ORDER BY first LIMIT ?')
    this.#request = database.prepare('SELECT params, episodes FROM requests WHERE name = ?')
    this.#living = database.prepare(`SELECT 1 FROM episodes WHERE id = ? AND ${living}`)
  }

  has(id: string): boolean {
    return this.#try('look for an episode', () => this.#living.get(id) !== undefined)
  }

  /** @throws GymError GYM_STORE */
  find(id: string): KeptEpisode | undefined {
    return this.#try('look for an episode', () => {
      const row = this.#episode.get(id) as EpisodeRow | undefined
      return row && { ...row, identity: JSON.parse(row.identity) as unknown }
    })
  }

  /** @throws GymError GYM_STORE */
  findRequest(name: string): KeptRequest | undefined {
    return this.#try('look for a request', () => {
      const row = this.#request.get(name) as { params: string; episodes: string } | undefined
      return row && { params: row.params, episodes: JSON.parse(row.episodes) as string[] }
    })
  }

  /**
   * The first entries of a journal, in order.
   * @throws GymError GYM_STORE, GYM_EPISODE_LOST when one is missing
   */
  * entries(kept: KeptEpisode, upTo = Infinity): Generator<unknown> {
    for (const { number, from, to } of this.#stretches(kept.number, upTo)) yield* this.#stretch(kept, number, from, to)
  }

  * #stretch(kept: KeptEpisode, number: number, from: number, to: number): Generator<unknown> {
    let at = from
    // A parent's chunk may begin before and end after what is shared; chunks of one episode never overlap.
    for (let next = from; at < to;) {
      const rows = this.#try('read a journal', () => this.#chunks.all(number, next, CHUNKS_AT_ONCE) as { first: number; entries: string }[])
      for (const { first, entries } of rows) {
        if (at >= to) return
        if (first !== at) throw damaged(kept, at)
        const parsed = JSON.parse(entries) as unknown[]
        for (const entry of parsed) {
          if (at >= to) return
          yield entry
          at += 1
        }
        next = first + 1
      }
      if (rows.length < CHUNKS_AT_ONCE) break
    }
    if (at < to && to !== Infinity) throw damaged(kept, at)
  }

  /** Whose entries make up a journal, from the oldest ancestor on. */
  #stretches(own: number, upTo: number): Stretch[] {
    const found: Stretch[] = []
    let number = own
    let to = upTo
    for (;;) {
      const { parent, entries } = this.#try('read a journal', () => this.#parent.get(number)) as { parent: number | null; entries: number }
      if (to > entries) found.push({ number, from: entries, to })
      if (parent === null) return found.reverse()
      number = parent
      to = Math.min(to, entries)
    }
  }

  #try<T>(doing: string, run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw storeFault(`cannot ${doing}`, error)
    }
  }
}
