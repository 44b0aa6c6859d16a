/**
 * What shaping costs a step in process: the same actions under `none`, `progress` and `distance`, interleaved; and how
 * far the searches for distances went.
 *   node benchmarks/distance.ts [--json] [--rounds 5] [--seeds 4] [--scenario retail|all]
 */
import { parseArgs } from 'node:util'
import type { Action } from '../protocol/action.ts'
import { SHAPINGS } from '../protocol/identity.ts'
import { embeddedCatalogue } from '../src/cli/embedded-catalogue.ts'
import { STEP_BOUNDS } from '../src/compile/shaping.ts'
import { GymError } from '../src/core/gym-error.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { createPolicy } from '../src/policy/builtin.ts'
import { distanceFrom } from '../src/search/distance.ts'
import { modelOf, stateOf } from '../src/search/model.ts'
import { writeTools } from '../src/search/repair.ts'
import { median } from './engine.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '5' }, seeds: { type: 'string', default: '4' }, scenario: { type: 'string', default: 'all' } } })

type Script = { readonly seed: number; readonly task: string; readonly actions: readonly Action[] }
type Shaping = (typeof SHAPINGS)[number]

const start = (scenario: CompiledScenario, { seed, task }: Omit<Script, 'actions'>, shaping: Shaping) => Episode.start(scenario, { seed, task, options: { shaping, dynamics: 'clean' } })

/** The oracle's actions; in two thirds of the episodes valid calls of the random policy between them, which do damage. */
function record(scenario: CompiledScenario): Script[] {
  const scripts: Script[] = []
  for (const [t, task] of [...scenario.tasks.keys()].entries()) {
    for (let i = 0; i < Number(values.seeds); i++) {
      const seed = word53(keyOf(['distance', i]))
      try {
        const episode = start(scenario, { seed, task }, 'none')
        const [oracle, random] = [createPolicy('oracle', episode)!, createPolicy('random', episode, i)!]
        const actions: Action[] = []
        while (!episode.ended && actions.length < 25) {
          const action = ((i + t) % 3 && actions.length % 2 ? random : oracle).act(episode.observation)
          actions.push(action)
          episode.step(action)
        }
        scripts.push({ seed, task, actions })
      } catch (error) {
        // A seed without this task.
        if (!(error instanceof GymError)) throw error
      }
    }
  }
  return scripts
}

const percentile = (sorted: readonly number[], p: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0

/** Milliseconds of each step; of `distance` those after which the search was made anew apart. */
function time(scenario: CompiledScenario, script: Script, shaping: Shaping, into: Times): void {
  const episode = start(scenario, script, shaping)
  // The reset works out the distance of the start, once for all episodes of a task.
  void episode.info
  for (const action of script.actions) {
    if (episode.ended) break
    const before = episode.eventCount
    const begun = performance.now()
    const { info } = episode.step(action)
    const ms = performance.now() - begun
    into.steps[shaping].push(ms)
    if (shaping !== 'distance' || !info.shaping) continue
    into.fallbacks[info.shaping.fallback ?? 'none'] = (into.fallbacks[info.shaping.fallback ?? 'none'] ?? 0) + 1
    if (info.shaping.fallback !== 'no_writes' && episode.eventsFrom(before).some((event) => 'changes' in event && event.changes.length > 0)) into.searched.push(ms)
  }
}

type Times = { readonly steps: Record<Shaping, number[]>; readonly searched: number[]; readonly fallbacks: Record<string, number> }

/** States, calls tried and milliseconds of the searches alone. */
function measureSearches(scenario: CompiledScenario, scripts: readonly Script[]): { readonly ms: number[]; readonly states: number[]; readonly tries: number[] } {
  const found = { ms: [] as number[], states: [] as number[], tries: [] as number[] }
  const tools = writeTools(scenario.world, scenario.root.tools)
  for (const script of scripts) {
    const episode = start(scenario, script, 'none')
    for (const action of script.actions) {
      if (episode.ended) break
      const before = episode.eventCount
      episode.step(action)
      if (episode.ended || !episode.eventsFrom(before).some((event) => 'changes' in event && event.changes.length > 0)) continue
      const { view } = episode
      const model = modelOf(view)
      if (!model?.script.deeds.length) continue
      const begun = performance.now()
      const { states, tries } = distanceFrom(model, stateOf(view), tools, STEP_BOUNDS)
      found.ms.push(performance.now() - begun)
      found.states.push(states)
      found.tries.push(tries)
    }
  }
  return found
}

const sortedUp = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)
const micros = (ms: number) => Math.round(ms * 1000)

const report = embeddedCatalogue().list().filter(({ name }) => values.scenario === 'all' || values.scenario === name).map((scenario) => {
  const scripts = record(scenario)
  const times: Times = { steps: { none: [], progress: [], distance: [] }, searched: [], fallbacks: {} }
  for (let round = -1; round < Number(values.rounds); round++) {
    // The first round warms up.
    const into: Times = round < 0 ? { steps: { none: [], progress: [], distance: [] }, searched: [], fallbacks: {} } : times
    for (const script of scripts) for (const shaping of SHAPINGS) time(scenario, script, shaping, into)
  }
  const searches = measureSearches(scenario, scripts)
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / Math.max(1, all.length)
  const [ms, searched, states, tries] = [searches.ms, times.searched, searches.states, searches.tries].map(sortedUp) as [number[], number[], number[], number[]]
  const told = Object.values(times.fallbacks).reduce((sum, one) => sum + one, 0)
  const share = (fallback: string) => Math.round((1000 * (times.fallbacks[fallback] ?? 0)) / told) / 10
  return {
    scenario: scenario.name, episodes: scripts.length, searches: ms.length,
    step_us: { none: micros(median(times.steps.none)), progress: micros(median(times.steps.progress)), distance: micros(median(times.steps.distance)) },
    mean_us: { none: micros(mean(times.steps.none)), progress: micros(mean(times.steps.progress)), distance: micros(mean(times.steps.distance)) },
    search_us: { median: micros(percentile(ms, 0.5)), p95: micros(percentile(ms, 0.95)), most: micros(ms.at(-1) ?? 0) },
    searched_step_us: { median: micros(percentile(searched, 0.5)), p99: micros(percentile(searched, 0.99)), most: micros(searched.at(-1) ?? 0) },
    states: { median: percentile(states, 0.5), p95: percentile(states, 0.95), most: states.at(-1) ?? 0 },
    tries: { median: percentile(tries, 0.5), p95: percentile(tries, 0.95), most: tries.at(-1) ?? 0 },
    fallback_percent: { no_writes: share('no_writes'), no_plan: share('no_plan'), budget: share('budget') },
  }
})

if (values.json) console.log(JSON.stringify(report))
else for (const { scenario, ...figures } of report) console.log(`${scenario}: ${JSON.stringify(figures)}`)
