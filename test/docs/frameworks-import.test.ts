/** docs/frameworks-import.md: what it shows is what the commands print, and every code and key is named. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AGENT_KEYS, TOOL_ENTRY_KEYS, TOOL_FILE_KEYS } from '../../src/nexau/key-tables.ts'
import { ROOT } from '../checkout.ts'

const page = readFileSync(join(ROOT, 'docs/frameworks-import.md'), 'utf8')
const MAIN = join(ROOT, 'src/cli/launch.js')

t.test('the commands print what the page shows', async (t) => {
  const blocks = [...page.matchAll(/^```console\n\$ npx fractal-gym (.*)\n([^]*?)^```$/gm)]
  t.equal(blocks.length, 4)
  for (const [, line, shown] of blocks) {
    const [command] = line!.split(/ \| | 2>/)
    const { stdout, stderr } = spawnSync(process.execPath, [MAIN, ...command!.split(' ')], { cwd: ROOT, encoding: 'utf8' })
    if (line!.includes('| jq')) {
      const { expected: _, ...last } = (JSON.parse(stdout) as { remarks: Record<string, unknown>[] }).remarks.at(-1)!
      t.equal(`${JSON.stringify(last)}\n`, shown)
    } else t.equal(line!.includes('2>/dev/null') ? stdout : stdout + stderr, shown, command!)
  }
})

t.test('every code of a remark is named, and every key that is known', async (t) => {
  const sources = globSync('src/nexau/**/*.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n')
  const codes = new Set([...sources.matchAll(/remarks\.(?:error|warn|note)\('(\w+)'|\.add\([^']*'(?:error|warning|note)', '(\w+)'/g)].map(([, one, other]) => one ?? other!))
  t.ok(codes.size > 20)
  for (const code of codes) t.ok(page.includes(`\`${code}\``), code)
  for (const { known, old = {}, unsupported = {} } of [AGENT_KEYS, TOOL_ENTRY_KEYS, TOOL_FILE_KEYS]) {
    const internal = new Set(['name', 'description', 'yaml_path', 'input_schema', 'type', 'source_id', 'builtin', 'llm_api_type', 'retry_attempts'])
    for (const key of [...known, ...Object.keys(old), ...Object.keys(unsupported)]) if (!internal.has(key) && !/hooks$|^formatter$|^tracers$|^plugins$|^middlewares$/.test(key)) t.ok(page.includes(key), key)
  }
})
