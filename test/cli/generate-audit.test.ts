/** `fractal-gym generate --audit`: the short form of the report that is committed under docs/, over the first 60 draws. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../checkout.ts'
import { readXml } from '../read-xml.ts'

const DRAWS = 60
/** What is said of a run by a clock is the only thing that differs. */
const SPEED = /## Speed[^]*$/

function audit(folder: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(ROOT, 'src/cli/launch.js'), 'generate', '--audit', String(DRAWS), '-o', folder], { cwd: ROOT, encoding: 'utf8' })
}

t.test('60 draws: all that must hold does, and the page says so with its plots', async (t) => {
  const folder = t.testdir()
  const { status, stdout, stderr } = audit(folder)
  t.equal(status, 0, stderr)
  t.match(stdout, /\| seeds that give a scenario \| 60 of 60 \| all \| holds \|/)
  t.notMatch(stdout, /does not hold/)
  t.same(readdirSync(folder).toSorted(), ['README.md', 'difficulty.svg', 'diversity.svg', 'requests.svg', 'teams.svg'])
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.svg'))) t.doesNotThrow(() => readXml(readFileSync(join(folder, name), 'utf8')), name)
  const page = readFileSync(join(folder, 'README.md'), 'utf8')
  t.match(page, SPEED)
  t.notMatch(page.replace(SPEED, ''), /\d ms\b/)
})

t.test('the report that is committed is whole, and of this generator', async (t) => {
  const page = readFileSync(join(ROOT, 'docs/generation-report/README.md'), 'utf8')
  t.match(page, /^# Generation, audited over 10000 draws/)
  t.match(page, /All that must hold does\./)
  t.notMatch(page, /does not hold|too few draws/)
  for (const [, name] of page.matchAll(/\]\((\w+\.svg)\)/g)) t.doesNotThrow(() => readXml(readFileSync(join(ROOT, 'docs/generation-report', name!), 'utf8')), name)
})
