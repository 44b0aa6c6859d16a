/** `fractal-gym import` and `show` as they are run. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { Framework } from '../../protocol/spec/framework.ts'
import { readXml } from '../read-xml.ts'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/launch.js')
const FOLDER = 'test/fixtures/nexau'

type Run = { code: number | null; out: string; err: string }

function run(args: readonly string[], { cwd = ROOT, env = {} }: { cwd?: string; env?: Record<string, string> } = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8', env: { ...process.env, ...env } })
  return { code: status, out: stdout, err: stderr }
}

t.test('import: document to stdout, remarks to stderr, exit codes', async (t) => {
  const old = run(['import', `${FOLDER}/old/returns_clerk.yaml`])
  t.equal(old.code, 0)
  t.ok(Framework.parse(parse(old.out)))
  t.match(old.err, /^test\/fixtures\/nexau\/old\/returns_clerk\.yaml:3:1: warning: 'max_context' is an old name of 'max_context_tokens' \(old_name\)$/m)
  t.match(old.err, /\n0 errors, 5 warnings, 7 notes\n$/)
  const bound = run(['import', `${FOLDER}/old/returns_clerk.yaml`, '--world', 'retail', '--json'])
  t.equal(bound.code, 1)
  t.match(JSON.parse(bound.out), { ok: false, framework: { root: 'returns_clerk' }, remarks: Array })
  t.match((JSON.parse(bound.out) as { remarks: object[] }).remarks.at(-1), { level: 'error', code: 'tool', file: `${FOLDER}/old/returns_clerk.yaml`, line: 19, message: /no tool 'issue_refund'/ })
  const out = join(t.testdir({}), 'f.yaml')
  t.match(run(['import', `${FOLDER}/new/desk_lead.yaml`, '-o', out, '--json', '--env', 'MODEL_NAME'], { env: { MODEL_NAME: 'm' } }), { code: 0, err: `written to ${out}\n` })
  t.ok(Framework.parse(parse(readFileSync(out, 'utf8'))))
  t.match(run(['show', out]), { code: 0, out: /desk_lead {2}3 tools · 2 skills · 1 deferred · asks the user/ })
  t.match(run(['import', `${FOLDER}/wrong.yaml`]), { code: 1, out: '', err: /unknown_key\); expected .*; did you mean system_prompt\?[^]*not imported\n$/ })
  t.match(run(['import', 'nowhere.yaml']), { code: 1, err: /'nowhere\.yaml' is not there/ })
  t.match(run(['import', `${FOLDER}/wrong.yaml`, '--world', 'retial']), { code: 1, err: /no world is called retial; did you mean retail\?/ })
  t.match(run(['import']), { code: 2 })
  t.match(run(['import', 'x.yaml', '--env', 'a b']), { code: 2, err: /name of a variable/ })
  t.match(run(['import', 'x.yaml', '--edges', 'sideways']), { code: 2, err: /auto, order, calls/ })
  t.match(run(['import', '--help']), { code: 0, out: /Example:\n {2}\$ fractal-gym import/ })
})

t.test('import: of the environment only what is named, of the disk only what is below', async (t) => {
  const cwd = t.testdir({ 'inside': { 'a.yaml': 'name: a\nsystem_prompt: "${env.SECRET_WORD} ${env.OPEN_WORD}"\nskills: [./link, ../out]' }, 'out': { 'SKILL.md': '---\nname: o\ndescription: d\n---\nhidden text' } })
  symlinkSync(join(cwd, 'out'), join(cwd, 'inside/link'))
  const env = { SECRET_WORD: 'hush', OPEN_WORD: 'hello' }
  const closed = run(['import', 'a.yaml', '--env', 'OPEN_WORD', '--json'], { cwd: join(cwd, 'inside'), env })
  t.notMatch(closed.out + closed.err, /hush|hidden text/)
  t.match(closed.out, 'hello')
  t.match((JSON.parse(closed.out) as { remarks: { code: string; message: string }[] }).remarks.map(({ message }) => message).join('\n'), /'SECRET_WORD' of the environment was not handed over[^]*'\.\/link\/SKILL.md' is not there[^]*'\.\.\/out\/SKILL.md' leads out of the folder/)
  t.match(run(['import', 'inside/a.yaml', '--env', 'OPEN_WORD', '--env', 'SECRET_WORD'], { cwd, env }), { code: 0, out: /hush hello[^]*hidden text/ })
  t.match(run(['import', 'inside/a.yaml', '--root', 'inside'], { cwd, env }), { code: 1, err: /^inside\/a\.yaml:3:/m })
  t.match(run(['import', 'inside/a.yaml', '--root', 'nowhere'], { cwd }), { code: 1, err: /nowhere: no such folder/ })
  mkdirSync(join(cwd, 'other'))
  t.match(run(['import', 'inside/a.yaml', '--root', 'other'], { cwd }), { code: 1, err: /is not below other/ })
})

t.test('show: scenarios, frameworks, spec files, foreign files', async (t) => {
  t.match(run(['show', 'retail']), { code: 0, out: /^retail-desk: 1 agent, 1 level\n[^]*clerk {2}\d+ tools · Serves customers/ })
  t.match(run(['show', 'retail-desk', '--tools']), { code: 0, out: /├─ · cancel_order\n/ })
  t.match(run(['show', 'scenarios/phone.yaml']), { code: 0, out: /^phone-desk: / })
  const json = run(['show', `${FOLDER}/gap/framework_config.yaml`, '--json'])
  t.equal(json.code, 1, 'it has errors')
  t.match(JSON.parse(json.out), { framework: { name: 'claim_desk', root: 'chief', levels: 3, agents: [{ name: 'chief', links: [{ to: 'searcher', kind: 'calls' }] }, { name: 'searcher' }, { name: 'judge' }] }, remarks: Array })
  t.match(run(['show', `${FOLDER}/hierarchy/main.yaml`]), { code: 0, out: /├─ researcher {2}1 tool · Finds sources\.\n│ {2}├─ reader {2}1 tool\n│ {2}├─ reviewer\n│ {2}└─ researcher ↺ {2}recursion\n└─ reviewer {2}shown above\n$/ })
  t.match(run(['show', `${FOLDER}/hierarchy/main.yaml`, '--mermaid']), { code: 0, out: /^flowchart LR\n {2}a0\["editor-in-chief<br\/>2 at once"\]\n/ })
  const out = join(t.testdir({}), 'f.svg')
  t.match(run(['show', `${FOLDER}/gap-order/framework_config.yaml`, '--svg', '-o', out]), { code: 0, out: '', err: `drawn in ${out}` })
  t.equal(readXml(readFileSync(out, 'utf8').trimEnd())[0]!.name, 'svg')
  t.match(run(['show', 'retial']), { code: 1, err: /no scenario and no framework is called retial; did you mean retail\?/ })
  t.match(run(['show', 'retail', '--svg', '--mermaid']), { code: 2, err: /cannot be used with/ })
  t.match(run(['show', 'envs/retail/world.yaml']), { code: 1, err: /holds no framework and no scenario/ })
  const broken = join(t.testdir({}), 'x.yaml')
  writeFileSync(broken, '[')
  t.match(run(['show', broken]), { code: 1, err: /nothing to show/ })
})
