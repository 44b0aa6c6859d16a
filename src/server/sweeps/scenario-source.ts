/** Scenarios as a thread finds them: from files and theme packs that it was handed, each compiled when it is first needed. */
import type { Dynamics } from '../../../protocol/spec/dynamics.ts'
import type { Theme } from '../../../protocol/spec/theme.ts'
import { findShipped } from '../../compile/shipped.ts'
import { compileSpecification } from '../../compile/specification.ts'
import { GymError } from '../../core/gym-error.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { isGenerated } from '../../generate/reference.ts'
import type { GivenScenario } from '../../registry/scenario-registry.ts'
import type { SpecFile } from '../../spec/read-documents.ts'
import type { Supply } from '../../supply/supply.ts'
import { supplyFrom } from '../../supply/supply-from.ts'

/** What a thread is handed; all of it can be cloned. */
export type SourceParts = {
  readonly shipped: readonly SpecFile[]
  /** Scenarios that do not ship with the package. */
  readonly given: readonly GivenScenario[]
  readonly themes: readonly Theme[]
  readonly profiles: ReadonlyMap<string, Dynamics>
}

export class ScenarioSource {
  readonly #parts: SourceParts
  readonly #compiled = new Map<string, CompiledScenario>()
  #supply: Supply | undefined

  constructor(parts: SourceParts) {
    this.#parts = parts
  }

  /** The scenario of name@digest, or of a reference and seed. @throws GymError GYM_UNKNOWN_SCENARIO, GYM_NO_TASK */
  find(ref: string, seed: number, task?: string): CompiledScenario {
    if (isGenerated(ref)) {
      this.#supply ??= supplyFrom(this.#parts.themes, this.#parts.profiles)
      return this.#supply.find(ref, seed, task).scenario
    }
    const known = this.#compiled.get(ref)
    if (known) return known
    const scenario = this.#given(ref) ?? findShipped(this.#parts.shipped, ref).scenario
    if (!scenario) throw new GymError('GYM_UNKNOWN_SCENARIO', `${ref} is not here any more`, { path: 'params.scenario' })
    this.#compiled.set(ref, scenario)
    return scenario
  }

  #given(ref: string): CompiledScenario | undefined {
    const [name, digest] = ref.split('@')
    const given = this.#parts.given.find((each) => each.name === name && (digest === undefined || each.digest === digest))
    if (!given) return undefined
    const { files, data, around } = given
    const made = compileSpecification({ files, around, pick: given.name, ...(data && { data }) })
    return 'scenario' in made && made.scenario.digest === given.digest ? made.scenario : undefined
  }
}
