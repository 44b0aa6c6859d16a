/** What MCP clients of one episode have in common: their order, and news for them. */
import { InMemoryServerEventBus, type McpHttpHandler } from '@modelcontextprotocol/server'
import { LIMITS } from '../../../protocol/json-rpc.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Opening } from '../live-episode.ts'

export class Desk {
  readonly episode: string
  /** Changes of the tools and resources, for all who listen. */
  readonly bus = new InMemoryServerEventBus()
  /** Serves the revisions without sessions. */
  handler: McpHttpHandler | undefined
  /** What the reset showed; it never changes. */
  #opening: Promise<Opening> | undefined
  /** Server time of the last request. */
  usedAt: number
  #end: Promise<unknown> = Promise.resolve()
  #waiting = 0
  /** The tools as somebody was last told, and what they were listed from. */
  #told: { readonly from: readonly unknown[]; readonly say: string | undefined } | undefined

  constructor(episode: string, usedAt: number) {
    this.episode = episode
    this.usedAt = usedAt
  }

  /** What the reset showed, asked for once. */
  opening(ask: () => Promise<Opening>): Promise<Opening> {
    this.#opening ??= ask().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Runs calls one after another, in the order in which they came. @throws GymError GYM_BUSY when too many wait */
  async inTurn<R>(run: () => Promise<R>): Promise<R> {
    if (this.#waiting >= LIMITS.in_flight) throw new GymError('GYM_BUSY', `${this.#waiting} calls on this episode wait for their turn`, { limit: LIMITS.in_flight })
    this.#waiting += 1
    const turn = this.#end.then(run).finally(() => { this.#waiting -= 1 })
    this.#end = turn.catch(() => {})
    return turn
  }

  /** Whether nobody listens or waits. */
  get isQuiet(): boolean {
    return this.#waiting === 0 && this.bus.listenerCount === 0
  }

  /**
   * Notes the tools as they are listed now, and tells who listens where they were others before.
   * @param from what they are listed from: nothing is compared while it is the same object
   */
  noteTools(from: readonly unknown[], say: string | undefined): void {
    const before = this.#told
    if (before?.from === from && before.say === say) return
    this.#told = { from, say }
    // An episode that came back from the store shows the same tools anew.
    if (before && (before.say !== say || JSON.stringify(before.from) !== JSON.stringify(from))) this.bus.publish({ kind: 'tools_list_changed' })
  }

  /** Tells that a resource is no longer what it was. */
  noteResource(uri: string): void {
    this.bus.publish({ kind: 'resource_updated', uri })
  }
}
