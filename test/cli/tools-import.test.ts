/** `fractal-gym tools import` as it is run. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { World } from '../../protocol/spec/world.ts'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/launch.js')
const odd = (mode: string): string[] => ['--', process.execPath, join(ROOT, 'test/fixtures/odd-server.js'), mode]

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'tools', 'import', ...args], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, HIDDEN: 'hush', GIVEN: 'not this' } })
  return { code: status, out: stdout, err: stderr }
}

t.test('document to stdout, remarks to stderr; of the environment what is given', async (t) => {
  const { code, out, err } = run('--env', 'GIVEN=hello', ...odd('good'))
  t.equal(code, 0, err)
  const world = World.parse(parse(out))
  t.match(world, { name: 'mcp-odd-server', server: { package: 'Odd Server@1.2.3' }, tools: { get_item: { effect: 'read', served: 'getItem' }, finish_tool: {}, env: { description: 'hello none' } } })
  t.match(err, /^getItem: called get_item: .*\nfinish: called finish_tool: 'finish' is reserved\n2 of 3 tools do not say whether they write.*\n3 remarks, on 2 tools\n$/)
  t.match(run('--env', 'HIDDEN', ...odd('good')).out, /none hush/)
})

t.test('to a file, with a source and sentences of our own; from a world that has them', async (t) => {
  const folder = t.testdir({ 'words.yaml': 'getItem: Shows an item.\nfinish: Ends it.\nenv: Shows two variables.\n', 'wrong.yaml': 'getItem: [1]' })
  const [words, out] = [join(folder, 'words.yaml'), join(folder, 'odd.yaml')]
  const options = ['--name', 'odd', '--package', 'odd@1.0.0', '--license', 'MIT', '--homepage', 'https://example.com', '-o', out]
  t.match(run(...options, '--own-words', words, ...odd('good')), { code: 0, out: '', err: /3 tools written to .*odd\.yaml\n$/ })
  const text = readFileSync(out, 'utf8')
  t.match(World.parse(parse(text)), { name: 'mcp-odd', server: { package: 'odd@1.0.0', license: 'MIT' }, tools: { get_item: { description: 'Shows an item.' } } })
  t.notMatch(text, /Their/)
  t.match(run(...options, '--own-words', words, ...odd('good')), { code: 1, err: /odd\.yaml exists/ })
  t.match(run(...options, '--force', '--own-words', out, ...odd('good')), { code: 0 })
  t.equal(readFileSync(out, 'utf8'), text, 'the same again')
  t.match(run('--own-words', join(folder, 'wrong.yaml'), ...odd('good')), { code: 1, err: /wrong\.yaml: getItem: expected a sentence/ })
  writeFileSync(words, 'a: "')
  t.match(run('--own-words', words, ...odd('good')), { code: 1, err: /words\.yaml: line 1/ })
  t.match(run('--homepage', 'nowhere', ...odd('good')), { code: 1, err: /^[^]*not imported: server\.homepage/ })
})

t.test('a server that gives no list is an error with its reason', async (t) => {
  t.match(run(...odd('crash')), { code: 1, out: '', err: /no list of tools \(closed\): [^]*it wrote:\nno TOKEN was given\n$/ })
  t.match(run('--timeout', '1', ...odd('hangs')), { code: 1, err: /\(timeout\): / })
  t.match(run(...odd('none')), { code: 1, err: /\(protocol\): / })
  t.match(run('--url', 'http://127.0.0.1:9/mcp'), { code: 1, err: /\(closed\): / })
})

t.test('the command line', async (t) => {
  t.match(run(), { code: 2, err: /name one server/ })
  t.match(run('--url', 'http://127.0.0.1:9/mcp', ...odd('good')), { code: 2, err: /name one server/ })
  t.match(run('--url', 'file:///x'), { code: 2, err: /no URL of http/ })
  t.match(run('--env', 'A B', ...odd('good')), { code: 2, err: /NAME=VALUE/ })
  t.match(run('--env', 'NOT_SET_ANYWHERE', ...odd('good')), { code: 2, err: /NAME=VALUE/ })
  t.match(run('--name', 'Not A Name', ...odd('good')), { code: 2, err: /is no name/ })
  t.match(run('--timeout', 'soon', ...odd('good')), { code: 2 })
  t.match(run('--sideways'), { code: 2 })
  t.match(run('--help'), { code: 0, out: /Example:\n {2}\$ fractal-gym tools import/ })
})
