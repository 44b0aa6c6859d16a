/**
 * The figures of docs/performance.md: steps, resets, forks, memory, the wire against a raw echo, and what durability costs.
 *   node benchmarks/steps.ts [--json] [--rounds 7] [--short]
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureDurability, measureReturn } from './durability.ts'
import { measureForks, measureLive, measureResets, measureSteps } from './engine.ts'
import { measureResetsMeanwhile, measureWire } from './wire.ts'
import { loadRetail } from './witness-script.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean' }, short: { type: 'boolean' }, rounds: { type: 'string', default: '7' } } })
const rounds = values.short ? 1 : Number(values.rounds)
const steps = values.short ? 3000 : 16_000

function say(name: string, figures: unknown): void {
  if (!values.json) console.log(name, figures)
}

const scenario = loadRetail()
const wire = []
for (const [connections, batch] of [[16, 1], [128, 1], [16, 32]] as const) {
  const figures = await measureWire(connections, batch, rounds, steps * (batch > 1 ? 2 : 1))
  say(`wire, ${connections} connections${batch > 1 ? `, batches of ${batch}` : ''}:`, figures)
  wire.push(figures)
}
const meanwhile = await measureResetsMeanwhile()
say('resets of fresh seeds while 16 connections step:', meanwhile)
const durability = await measureDurability(16, 1, rounds, steps / 2)
say('durability, 16 connections:', durability.modes)
const returned = await measureReturn(20, 50)
say('resume of an episode of 20 turns after a kill:', returned)
const engine = { ...measureSteps(scenario), ...measureResets(scenario), ...measureForks(scenario) }
say('engine, in process:', engine)
const live = measureLive(scenario, values.short ? [100, 1000] : [100, 1000, 10_000])
say('step cost by live episodes:', live)
const memory = JSON.parse(execFileSync(process.execPath, ['--expose-gc', fileURLToPath(new URL('./memory.ts', import.meta.url))], { encoding: 'utf8' })) as unknown
say('memory:', memory)
if (values.json) console.log(JSON.stringify({ wire, meanwhile, durability, returned, engine, live, memory }, null, 2))
