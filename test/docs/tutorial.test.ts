/** The tutorial as a reader does it: each block is added to the file, each command is run, each line it shows is printed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../checkout.ts'

const tutorial = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8')
const blocks = [...tutorial.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language: language!, text: text! }))

/** A folder in which `fractal-gym` is a command. */
function workplace(folder: string): (command: string) => string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'fractal-gym'), `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'src/cli/launch.js')}" "$@"\n`)
  chmodSync(join(bin, 'fractal-gym'), 0o755)
  return (command) => {
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8', env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } })
    return stdout + stderr
  }
}

const ADDRESS = 'ws://127.0.0.1:8765'

/** A server on a free port. */
async function serve(data: string): Promise<{ address: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/launch.js'), 'serve', '--port', '0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const hear = (chunk: Buffer) => { text += chunk.toString() }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  for (;;) {
    const address = /ws:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]
    if (address) return { address, child }
    if (child.exitCode !== null) throw new Error(text)
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'exit')])
  }
}

t.setTimeout(180_000)
t.test('every block of the tutorial', { timeout: 180_000 }, async (t) => {
  const folder = t.testdir({})
  const run = workplace(folder)
  const file = join(folder, 'bikes.yaml')
  let commands = 0
  let server: { address: string; child: ChildProcess } | undefined
  t.teardown(() => server?.child.kill())
  for (const { language, text } of blocks) {
    if (language === 'yaml') appendFileSync(file, text)
    if (language !== 'console') continue
    if (text.includes(ADDRESS)) server ??= await serve(join(folder, 'data'))
    let out = ''
    for (const line of text.trim().split('\n')) {
      if (line.startsWith('$ ')) {
        out = run(line.slice(2).replace(ADDRESS, server?.address ?? '')).replaceAll(/ {2,}/g, ' ')
        commands++
      } else t.ok(out.includes(line), line, { out })
    }
  }
  t.ok(commands >= 6, 'there are commands')
})
