/** `fractal-gym dynamics` as it is run: the list, one profile as text, JSON and SVG, and what is wrong with a command. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run as runHere } from '../../src/cli/program.ts'
import { type Element, readXml } from '../read-xml.ts'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/launch.js')
const QUICK = ['--draws', '40', '--episodes', '10']

type Run = { code: number | null; out: string; err: string }

function run(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: ROOT, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

async function usage(...args: string[]): Promise<Run> {
  let [out, err] = ['', '']
  const code = await runHere(args, { writeOut: (text) => { out += text }, writeErr: (text) => { err += text } })
  return { code, out, err }
}

const named = (elements: readonly Element[], key: string): string[] => elements.flatMap(({ attributes }) => attributes[key] ?? [])

t.test('without a profile all are listed', async (t) => {
  const { code, out } = run('dynamics')
  t.equal(code, 0)
  t.match(out, /PROFILE +ENTRIES +KINDS OF +WHAT IT IS/)
  t.match(out, /clean \* +1 +latency +Every call works/)
  t.match(out, /flaky +6 +latency rate_limit error timeout +A back end on a bad day/)
  t.match(out, /\* what retail is played under/)
  const list = JSON.parse(run('dynamics', '--json', '--scenario', 'phone').out) as { name: string; default: boolean; entries: number; families: string[]; description: string }[]
  t.match(list.find(({ name }) => name === 'realistic'), { default: false, entries: 5, families: ['latency', 'rate_limit', 'error', 'timeout'], description: /busy day/ })
  t.match(list.find(({ name }) => name === 'none'), { entries: 0, families: [] })
})

t.test('a profile in the terminal', async (t) => {
  const { code, out } = run('dynamics', 'flaky', '--seed', '7', ...QUICK)
  t.equal(code, 0)
  t.notOk(out.includes('\u001b'), 'no colour into a pipe')
  t.match(out, /^flaky on retail@[0-9a-f]{8}\n/)
  t.match(out, /lost +timeout\.post_commit +writes +40% of calls +post_commit, pre_commit +transport +read_back\n +deadline_ms 8000, committed 0\.8/)
  t.match(out, /TOOL +P50 +P90 +P99 +MEAN +\|.*\nreads\ncheck_stock +\d+ ms/)
  t.match(out, /hiccup +\d+ calls +\d+ +[\d.]+% +100% +█/)
  t.match(out, /robust +100% +1\.000/)
  t.match(out, /Seed 7 by robust +task notes_on_pending[\s\S]*! add_order_note +▓+ hiccup \(error\.abort\)[\s\S]*it happened, lost \(timeout\.post_commit\)[\s\S]*reward 1, success; finished/)
  t.match(out, /Seed 7 by naive[\s\S]*reward 0; finished/)
  t.equal(run('dynamics', 'flaky', '--seed', '7', ...QUICK).out, out, 'the same each time')
  const one = run('dynamics', 'flaky', '--seed', '7', ...QUICK, '--policy', 'noop', '--intensity', '0.5', '--without', 'lost', '--add', '{"id": "slow", "kind": "latency.constant", "ms": 900}')
  t.match(one.out, /^flaky on retail@[0-9a-f]{8}, intensity 0\.5, changed\n[\s\S]*slow +latency\.constant[\s\S]*hiccup +error\.abort +all calls +5% of calls/)
  t.notMatch(one.out, /^lost |by robust/m)
  t.match(run('dynamics', 'none', ...QUICK).out, /Entries\n.*\n\nnone\n[\s\S]*No call takes any time/)
})

t.test('a profile as JSON', async (t) => {
  const { code, out } = run('dynamics', 'realistic', '--scenario', 'test/fixtures/shop.yaml', '--json', ...QUICK)
  t.equal(code, 0)
  t.match(JSON.parse(out), {
    scenario: /^shop@[0-9a-f]{64}$/, profile: 'realistic', intensity: 1, changed: false,
    entries: [{ id: 'read-latency', phase: [], recovery: [] }, { id: 'write-latency' }, { id: 'limit', recovery: ['wait'] }, { id: 'busy', when: '3% of calls' }, { id: 'lost', unable: false }],
    latency: { draws: 40, tools: [{ tool: 'get_order', effect: 'read', p50: Number, p90: Number, p99: Number, mean: Number, histogram: { counts: Array } }, { effect: 'write' }] },
    trials: [{ policy: 'robust', episodes: 10, successes: 10, env_errors: 0, entries: Array }, { policy: 'naive' }],
    timelines: [{ policy: 'robust', seed: 0, reward: 1, calls: [{ at: 0, tool: String, outcome: String }] }, { policy: 'naive' }],
  })
})

t.test('a profile as SVG: well-formed, with its marks, and nothing outside the page', async (t) => {
  const folder = t.testdir({})
  for (const [scenario, profile] of [['retail', 'flaky'], ['retail', 'latency'], ['phone', 'hostile'], ['retail', 'none']] as const) {
    const file = join(folder, `${profile}.svg`)
    const { code, err, out } = run('dynamics', profile, '--scenario', scenario, '--seed', '7', ...QUICK, '--svg', file, '--json')
    t.equal(code, 0)
    t.match(err, /drawn in /)
    const json = JSON.parse(out)
    const svg = readFileSync(file, 'utf8')
    t.notMatch(svg, /NaN|undefined|Infinity|https?:\/\/(?!www\.w3\.org\/2000\/svg)|<script|<image/, 'self-contained')
    const elements = readXml(svg)
    t.same(named(elements, 'data-policy'), ['robust', 'naive'])
    t.same(named(elements, 'data-tool'), profile === 'none' ? [] : json.latency.tools.map(({ tool }: { tool: string }) => tool))
    const faults = json.entries.filter(({ phase, kind }: { phase: string[]; kind: string }) => phase.length || kind === 'deadline').map(({ id }: { id: string }) => id)
    t.same(named(elements, 'data-entry').toSorted(), faults.toSorted())
    t.equal(named(elements, 'data-call').length, json.timelines.reduce((sum: number, { calls }: { calls: object[] }) => sum + calls.length, 0))
    const [page] = elements
    t.equal(page!.name, 'svg')
    const texts = elements.filter(({ name }) => name === 'text').map(({ text }) => text)
    for (const wanted of ['Latency of each tool', 'virtual time since the start', ...(faults.length ? ['share of what an entry is about', 'Episodes that succeed'] : [])]) t.ok(texts.includes(wanted), wanted)
    for (const { attributes } of elements.filter(({ name }) => name === 'rect')) t.ok(Number(attributes.width) >= 0 && Number(attributes.x ?? 0) + Number(attributes.width) <= 1280, JSON.stringify(attributes))
  }
})

t.test('what is wrong with a command', async (t) => {
  t.match(await usage('dynamics', '--help'), { code: 0, out: /Example:\n {2}\$ fractal-gym dynamics/ })
  t.match(run('dynamics', 'flakey'), { code: 2, err: /retail has no dynamics profile 'flakey'; did you mean flaky\?/ })
  t.match(run('dynamics', 'zzzzzz'), { code: 2, err: /there are: .*clean.*realistic/ })
  t.match(run('dynamics', 'flaky', '--scenario', 'retial'), { code: 1, err: /did you mean retail/ })
  t.match(run('dynamics', 'flaky', '--task', 'cancel_ordr'), { code: 1, err: /GYM_UNKNOWN_TASK/ })
  t.match(run('dynamics', 'flaky', '--without', 'lst'), { code: 1, err: /no entry 'lst'; did you mean lost\?/ })
  t.match(run('dynamics', 'flaky', '--add', '{"id": "x", "kind": "latency.constnt"}'), { code: 1, err: /options\.dynamics\.add\.0\.kind: there is no kind 'latency\.constnt'; did you mean latency\.constant\?/ })
  t.match(run('dynamics', 'flaky', ...QUICK, '--svg', '/nowhere/x.svg'), { code: 1, err: /ENOENT/ })
  t.match(await usage('dynamics', '--svg', 'x.svg'), { code: 2 })
  t.match(await usage('dynamics', 'flaky', '--intensity', '2'), { code: 2, err: /0 to 1/ })
  t.match(await usage('dynamics', 'flaky', '--policy', 'genius'), { code: 2, err: /robust/ })
  t.match(await usage('dynamics', 'flaky', '--add', 'nonsense'), { code: 2, err: /entry in JSON/ })
  t.match(await usage('dynamics', 'flaky', '--draws', '1'), { code: 2, err: /whole number/ })
})
