/** docs/mcp.md says what there is: parameters of the address, resources, options, and its example runs. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { mcpVerb } from '../../src/cli/verbs/mcp.ts'
import { LOBBY_TOOLS } from '../../src/server/mcp/lobby-tools.ts'
import { SEQ_KEY } from '../../protocol/mcp.ts'
import { RESOURCES } from '../../src/server/mcp/resource-address.ts'
import { targetOf } from '../../src/server/mcp/target.ts'
import { ROOT, shippedCatalogue } from '../checkout.ts'
import { mcpHouse } from '../server/mcp-house.ts'

const page = readFileSync(join(ROOT, 'docs/mcp.md'), 'utf8')

t.test('parameters, resources, tools and options are named', async (t) => {
  for (const name of [...Object.keys(RESOURCES), ...LOBBY_TOOLS.keys()]) t.ok(page.includes(name), name)
  t.ok(page.includes(`_meta["${SEQ_KEY}"]`))
  const [, also] = /Also (.*), as `env\/reset` has them/.exec(page)!
  const named = also!.match(/\w+/g)!
  const value: Record<string, string> = { intensity: '0.5', luck: '1', time: 'virtual', split: 'train', others: 'noop' }
  for (const name of named) t.equal(targetOf(new URL(`http://x/mcp?scenario=retail&seed=7&${name}=${value[name] ?? 'any'}`)).kind, 'scenario', name)
  for (const { long } of mcpVerb().options) if (!/endpoint|add|without/.test(long!)) t.ok(page.includes(long!), long!)
  const [, known] = /const KNOWN = \[(.*?)\]/.exec(readFileSync(join(ROOT, 'src/server/mcp/target.ts'), 'utf8'))!
  for (const name of known!.match(/'(\w+)'/g)!) t.ok(page.includes(name.slice(1, -1)), name)
})

t.test('the example plays', async (t) => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(page)!
  const home = await mcpHouse(t, { catalogue: shippedCatalogue() })
  // Imports are found from the checkout.
  const file = join(ROOT, `.tap/mcp-example-${process.pid}.ts`)
  writeFileSync(file, `${example!.replace('http://127.0.0.1:8765', home.origin)}console.log(JSON.stringify([tools.length, result]))\nawait client.close()\n`)
  t.teardown(() => rmSync(file))
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>])
  t.equal(code, 0, err)
  const [tools, result] = JSON.parse(out.trim().split('\n').at(-1)!) as [number, { isError?: boolean }]
  t.ok(tools > 5)
  t.notOk(result.isError)
})
