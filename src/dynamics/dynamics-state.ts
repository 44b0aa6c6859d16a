/** What dynamics remember between calls: counters, streaks, buckets, late effects. Draws are keyed and remember nothing. */
import type { Overlay } from '../world/overlay.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Form } from './presentation.ts'

/** A call whose effect comes later than its answer. */
export type LateEffect = {
  /** Virtual milliseconds. */
  readonly due: number
  /** Counts the late effects of an episode: ties are broken by it. */
  readonly order: number
  /** Index of the call's event. */
  readonly call: number
  readonly tool: string
  /** JSON. */
  readonly args: unknown
  readonly cause: 'agent' | 'fault'
  /** Milliseconds for which reads do not see it. */
  readonly veil: number
  /** Memos that wait for the outcome. */
  readonly tells: readonly string[]
}

/** Before anything happened, in virtual milliseconds: reads that lag see no further back. */
export const BEGINNING = -1

/** The changed rows as they were from a moment on. */
export type Moment = { readonly at: number; readonly event: number; readonly overlay: Overlay }

/** While it lasts, reads see the world as it was before. */
export type Veil = { readonly until: number; readonly event: number; readonly overlay: Overlay }

/** The most late effects that may wait at once. */
export const MAX_LATE = 1000

/** Moments by which the past counts as well known: each holds a copy of the changed rows. */
const DENSE = 64

export class DynamicsState {
  /** Validated calls so far, by frame and tool. */
  readonly ordinals: Map<string, number>
  /** When each frame last wrote, in virtual milliseconds. */
  readonly lastWrites: Map<string, number>
  /** What entries keep, as JSON that is never changed in place, by entry and scope. */
  readonly memos: Map<string, unknown>
  /** Waiting effects, the earliest first; never changed in place. */
  effects: readonly LateEffect[]
  /** Kept as far back as reads may be stale; empty where none may. */
  past: readonly Moment[]
  veils: readonly Veil[]
  #effectsSet: number
  /** Keys of luck, frame and tool: worked out, no part of the state. */
  readonly #keys = new Map<string, Key>()
  #luck = -1
  /** Characters of answers that are kept for later, roughly. */
  weight: number
  /** Before this time nothing of the entries' events is due; undefined is unknown. Worked out, no part of the state. */
  eventsDue: number | undefined
  /** How the tools of agents look at present, by agent: worked out, no part of the state. */
  readonly forms = new Map<string, Form>()

  constructor(from?: DynamicsState) {
    this.ordinals = new Map(from?.ordinals)
    this.lastWrites = new Map(from?.lastWrites)
    this.memos = new Map(from?.memos)
    this.effects = from?.effects ?? []
    this.past = from?.past ?? []
    this.veils = from?.veils ?? []
    this.weight = from?.weight ?? 0
    this.#effectsSet = from ? from.#effectsSet : 0
  }

  /** Names the draws for a frame's calls to a tool, but for the entry and the call's ordinal. */
  keyAt(luck: number, framePath: string, tool: string, place: string): Key {
    if (luck !== this.#luck) {
      this.#keys.clear()
      this.#luck = luck
    }
    let key = this.#keys.get(place)
    if (!key) this.#keys.set(place, (key = keyOf([luck, framePath, tool])))
    return key
  }

  /** Whether one more effect may wait; else it has to happen at once. */
  get hasRoom(): boolean {
    return this.effects.length < MAX_LATE
  }

  /** Queues an effect; of two that are due at once, the one that was queued first happens first. */
  addEffect(effect: Omit<LateEffect, 'order'>): void {
    const late = { ...effect, order: this.#effectsSet++ }
    const at = this.effects.findIndex(({ due }) => due > late.due)
    this.effects = at < 0 ? [...this.effects, late] : [...this.effects.slice(0, at), late, ...this.effects.slice(at)]
  }

  /** Lets reads that start within so many milliseconds see the rows as they were before something happened. */
  hide(at: number, ms: number, event: number, overlay: Overlay): void {
    this.veils = [...this.veils.filter(({ until }) => until > at), { until: at + ms, event, overlay }]
  }

  takeEffect(): void {
    this.effects = this.effects.slice(1)
  }

  /** Whether enough is remembered for a change by others to be left out: the moments before it are close enough. */
  isDense(at: number, reach: number): boolean {
    return this.past.length >= DENSE && at - this.past.at(-1)!.at < reach / DENSE
  }

  /** Notes what changed at a moment; `reach` is how far back reads may look. */
  remember(moment: Moment, reach: number): void {
    const oldest = moment.at - reach
    const kept = this.past.filter(({ at }, i) => at >= oldest || (this.past[i + 1]?.at ?? Infinity) > oldest)
    this.past = [...kept, moment]
  }

  /** The changed rows as a read that starts now sees them under a lag: undefined is the present. */
  viewAt(start: number, asOf: number): Overlay | undefined {
    const veil = this.veils.find(({ until }) => until > start)
    const moment = asOf < start ? this.past.findLast(({ at }) => at <= asOf) : undefined
    if (!veil || (moment && moment.event <= veil.event)) return moment?.overlay
    return veil.overlay
  }

  /** For the state hash: everything, in key order. */
  toJson(): Record<string, unknown> {
    return {
      ordinals: Object.fromEntries(this.ordinals),
      wrote: Object.fromEntries(this.lastWrites),
      memos: Object.fromEntries(this.memos),
      effects: this.effects,
      past: this.past.map(({ at, event }) => [at, event]),
      veils: this.veils.map(({ until, event }) => [until, event]),
    }
  }
}
