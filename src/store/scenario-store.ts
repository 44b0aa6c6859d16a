/** Scenarios that were registered: immutable versions by name and digest, in the order of their registration. */
import { GymError } from '../core/gym-error.ts'

export type StoredScenario = {
  readonly name: string
  /** SHA-256 of the resolved documents, 64 hexadecimal digits. */
  readonly digest: string
  /** The text that was registered. */
  readonly source: string
  /** Files beside it, by path. */
  readonly files: Readonly<Record<string, string>>
  /** What admission found; JSON. */
  readonly report: unknown
  /** Server time of the registration, in milliseconds since 1970. */
  readonly registered_at: number
  /** Whose token registered it. */
  readonly principal: string
}

/** A version without what it was made from. */
export type ScenarioEntry = Omit<StoredScenario, 'source' | 'files'>

export interface ScenarioStore {
  /**
   * Keeps a version; on disk when it returns. A name and digest that are there already stay as they are.
   * @throws GymError GYM_STORE when it cannot be kept
   */
  put(entry: StoredScenario): 'stored' | 'known'
  /**
   * The version whose digest begins so (at least 8 hexadecimal digits), or the one that was registered last.
   * @throws GymError GYM_STORE
   */
  get(name: string, digest?: string): StoredScenario | undefined
  /** All versions of a name, in order of registration. @throws GymError GYM_STORE */
  versions(name: string): ScenarioEntry[]
  /** All versions of all names, in order of registration. @throws GymError GYM_STORE */
  list(): ScenarioEntry[]
}

/** Stands in where the database cannot be opened: there is nothing, and nothing can be kept. */
export function brokenScenarioStore(fault: GymError): ScenarioStore {
  return {
    put() {
      throw new GymError('GYM_STORE', `nothing can be registered: ${fault.message}`)
    },
    get: () => undefined,
    versions: () => [],
    list: () => [],
  }
}
