/** The tutorial as a reader does it: each block is added to the file, each command is run, each line it shows is printed. */
import { spawnSync } from 'node:child_process'
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

t.test('every block of the tutorial', async (t) => {
  const folder = t.testdir({})
  const run = workplace(folder)
  const file = join(folder, 'bikes.yaml')
  let commands = 0
  for (const { language, text } of blocks) {
    if (language === 'yaml') appendFileSync(file, text)
    if (language !== 'console' || text.includes('SERVER')) continue
    let out = ''
    for (const line of text.trim().split('\n')) {
      if (line.startsWith('$ ')) {
        out = run(line.slice(2)).replaceAll(/ {2,}/g, ' ')
        commands++
      } else t.ok(out.includes(line), line, { out })
    }
  }
  t.ok(commands >= 5, 'there are commands')
})
