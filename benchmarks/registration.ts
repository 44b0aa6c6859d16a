/**
 * Step latency of a client while scenarios are registered, against the same client without: same run, interleaved.
 * `node benchmarks/registration.ts [--json] [--registrations 20]`; the scenario that is registered is retail under other names.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { WebSocket } from 'ws'
import { startChild } from './child.ts'
import { stepUntil, stopAfter, summarise } from './stepping.ts'
import { connect, request } from './wire-load.ts'
import { loadRetail, recordScripts } from './witness-script.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { json: { type: 'boolean' }, registrations: { type: 'string', default: '20' } } })
const REGISTRATIONS = Number(values.registrations)
const ROUNDS = Math.min(5, REGISTRATIONS)
/** Retail as a stranger would send it: its world with it, under a name of its own. */
function stranger(name: string): string {
  const scenario = readFileSync(join(ROOT, 'scenarios/retail.yaml'), 'utf8').replace(/^(kind: Scenario\n(?:#.*\n)*)name: retail$/m, `$1name: ${name}`)
  return `${readFileSync(join(ROOT, 'envs/retail/world.yaml'), 'utf8')}\n---\n${scenario}`
}

async function main(): Promise<void> {
  const scripts = recordScripts(loadRetail(), 200, 'registration')
  const data = mkdtempSync(join(tmpdir(), 'fractal-gym-'))
  const server = await startChild(['src/cli/launch.js', 'serve', '--port', '0', '--data', data], /ready at (ws:\S+)/)
  const quiet: number[] = []
  const busy: number[] = []
  const registered: number[] = []
  try {
    const [stepping, registering] = (await connect(`${server.match[1]}/v1/ws`, 2)) as [WebSocket, WebSocket]
    await stepUntil(stopAfter(2000), stepping, scripts, [])
    for (let round = 0; round < ROUNDS; round += 1) {
      const done = { now: false }
      const stepped = stepUntil(done, stepping, scripts, busy)
      const began = performance.now()
      for (let i = 0; i < REGISTRATIONS / ROUNDS; i += 1) {
        const from = performance.now()
        await request(registering, 'scenario/register', { source: stranger(`retail-${round}-${i}`) })
        registered.push(performance.now() - from)
      }
      const tookMs = performance.now() - began
      done.now = true
      await stepped
      await stepUntil(stopAfter(tookMs), stepping, scripts, quiet)
    }
    for (const socket of [stepping, registering]) socket.close()
  } finally {
    await server.stop()
    rmSync(data, { recursive: true })
  }
  const figures = { registrations: registered.length, registration_p50_ms: summarise(registered).p50_ms, without: summarise(quiet), during: summarise(busy) }
  if (values.json) console.log(JSON.stringify(figures, null, 2))
  else console.table({ without: figures.without, during: figures.during })
}

await main()
