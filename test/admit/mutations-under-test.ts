/** Mutations of one task of a scenario, made and played. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { Scenario } from '../../protocol/spec/scenario.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { ROOT } from '../checkout.ts'
import { CallPool } from '../../src/admit/call-pool.ts'
import { playMutation } from '../../src/admit/mutant.ts'
import { MUTATION_TABLE } from '../../src/admit/mutation-table.ts'
import { type Mutation, THOROUGH } from '../../src/admit/mutation.ts'
import { runWitness, type WitnessRun } from '../../src/admit/witness-run.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'

/** The desk with pieces of its text replaced. @throws Error when a piece does not occur, or with the complaints */
export function deskWith(...edits: readonly (readonly [from: string, to: string])[]): { readonly scenario: CompiledScenario; readonly spec: Scenario } {
  let text = readFileSync(`${ROOT}test/fixtures/desk.yaml`, 'utf8')
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`the fixture has no '${from}'`)
    text = text.replace(from, to)
  }
  const { catalogue, complaints } = compileCatalogue([{ file: 'desk.yaml', text }])
  if (complaints.length) throw new Error(complaints.map((c) => `${c.line}: ${c.message}`).join('\n'))
  const document = parseAllDocuments(text).map((one) => one.toJS() as { kind: string }).find(({ kind }) => kind === 'Scenario')
  return { scenario: catalogue.find('desk')!, spec: Scenario.parse(document) as Scenario }
}

export type Tried = { readonly row: string; readonly name: string; readonly must: string; readonly applies: boolean; readonly ok: boolean; readonly reward: number | null; readonly found: string }

/** The profile that proofs are played under. */
export const CALM = 'clean'

/** The witness of a task under the calm profile. */
export function runOf(scenario: CompiledScenario, task: string, seed = 3): WitnessRun {
  const run = runWitness(scenario, { seed, task, options: { dynamics: CALM } })
  if (!run) throw new Error(`the witness of ${task} cannot be played`)
  return run
}

function mutationsOf(run: WitnessRun, row?: string): { row: string; mutation: Mutation }[] {
  const pool = new CallPool(run.end.scenario, run.end.identity.seed)
  return MUTATION_TABLE.filter(({ id }) => row === undefined || id === row).flatMap((each) => each.of(run, pool, THOROUGH).map((mutation) => ({ row: each.id, mutation })))
}

/** All mutations of a task by name, with what must come of them. */
export function namesOf(scenario: CompiledScenario, task: string): string[] {
  return mutationsOf(runOf(scenario, task)).map(({ mutation: { name, must } }) => `${name}: ${must}`)
}

/** Makes and plays the mutations of a row, or of all. */
export function tryMutations(scenario: CompiledScenario, task: string, row?: string, seed = 3): Tried[] {
  const run = runOf(scenario, task, seed)
  return mutationsOf(run, row).map(({ row: id, mutation }) => {
    const played = playMutation(run, mutation)
    return { row: id, name: mutation.name, must: mutation.must, applies: played !== null, ok: played?.ok ?? true, reward: played?.reward ?? null, found: played?.found ?? '' }
  })
}
