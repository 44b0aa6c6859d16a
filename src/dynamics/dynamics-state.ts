/** What dynamics remember between calls: counters, streaks and buckets. Draws are keyed and remember nothing. */

export type Bucket = { readonly tokens: number; readonly at: number }

export class DynamicsState {
  /** Validated calls so far, by frame and tool. */
  readonly ordinals: Map<string, number>
  /** Times an entry has fired. */
  readonly occurrences: Map<string, number>
  /** Calls that still fail after an entry fired, by entry, frame and tool. */
  readonly streaks: Map<string, number>
  readonly buckets: Map<string, Bucket>

  constructor(from?: DynamicsState) {
    this.ordinals = new Map(from?.ordinals)
    this.occurrences = new Map(from?.occurrences)
    this.streaks = new Map(from?.streaks)
    this.buckets = new Map(from?.buckets)
  }

  /** For the state hash: everything, in key order. */
  toJson(): Record<string, unknown> {
    return {
      ordinals: Object.fromEntries(this.ordinals),
      occurrences: Object.fromEntries(this.occurrences),
      streaks: Object.fromEntries(this.streaks),
      buckets: Object.fromEntries([...this.buckets].map(([key, { tokens, at }]) => [key, [tokens, at]])),
    }
  }
}
