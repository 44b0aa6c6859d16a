/** Golden trajectories: one robust episode under flaky for each task template, which hold the catalogue to its behaviour. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Trajectory } from '../../protocol/event.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { ROOT, seedOf, shippedCatalogue, tryStart } from '../checkout.ts'

export type Golden = { readonly file: string; readonly task: string; readonly scenario: CompiledScenario }

/** All golden files that must exist. */
export function goldens(): Golden[] {
  return shippedCatalogue().list().flatMap((scenario) => [...scenario.tasks.keys()].map((task) => ({ scenario, task, file: `${ROOT}test/golden/${scenario.name}/${task}.json` })))
}

/** Plays the episode that a golden file holds. */
export function playGolden({ scenario, task }: Golden): Trajectory {
  for (let i = 0; i < 100; i++) {
    const episode = tryStart(scenario, { seed: seedOf('golden', i), task, options: { dynamics: 'flaky' } })
    if (!episode) continue
    playOut(episode, createPolicy('robust', episode)!)
    return episode.trajectory()
  }
  throw new Error(`no seed has a task '${task}'`)
}

/** The file's trajectory, or undefined. */
export function readGolden({ file }: Golden): Trajectory | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Trajectory : undefined
}

/** Writes all golden files anew. */
export function writeGoldens(): number {
  const all = goldens()
  for (const golden of all) {
    mkdirSync(golden.file.replace(/\/[^/]*$/, ''), { recursive: true })
    writeFileSync(golden.file, JSON.stringify(playGolden(golden), null, 1) + '\n')
  }
  return all.length
}
