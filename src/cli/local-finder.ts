/** Scenarios that a verb finds by itself, each made once: of the package, of files, generated ones. */
import { embeddedFiles } from './embedded-catalogue.ts'
import { scenarioNames } from '../compile/shipped.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { isGenerated } from '../generate/reference.ts'
import type { PlanFinder } from '../sweep/plan.ts'
import type { Supply } from '../supply/supply.ts'
import { embeddedSupply } from './embedded-supply.ts'
import { scenarioFor } from './find-scenario.ts'

/** @param given scenarios that do not ship with the package, found before those that do */
export function localFinder(given: readonly CompiledScenario[] = []): PlanFinder {
  // Theme packs are only read where something is generated.
  let supply: Supply | undefined
  const generated = (): Supply => (supply ??= embeddedSupply())
  const known = new Map<string, CompiledScenario>(given.flatMap((scenario) => [[scenario.name, scenario], [`${scenario.name}@${scenario.digest}`, scenario]]))
  return {
    names: [...new Set([...given.map(({ name }) => name), ...embeddedFiles('scenarios').flatMap(({ text }) => scenarioNames(text)).toSorted()])],
    * scenario(name, seed, task) {
      if (isGenerated(name)) return (yield* generated().findStepwise(name, seed, task)).scenario
      const scenario = known.get(name) ?? scenarioFor(name)
      known.set(name, scenario)
      return scenario
    },
    splitOf: (name, seed) => generated().splitOf(name, seed),
  }
}
