/** Lets requests to one endpoint through: so many a minute, and none while it has asked to wait. */

export type GateClock = { now(): number; sleep(ms: number, gone: AbortSignal): Promise<void> }

const MINUTE_MS = 60_000

export class RequestGate {
  readonly #clock: GateClock
  readonly #gapMs: number
  #nextAt = 0

  constructor(clock: GateClock, perMinute?: number) {
    this.#clock = clock
    this.#gapMs = perMinute === undefined ? 0 : MINUTE_MS / perMinute
  }

  /** Resolves when a request may be sent. */
  async enter(gone: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#clock.now()
      if (now >= this.#nextAt || gone.aborted) {
        this.#nextAt = Math.max(now, this.#nextAt) + this.#gapMs
        return
      }
      // Whoever wakes first goes first; the others find a later time and wait on.
      await this.#clock.sleep(this.#nextAt - now, gone)
    }
  }

  /** Nobody asks for so long. */
  holdFor(ms: number): void {
    this.#nextAt = Math.max(this.#nextAt, this.#clock.now() + ms)
  }
}
