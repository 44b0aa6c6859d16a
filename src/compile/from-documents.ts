/** Documents that are there as data, compiled without going through text. */
import type { Split } from '../../protocol/scalars.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { Framework } from '../../protocol/spec/framework.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { World } from '../../protocol/spec/world.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Finding } from '../spec/complaint.ts'
import { Site, untilTooMany } from '../world/site.ts'
import { compileScenario } from './scenario.ts'

export type OwnDocuments = { readonly world: World; readonly framework: Framework; readonly scenario: Scenario }

/** Compiles documents; the findings say what is wrong with them, each with its place. */
export function compileDocuments({ world, framework, scenario }: OwnDocuments, profiles: ReadonlyMap<string, Dynamics>, split?: Split): { readonly scenario?: CompiledScenario; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const compiled = untilTooMany(() => compileScenario(scenario, { world, framework, profiles, hosts: {}, lazy: true }, {
    scenario: new Site([], findings), world: new Site(['world'], findings), framework: new Site(['framework'], findings),
    misfit: (_profile, found, named) => void (named && findings.push(...found)),
  }, split))
  return compiled && findings.length === 0 ? { scenario: compiled, findings } : { findings }
}
