/** The catalogue of this checkout, compiled once a process, and small ways to play it. */
import { fileURLToPath } from 'node:url'
import { embeddedFiles } from '../src/cli/embedded-catalogue.ts'
import { type Catalogue, compileCatalogue, type SpecFile } from '../src/compile/catalogue.ts'
import { GymError } from '../src/core/gym-error.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode, type EpisodeRequest } from '../src/episode/episode.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** All spec files that ship, sorted by path, but for the collection of imported tools, which is read when it is named. */
export function shippedFiles(): SpecFile[] {
  return [...embeddedFiles('envs'), ...embeddedFiles('scenarios')]
}

let compiled: Catalogue | undefined

/** @throws Error with the complaints when the shipped specs have any */
export function shippedCatalogue(): Catalogue {
  if (compiled) return compiled
  const { catalogue, complaints } = compileCatalogue(shippedFiles())
  if (complaints.length) throw new Error(complaints.map((c) => `${c.file}:${c.line}:${c.column} ${c.message}`).join('\n'))
  return (compiled = catalogue)
}

/** The scenarios of one agent: teams borrow their tasks, and are played through their own tests. */
export function soloScenarios(): CompiledScenario[] {
  return shippedCatalogue().list().filter((scenario) => scenario.flat() === scenario)
}

/** Keyed seeds of a named stream: `seedOf('golden', 3)`. */
export function seedOf(stream: string, i: number): number {
  return word53(keyOf(['test', stream, i]))
}

/** Starts an episode, or gives undefined where the seed has no such task. */
export function tryStart(scenario: CompiledScenario, request: EpisodeRequest): Episode | undefined {
  try {
    return Episode.start(scenario, request)
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return undefined
    throw error
  }
}
