/** Names of tools as endpoints take them: letters, digits, _ and -, at most 64 characters. */
import { sha256Hex } from '../core/digest.ts'

const FITS = /^[a-zA-Z0-9_-]{1,64}$/
/** Characters of a name that is too long which are kept before its digest. */
const KEPT = 55

export class WireNames {
  readonly #names: ReadonlyMap<string, string>

  /** @param names of the tools that are shown */
  constructor(names: Iterable<string>) {
    this.#names = new Map([...names].filter((name) => !FITS.test(name)).map((name) => [this.toWire(name), name]))
  }

  /** The name that an endpoint is told; one that fits is told as it is. */
  toWire(name: string): string {
    return FITS.test(name) ? name : `${name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, KEPT)}_${sha256Hex(name).slice(0, 8)}`
  }

  /** The name that is meant. */
  fromWire(name: string): string {
    return this.#names.get(name) ?? name
  }
}
