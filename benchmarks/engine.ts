/** The engine in process: steps, resets, forks, many live episodes. All times in microseconds. */
import { Episode } from '../src/episode/episode.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { recordScripts, type Script } from './witness-script.ts'

/** The median of several numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

function quantile(values: number[], q: number): number {
  return values.sort((a, b) => a - b)[Math.floor(q * (values.length - 1))]!
}

function time(run: () => void): number {
  const start = performance.now()
  run()
  return (performance.now() - start) * 1000
}

/** Steps of fresh episodes on warm worlds, and on worlds never seen. */
export function measureSteps(scenario: CompiledScenario): { warm_step_us: number; fresh_step_us: number; steps_per_second: number } {
  const scripts = recordScripts(scenario, 200, 'warm')
  const perStep = (batch: readonly Script[]) => {
    let spent = 0
    let steps = 0
    for (const { seed, task, actions } of batch) {
      const episode = Episode.start(scenario, { seed, task })
      spent += time(() => actions.forEach((action) => episode.step(action)))
      steps += actions.length
    }
    return spent / steps
  }
  const warm = median(Array.from({ length: 15 }, () => perStep(scripts)))
  // Recording has warmed the worlds of its own seeds; 2,000 others push them out of the cache again.
  const fresh = recordScripts(scenario, 2000, 'fresh')
  recordScripts(scenario, 600, 'flush')
  return { warm_step_us: warm, fresh_step_us: perStep(fresh), steps_per_second: 1e6 / warm }
}

/** Resets of seeds never seen and of one that is cached. */
export function measureResets(scenario: CompiledScenario): Record<string, number> {
  const seeds = recordScripts(scenario, 2000, 'reset').map(({ seed }) => seed)
  recordScripts(scenario, 600, 'flush')
  const fresh = seeds.map((seed) => time(() => Episode.start(scenario, { seed })))
  const cached = Array.from({ length: 5000 }, () => time(() => Episode.start(scenario, { seed: seeds[0]! })))
  return { reset_fresh_p50_us: quantile(fresh, 0.5), reset_fresh_p99_us: quantile(fresh, 0.99), reset_cached_p50_us: quantile(cached, 0.5), reset_cached_p99_us: quantile(cached, 0.99) }
}

/** Forks at the present. */
export function measureForks(scenario: CompiledScenario): Record<string, number> {
  const script = recordScripts(scenario, 50, 'fork').reduce((a, b) => (b.actions.length > a.actions.length ? b : a))
  const episode = Episode.start(scenario, { seed: script.seed, task: script.task })
  for (const action of script.actions.slice(0, -1)) episode.step(action)
  const one = () => { for (let i = 0; i < 1000; i++) episode.fork() }
  const times = Array.from({ length: 20 }, () => time(one) / 1000)
  return { fork_us: median(times) }
}

/** One step of each of many live episodes with seeds of their own, in turn. */
export function measureLive(scenario: CompiledScenario, counts: readonly number[]): Record<string, number> {
  const out: Record<string, number> = {}
  for (const count of counts) {
    const scripts = recordScripts(scenario, count, `live ${count}`)
    const rounds: number[] = []
    for (let repeat = 0; repeat < Math.max(1, Math.floor(10_000 / count)); repeat++) {
      const live = scripts.map(({ seed, task, actions }) => ({ episode: Episode.start(scenario, { seed, task }), actions }))
      let steps = 0
      const spent = time(() => {
        for (let turn = 0; turn < 3; turn++) {
          for (const { episode, actions } of live) {
            if (episode.ended) continue
            episode.step(actions[episode.seq]!)
            steps++
          }
        }
      })
      rounds.push(spent / steps)
    }
    out[`live_${count}_step_us`] = median(rounds)
  }
  return out
}
