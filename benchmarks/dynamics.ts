/**
 * What dynamics cost a step in process, against no dynamics at all: the same calls, interleaved in pairs.
 *   node benchmarks/dynamics.ts [--json] [--pairs 30] [--profiles clean,realistic,flaky,hostile] [--scenario retail|all]
 */
import { parseArgs } from 'node:util'
import type { Action } from '../protocol/action.ts'
import { embeddedScenario } from '../src/cli/embedded-catalogue.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { createPolicy } from '../src/policy/builtin.ts'
import { median } from './engine.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean' }, pairs: { type: 'string', default: '30' }, profiles: { type: 'string', default: 'clean,realistic,flaky,hostile' }, scenario: { type: 'string', default: 'retail' } } })
const scenario = embeddedScenario(values.scenario) as CompiledScenario
const EPISODES = 150
const TURNS = 12
/** Entries that change names or arguments: where they are on, the same calls would be rejected, which is cheap. */
const FORMS = ['schema.drift', 'tools.list_changed', 'conflict.optimistic_lock']

type Script = { readonly seed: number; readonly task: string; readonly luck: number; readonly actions: readonly Action[] }

const start = (script: Pick<Script, 'seed' | 'task' | 'luck'>, dynamics: string) => Episode.start(scenario, { seed: script.seed, task: script.task, options: { luck: script.luck, dynamics } })

/** Whether the tools look under a profile as they do without one, but for optional arguments. */
function looksThe(script: Pick<Script, 'seed' | 'task' | 'luck'>, dynamics: string): boolean {
  const form = start(script, dynamics).presentation()
  return !form || [...form.real.values()].every(({ by }) => !by.some(({ spec }) => FORMS.includes(spec.kind)))
}

/** Calls of the oracle and, in a third of the episodes, valid calls of the random policy; one a turn. */
function record(): Script[] {
  const tasks = [...scenario.tasks.keys()]
  const profiles = values.profiles.split(',')
  const scripts: Script[] = []
  for (let i = 0; scripts.length < EPISODES; i++) {
    const script = { seed: word53(keyOf(['dynamics', i % 50])), task: tasks[i % tasks.length]!, luck: word53(keyOf(['luck', i])) }
    try {
      if (!profiles.every((profile) => looksThe(script, profile))) continue
      const episode = start(script, 'none')
      const policy = createPolicy(i % 3 ? 'oracle' : 'random', episode, i)!
      const actions: Action[] = []
      while (!episode.ended && actions.length < TURNS) {
        const action = policy.act(episode.observation)
        const name = (action.tool_calls?.[0] as { name?: string } | undefined)?.name
        // What ends the episode, or waits, is no call of a tool.
        if (name && scenario.world.tools.has(name)) {
          actions.push(action)
          episode.step(action)
        } else episode.step({ tool_calls: [{ name: 'wait', arguments: { ms: 1 } }] })
      }
      scripts.push({ ...script, actions })
    } catch {
      // A seed without this task.
    }
  }
  return scripts
}

const scripts = record()

/** Microseconds a step. */
function timeSteps(dynamics: string): number {
  const live = scripts.map((script) => ({ episode: start(script, dynamics), script }))
  let steps = 0
  const began = performance.now()
  for (const { episode, script } of live) {
    for (const action of script.actions) {
      if (episode.ended) break
      episode.step(action)
      steps++
    }
  }
  return ((performance.now() - began) * 1000) / steps
}

/** Share of calls with a fault. */
function faultShare(dynamics: string): number {
  let [calls, faulted] = [0, 0]
  for (const script of scripts) {
    const episode = start(script, dynamics)
    for (const action of script.actions) if (!episode.ended) episode.step(action)
    for (const event of episode.events()) if (event.type === 'call') {
      calls++
      if (event.faults.length) faulted++
    }
  }
  return faulted / calls
}

/** 95% interval of the median by order statistics. */
function interval(sorted: readonly number[]): [number, number] {
  const n = sorted.length
  const half = 0.98 * Math.sqrt(n)
  return [sorted[Math.max(0, Math.floor(n / 2 - half))]!, sorted[Math.min(n - 1, Math.ceil(n / 2 + half))]!]
}

const rows = values.profiles.split(',').map((profile) => {
  for (let i = 0; i < 150; i++) timeSteps(i % 2 ? profile : 'none')
  const pairs = Array.from({ length: Number(values.pairs) }, (_, i) => (i % 2 ? [timeSteps(profile), timeSteps('none')] as const : ([timeSteps('none'), timeSteps(profile)].reverse() as [number, number])))
  const ratios = pairs.map(([with_, without]) => with_ / without).sort((a, b) => a - b)
  const [low, high] = interval(ratios)
  return { profile, none_us: median(pairs.map(([, b]) => b)), profile_us: median(pairs.map(([a]) => a)), cost: median(ratios) - 1, low: low - 1, high: high - 1, calls_with_faults: faultShare(profile) }
})

if (values.json) console.log(JSON.stringify({ scenario: scenario.name, pairs: Number(values.pairs), rows }))
else {
  console.log(`${scenario.name}: the same ${scripts.reduce((sum, { actions }) => sum + actions.length, 0)} calls, ${values.pairs} interleaved pairs`)
  console.table(rows.map((row) => ({ profile: row.profile, 'none us': row.none_us.toFixed(2), 'us': row.profile_us.toFixed(2), 'cost': `${(row.cost * 100).toFixed(1)}%`, '95% interval': `${(row.low * 100).toFixed(1)}% to ${(row.high * 100).toFixed(1)}%`, 'calls with faults': `${(row.calls_with_faults * 100).toFixed(0)}%` })))
}
