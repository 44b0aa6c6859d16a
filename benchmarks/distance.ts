/**
 * What shaping costs a step in process: the same actions under `none`, `progress` and `distance`, interleaved, each
 * step at the fastest of its rounds, since other work on the machine only adds; and how far the searches went.
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

/** Of each step of the scripts, by its place: the fastest time in milliseconds, and what was said of the shaping. */
type Times = Record<Shaping, Map<string, { ms: number; readonly fallback: string; readonly searched: boolean }>>

function time(scenario: CompiledScenario, script: Script, shaping: Shaping, into: Times): void {
  const episode = start(scenario, script, shaping)
  // The reset works out the distance of the start, once for all episodes of a task.
  void episode.info
  for (const [at, action] of script.actions.entries()) {
    if (episode.ended) break
    const before = episode.eventCount
    const begun = performance.now()
    const { info } = episode.step(action)
    const ms = performance.now() - begun
    const place = `${script.task} ${script.seed} ${at}`
    const known = into[shaping].get(place)
    const fallback = info.shaping ? info.shaping.fallback ?? 'distance' : 'end'
    const changed = episode.eventsFrom(before).some((event) => 'changes' in event && event.changes.length > 0)
    if (!known) into[shaping].set(place, { ms, fallback, searched: changed && (fallback === 'distance' || fallback === 'budget') })
    else known.ms = Math.min(known.ms, ms)
  }
}

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
      let fastest = Infinity
      let [states, tries] = [0, 0]
      for (let round = 0; round < Number(values.rounds); round++) {
        const begun = performance.now();
        ({ states, tries } = distanceFrom(model, stateOf(view), tools, STEP_BOUNDS))
        fastest = Math.min(fastest, performance.now() - begun)
      }
      found.ms.push(fastest)
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
  const times: Times = { none: new Map(), progress: new Map(), distance: new Map() }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const script of scripts) for (const shaping of SHAPINGS) time(scenario, script, shaping, times)
  }
  const searches = measureSearches(scenario, scripts)
  const [ms, states, tries] = [searches.ms, searches.states, searches.tries].map(sortedUp) as [number[], number[], number[]]
  const steps = [...times.distance.values()].filter(({ fallback }) => fallback !== 'end')
  const share = (wanted: string) => Math.round((1000 * steps.filter(({ fallback }) => fallback === wanted).length) / steps.length) / 10
  const all = (shaping: Shaping) => [...times[shaping].values()].map((step) => step.ms)
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length)
  const searched = sortedUp([...times.distance.values()].filter((step) => step.searched).map((step) => step.ms))
  return {
    scenario: scenario.name, episodes: scripts.length, steps: steps.length, searches: ms.length,
    step_us: { none: micros(median(all('none'))), progress: micros(median(all('progress'))), distance: micros(median(all('distance'))) },
    mean_us: { none: micros(mean(all('none'))), progress: micros(mean(all('progress'))), distance: micros(mean(all('distance'))) },
    search_us: { median: micros(percentile(ms, 0.5)), p95: micros(percentile(ms, 0.95)), most: micros(ms.at(-1) ?? 0) },
    searched_step_us: { median: micros(percentile(searched, 0.5)), p95: micros(percentile(searched, 0.95)), most: micros(searched.at(-1) ?? 0) },
    states: { median: percentile(states, 0.5), p95: percentile(states, 0.95), most: states.at(-1) ?? 0 },
    tries: { median: percentile(tries, 0.5), p95: percentile(tries, 0.95), most: tries.at(-1) ?? 0 },
    percent: { distance: share('distance'), no_writes: share('no_writes'), no_plan: share('no_plan'), budget: share('budget') },
  }
})

if (values.json) console.log(JSON.stringify(report))
else for (const { scenario, ...figures } of report) console.log(`${scenario}: ${JSON.stringify(figures)}`)
