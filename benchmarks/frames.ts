/**
 * What a hierarchy costs: steps of the witness through a team against the same witness played by one agent.
 *   node benchmarks/frames.ts [--rounds 15] [--json]
 * Both play the same tasks and seeds in turns, interleaved; what is compared is the time of an engine step, of all
 * frames, and of a whole episode.
 */
import { parseArgs } from 'node:util'
import type { Action } from '../protocol/action.ts'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { teamPolicy } from '../src/policy/play-team.ts'
import { shippedFiles } from '../test/checkout.ts'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' }, json: { type: 'boolean' } } })
const rounds = Number(values.rounds)
const EPISODES = 200

const file = fileURLToPath(new URL('../test/fixtures/teams.yaml', import.meta.url))
const { catalogue, complaints } = compileCatalogue([{ file, text: readFileSync(file, 'utf8') }], {}, shippedFiles())
if (complaints.length) throw new Error(complaints[0]!.message)

type Script = { readonly seed: number; readonly task: string; readonly actions: readonly Action[] }

/** Plays by the oracle and keeps what it did, so that no policy is in what is measured. */
function scriptsOf(scenario: CompiledScenario): Script[] {
  const [task] = [...scenario.tasks.keys()]
  return Array.from({ length: EPISODES }, (_, seed) => {
    const episode = Episode.start(scenario, { seed, task: task!, options: { learner: 'all' } })
    const policy = teamPolicy(episode, () => 'oracle')
    const actions: Action[] = []
    while (!episode.ended) {
      const action = policy.act(episode.observation)
      actions.push(action)
      episode.step(action)
    }
    if (episode.last.reward !== 1) throw new Error(`${scenario.name} seed ${seed} scores ${episode.last.reward}`)
    return { seed, task: task!, actions }
  })
}

/** Microseconds for a step, the last one with its verdict left out, and steps. */
function measure(scenario: CompiledScenario, scripts: readonly Script[]): { us: number; steps: number } {
  let steps = 0
  let spent = 0
  for (const { seed, task, actions } of scripts) {
    const episode = Episode.start(scenario, { seed, task, options: { learner: 'all' } })
    const began = performance.now()
    for (const action of actions.slice(0, -1)) episode.step(action)
    spent += performance.now() - began
    steps += actions.length - 1
    episode.step(actions.at(-1)!)
  }
  return { us: (spent * 1000) / steps, steps }
}

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[list.length >> 1]!
const flat = catalogue.find('flat')!
const flatScripts = scriptsOf(flat)
const figures = ['hierarchy', 'relay', 'pipeline', 'blackboard'].map((name) => {
  const team = catalogue.find(name)!
  const scripts = scriptsOf(team)
  const ratios: number[] = []
  let fastest = { flat: Infinity, team: Infinity }
  for (let round = 0; round < rounds; round++) {
    const [one, other] = [measure(flat, flatScripts).us, measure(team, scripts).us]
    ratios.push(other / one)
    fastest = { flat: Math.min(fastest.flat, one), team: Math.min(fastest.team, other) }
  }
  return { name, ratio: Number(median(ratios).toFixed(2)), flat_us: Number(fastest.flat.toFixed(1)), team_us: Number(fastest.team.toFixed(1)), turns: { flat: flatScripts[0]!.actions.length, team: scripts[0]!.actions.length } }
})
console.log(values.json ? JSON.stringify(figures) : figures)
