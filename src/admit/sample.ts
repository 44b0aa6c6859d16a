/** A few episodes by their hashes: played in another fresh thread they have to come out the same. */
import { digestOf } from '../core/digest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { seedAt } from './seed.ts'
import { playTrial, tryDraw } from './trial.ts'

/** One episode of the sample. */
export type SampledRun = { readonly task: string; readonly seed: number; readonly policy: string; readonly hash: string }

const POLICIES = ['oracle', 'robust', 'random'] as const
/** Seeds of each template, and seeds looked at for them. */
const SEEDS = 2
const LOOKED_AT = 10

/** Events and state of an episode as one hash. */
function hashOf(episode: Episode): string {
  return digestOf({ events: episode.events(), state: episode.stateHash() })
}

/** Plays the sample; `seen` is handed every episode. */
export function playSample(scenario: CompiledScenario, seen: (run: SampledRun, episode: Episode) => void = () => {}): SampledRun[] {
  const runs: SampledRun[] = []
  for (const task of scenario.tasks.keys()) {
    const seeds = Array.from({ length: LOOKED_AT }, (_, i) => seedAt(i)).filter((seed) => tryDraw(scenario, seed, task).drawn).slice(0, SEEDS)
    for (const seed of seeds) {
      for (const policy of POLICIES) {
        const { episode } = playTrial(scenario, policy, { seed, task })
        const run = { task, seed, policy, hash: hashOf(episode) }
        runs.push(run)
        seen(run, episode)
      }
    }
  }
  return runs
}
