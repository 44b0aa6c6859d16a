/**
 * A server over stdio that is slow and fails, by keyed draws: some calls are busy, some hang, some items are not there.
 * Arguments: seed, and by how much its time runs faster than that of what it stands for.
 */
import { Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { chance, keyOf } from '../../src/core/keyed.ts'
import { compileDistribution, deviate } from '../../src/dynamics/distribution.ts'

const [seed = '1', speed = '5'] = process.argv.slice(2)

/** Log-normal within 20 to 2,000 ms; a cache that mostly answers at once; writes. */
const LATENCY = {
  search: compileDistribution({ p50: 180, p99: 1900, cap: 2000 }),
  fetch: compileDistribution({ quantiles: [[0.01, 20], [0.6, 40], [0.7, 60], [0.75, 500], [0.99, 1400]] }),
  book: compileDistribution({ p50: 420, p99: 1800, cap: 2000 }),
}
type Tool = keyof typeof LATENCY
const tool = (name: Tool, readOnlyHint: boolean) => ({ name, description: `The tool ${name}.`, inputSchema: { type: 'object' as const, properties: { item: { type: 'string' } } }, annotations: { readOnlyHint } })
const says = (text: string, isError = false) => ({ content: [{ type: 'text' as const, text }], isError })

let calls = 0
/** Waits to the tenth of a millisecond: timers are coarse. */
async function pass(ms: number): Promise<void> {
  const until = performance.now() + ms
  if (ms > 2) await new Promise((resolve) => setTimeout(resolve, ms - 1.5))
  while (performance.now() < until) await new Promise(setImmediate)
}

serveStdio(() => {
  const server = new Server({ name: 'slow-server', version: '1.0.0' }, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/list', () => ({ tools: [tool('search', true), tool('fetch', true), tool('book', false)] }))
  server.setRequestHandler('tools/call', async ({ params }) => {
    const key = keyOf(['slow', Number(seed), calls++])
    const name = params.name as Tool
    const { item = '' } = params.arguments as { item?: string }
    await pass(Math.max(20, LATENCY[name](deviate(key, 1))) / Number(speed))
    if (chance(key, 0.01, 2)) await new Promise(() => {})
    if (chance(key, 0.035, 3)) return says('503 Service temporarily unavailable, try again later', true)
    if (chance(key, 0.015, 4)) return says('429 Too many requests', true)
    if (item.endsWith('7')) return says(`No item '${item}'`, true)
    return says(JSON.stringify({ tool: name, item, rows: [item, `${item}-a`] }))
  })
  return server
})
