/** What admission says about a scenario. */

export type AdmissionCheck = {
  readonly id: string
  readonly ok: boolean
  /** What was found, with a counter-example (task and seed) for what failed. */
  readonly detail: string
}

export type AdmissionReport = {
  readonly ok: boolean
  readonly checks: readonly AdmissionCheck[]
  /** Mean reward by task and policy. */
  readonly rewards: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Episodes that were played. */
  readonly episodes: number
}

/** Collects what failed, keeping the first few counter-examples. */
export class Tally {
  readonly id: string
  readonly #what: string
  #tried = 0
  #failed = 0
  readonly #examples: string[] = []

  constructor(id: string, what: string) {
    this.id = id
    this.#what = what
  }

  add(ok: boolean, example: () => string): void {
    this.#tried++
    if (ok) return
    this.#failed++
    if (this.#examples.length < 3) this.#examples.push(example())
  }

  check(): AdmissionCheck {
    const ok = this.#failed === 0
    const detail = ok ? `${this.#what}: ${this.#tried} of ${this.#tried}` : `${this.#what}: failed ${this.#failed} of ${this.#tried}; ${this.#examples.join('; ')}`
    return { id: this.id, ok, detail }
  }
}
