/** One job of the audit of mutations; as a thread it plays the jobs that it is sent. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { CallPool } from '../../src/admit/call-pool.ts'
import { lockedProfiles, REFUSERS, TALKERS, WALKERS } from '../../src/admit/ceiling.ts'
import { playMutation } from '../../src/admit/mutant.ts'
import { MUTATION_TABLE } from '../../src/admit/mutation-table.ts'
import { unreachable } from '../../src/admit/reachable.ts'
import { explain, playTrial } from '../../src/admit/trial.ts'
import { misreadings } from '../../src/admit/unambiguous.ts'
import { runWitness, type WitnessRun } from '../../src/admit/witness-run.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { seedOf, shippedCatalogue, tryStart } from '../checkout.ts'
import type { Findings, Job, Row } from './mutations.ts'

class Tables {
  readonly rows: Record<string, Row> = {}
  readonly ceilings: Record<string, Record<string, { played: number; sum: number }>> = {}
  readonly failures: string[] = []

  count(id: string, ok: boolean, reward: number | null, found: () => string): void {
    const row = (this.rows[id] ??= { played: 0, held: 0, sum: 0 })
    row.played += 1
    row.sum += reward ?? 0
    if (ok) row.held += 1
    else this.failures.push(found())
  }

  pay(policy: string, task: string, reward: number | null): void {
    const cell = ((this.ceilings[policy] ??= {})[task] ??= { played: 0, sum: 0 })
    cell.played += 1
    cell.sum += reward ?? 0
  }
}

/** Attacks the verifiers of all tasks of a scenario with some seeds. */
export function playJob({ scenario: name, from, to, effort, attackers }: Job): Findings {
  const scenario = shippedCatalogue().find(name)!
  const tables = new Tables()
  for (let n = from; n < to; n += 1) {
    const seed = seedOf('mutations', n)
    const pool = new CallPool(scenario, seed)
    for (const task of scenario.tasks.keys()) {
      const request = { seed, task, options: { dynamics: 'clean' } }
      if (!tryStart(scenario, request)) continue
      const run = runWitness(scenario, request)
      if (!run) {
        tables.failures.push(`${name} ${task} seed ${seed}: the witness cannot be played`)
        continue
      }
      attack(run, pool, { ...effort, turn: effort.turn + n }, tables)
      playFaults(scenario, task, seed, tables)
      if (attackers) playAttackers(scenario, task, seed, tables)
    }
  }
  return { scenario: name, rows: tables.rows, ceilings: tables.ceilings, failures: tables.failures }
}

function attack(run: WitnessRun, pool: CallPool, effort: Job['effort'], tables: Tables): void {
  const { scenario, identity: { task, seed } } = run.end
  const place = `${scenario.name} ${task} seed ${seed}`
  for (const row of MUTATION_TABLE) {
    for (const mutation of row.of(run, pool, effort)) {
      const played = playMutation(run, mutation)
      if (played) tables.count(row.id, played.ok, played.reward, () => `${place}: ${mutation.name}: ${played.found}`)
    }
  }
  const unknown = unreachable(run)
  tables.count('reachable', unknown === undefined, 1, () => `${place}: ${unknown}`)
  const wrong = misreadings(run)
  tables.count('twins as good', wrong.length === 0, 1, () => `${place}: ${wrong[0]!.found}`)
}

function playFaults(scenario: CompiledScenario, task: string, seed: number, tables: Tables): void {
  const options = { dynamics: 'flaky' }
  const robust = playTrial(scenario, 'robust', { seed, task, options })
  tables.count('robust under flaky', robust.reward === 1, robust.reward, () => `${scenario.name} ${task} seed ${seed}: robust: ${explain(robust)}`)
  const naive = playTrial(scenario, 'naive', { seed, task, options })
  tables.count('naive under flaky', naive.reward !== null, naive.reward, () => `${scenario.name} ${task} seed ${seed}: naive: ${explain(naive)}`)
}

function playAttackers(scenario: CompiledScenario, task: string, seed: number, tables: Tables): void {
  const play = (policy: string, dynamics: string, column: string): void => {
    const trial = playTrial(scenario, policy, { seed, task, options: { dynamics } })
    if (trial.reward === null) tables.failures.push(`${scenario.name} ${task} seed ${seed}: ${policy}: ${explain(trial)}`)
    tables.pay(column, task, trial.reward)
  }
  for (const policy of [...TALKERS, ...WALKERS]) play(policy, 'clean', policy)
  for (const profile of lockedProfiles(scenario)) for (const policy of REFUSERS) play(policy, profile, `${policy} under ${profile}`)
}

if (!isMainThread && workerData === 'mutations') parentPort!.on('message', (job: Job) => parentPort!.postMessage(playJob(job)))
