/** `fractal-gym generate` and `sample` over generated scenarios: files that are what they say, errors that help. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import t from 'tap'
import { printDocuments } from '../../src/spec/print-documents.ts'
import { ROOT } from '../checkout.ts'

function run(args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'src/cli/launch.js'), ...args], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, FRACTAL_GYM_TOKEN: '' } })
  return { code: status, out: stdout, err: stderr }
}

/** The smallest there is: what is written is also admitted, which is most of the work. */
const SMALL = ['depth=1', 'tools=2', 'joins=0', 'lifecycle=2'].flatMap((axis) => ['--axis', axis])

const SENTENCE = 'a clinic that books, reschedules and bills appointments; three layers; flaky network'

t.test('a sentence and a seed write a spec that is admitted as it stands', async (t) => {
  const one = join(t.testdir(), 'one.yaml')
  t.match(run(['generate', SENTENCE, '--seed', '7', '-o', one]), { code: 0, err: /tables, \d+ tools, \d+ agents, \d+ tasks/ })
  const text = readFileSync(one, 'utf8')
  t.match(text, /^# Generated from seed 7 and\n# gen:1\/any\?s=/)
  t.match(text, /appointments:/)
  t.match(run(['validate', one, '--seeds', '2']), { code: 0, out: /^ok / })
  t.match(run(['generate', SENTENCE, '-o', one]), { code: 1, err: /--force/ })
  t.match(run(['generate', SENTENCE, '--reference']), { code: 0, out: /^gen:1\/any\?s=a%20clinic/ })
})

t.test('the same bytes each time: neither place, language nor time of the machine shows', async (t) => {
  const texts = [{ TZ: 'Asia/Tokyo', LC_ALL: 'tr_TR.UTF-8' }, { TZ: 'America/St_Johns', LC_ALL: 'C' }].map((env) => {
    const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'src/cli/launch.js'), 'generate', 'an island ferry company that INVITES inspectors', ...SMALL, '--seed', '11'], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...env } })
    t.equal(status, 0)
    return stdout
  })
  t.ok(texts[0]!.length > 1000)
  t.equal(texts[0], texts[1])
})

t.test('what is left out of a printed document is filled in again', async (t) => {
  t.equal(printDocuments([{ value: { way: { branch: {}, else: 'desk' }, after: [], tags: [], weight: 1 } }]), 'way:\n  branch: {}\n  else: desk\nafter: []\n')
})

t.test('mistakes are usage errors with the nearest name', async (t) => {
  t.match(run(['generate', 'a shop', '--axis', 'depht=3']), { code: 2, err: /depth/ })
  t.match(run(['generate', 'a shop', '--axis', 'depth=99']), { code: 1, err: /from 1 to 8/ })
  t.match(run(['generate', '--theme', 'clinik']), { code: 1, err: /clinic/ })
  t.match(run(['sample', '--distribution', 'no-such-file.yaml']), { code: 1, err: /no-such-file/ })
})

t.test('datasets hold what a reset needs', async (t) => {
  const folder = t.testdir()
  const [lines, parquet] = [join(folder, 'rows.jsonl'), join(folder, 'rows.parquet')]
  t.match(run(['sample', 'gen:1/any?depth=2', '--count', '3', '--split', 'train', '--jsonl', lines, '--parquet', parquet]), { code: 0, err: /3 rows/ })
  const rows = readFileSync(lines, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  t.equal(rows.length, 3)
  t.ok(rows.every(({ scenario, prompt, tools, group, split }) => scenario.startsWith('gen:1/any?depth=2@') && prompt.length && tools.length && group && split === 'train'))
  t.ok(existsSync(parquet))
  const bytes = readFileSync(parquet)
  const read = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer })
  t.same(read.map(({ scenario, seed, prompt }) => ({ scenario, seed: Number(seed), prompt: JSON.parse(prompt as string) })), rows.map(({ scenario, seed, prompt }) => ({ scenario, seed, prompt })))
})
