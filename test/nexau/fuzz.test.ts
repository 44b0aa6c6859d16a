/** Whatever a foreign file holds, it comes back as a document or as remarks: nothing is thrown, nothing runs on, no secret gets out. */
import t from 'tap'
import { parse, stringify } from 'yaml'
import { Framework } from '../../protocol/spec/framework.ts'
import { type Loaded, type LoadOptions, loadFramework } from '../../src/nexau/load-framework.ts'
import { REMARK_LEVELS } from '../../src/nexau/remark.ts'
import { filesOf } from '../../src/nexau/source-files.ts'
import fc from '../property.ts'
import { ROOTS, TEXTS } from './fixture-files.ts'

const KEYS = ['name', 'tools', 'system_prompt', 'system_prompt_type', 'sub_agents', 'skills', 'context', 'agents', 'workflow', 'nodes', 'edges', 'from', 'to', 'condition', 'config_path', 'yaml_path', 'max_iterations', 'timeout', 'variables', 'global_storage', '__proto__', 'constructor', '', 'x y', '<<']
const TEXT = fc.oneof(fc.string(), fc.constantFrom('${env.X}', '${variables.a.b}', '${this_file_dir}', '../..', '/', '{{ x.y.z }}', '{% for i in range(9) %}', '{{ "a" * 99999999 }}', 'old/returns_clerk.yaml', '\u0000', '\ud800', 'gap/framework_config.yaml', 'jinja', 'xml', '<<', '*a', '&a'))
const VALUE = fc.oneof(TEXT, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(null, true, -1, 1e308, 0.5, [], {}, [null], [[]], [{}]))

/** Checks all that holds of whatever comes back. */
function sound({ framework, document, remarks }: Loaded): void {
  for (const { level, code, message, line, column } of remarks) {
    if (!REMARK_LEVELS.includes(level) || code === '' || message === '' || !(line >= 1) || !(column >= 1)) throw new Error(`remark: ${message}`)
  }
  if (framework === undefined && !remarks.some(({ level }) => level === 'error')) throw new Error('nothing came of it, and nothing is said')
  if (document !== undefined && !Framework.safeParse(document).success) throw new Error('no Framework')
  if (document !== undefined && JSON.stringify(parse(stringify(document))) !== JSON.stringify(document)) throw new Error('YAML does not give it back')
  if (/sk-fixture|fixture-token/.test(JSON.stringify([document ?? null, remarks]))) throw new Error('a secret got out')
}

const options = fc.record<LoadOptions>({ environment: fc.constantFrom<Record<string, string>>({}, { X: 'y: [1', LLM_MODEL: '{{ x }}' }), edges: fc.constantFrom('auto', 'order', 'calls') })

/** Every place in a value, as paths. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path]
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, Array.isArray(value) ? Number(key) : key]))]
}

function changed(value: unknown, [key, ...rest]: readonly (string | number)[], change: (at: unknown) => unknown): unknown {
  if (key === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? changed(item, rest, change) : item))
  return Object.fromEntries(Object.entries(value as object).map(([own, item]) => [own, own === key ? changed(item, rest, change) : item]))
}

t.test('values, keys and parts of the fixtures are changed', async (t) => {
  const files = Object.keys(TEXTS).filter((path) => path.endsWith('.yaml'))
  t.doesNotThrow(() => fc.assert(fc.property(fc.constantFrom(...ROOTS), fc.constantFrom(...files), fc.nat(), VALUE, fc.constantFrom(...KEYS), fc.nat(3), options, (root, file, at, value, key, how, given) => {
    const before: unknown = parse(TEXTS[file]!)
    const paths = pathsOf(before)
    const after = changed(before, paths[at % paths.length]!, (old) => {
      if (how === 0 || old === null || typeof old !== 'object') return value
      if (Array.isArray(old)) return how === 1 ? [...(old as unknown[]), value] : how === 2 ? old.slice(1) : [...(old as unknown[]), ...(old as unknown[])]
      return how === 1 ? { ...old, [key]: value } : how === 2 ? Object.fromEntries(Object.entries(old).slice(1)) : Object.fromEntries(Object.entries(old).map(([own, item], i) => [i === 0 ? key : own, item as unknown]))
    })
    sound(loadFramework(root, filesOf({ ...TEXTS, [file]: JSON.stringify(after) }), given))
  }), { numRuns: 1500 }))
})

t.test('texts of the fixtures are cut and filled with anything', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.constantFrom(...ROOTS), fc.constantFrom(...Object.keys(TEXTS)), fc.nat(), fc.nat(40), TEXT, options, (root, file, at, length, text, given) => {
    const before = TEXTS[file]!
    const from = at % (before.length + 1)
    sound(loadFramework(root, filesOf({ ...TEXTS, [file]: before.slice(0, from) + text + before.slice(from + length) }), given))
  }), { numRuns: 1500 }))
})

t.test('anything at all', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.oneof(fc.string(), VALUE.map((value) => JSON.stringify(value)), VALUE.map((value) => JSON.stringify({ agents: value, workflow: value })), VALUE.map((value) => JSON.stringify({ system_prompt: value, tools: value, sub_agents: value, skills: value, context: value }))), options, (text, given) => {
    sound(loadFramework('a.yaml', filesOf({ 'a.yaml': text }), given))
  }), { numRuns: 800 }))
})

t.test('sizes', async (t) => {
  const deep = `${'{a: '.repeat(200)}1${'}'.repeat(200)}`
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[i]}`).join()}]`).join('\n')}`
  for (const text of [deep, bomb, 'x'.repeat(700_000), `name: a\nsystem_prompt: "${'p'.repeat(60_000)}"`]) {
    const loaded = loadFramework('a.yaml', filesOf({ 'a.yaml': text }))
    sound(loaded)
    t.ok(loaded.remarks.some(({ level }) => level === 'error'))
  }
  const chain = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`a${i}.yaml`, `name: a${i}\nsystem_prompt: x\nsub_agents: [{name: a${i + 1}, config_path: a${i + 1}.yaml}]`]))
  const loaded = loadFramework('a0.yaml', filesOf(chain))
  sound(loaded)
  t.equal(Object.keys(loaded.framework!.agents).length, 300)
  t.match(loaded.remarks, [{ code: 'size', message: 'more than 300 agents' }])
})

t.test('a text that is no YAML is not quoted: it may hold a secret', async (t) => {
  const before = TEXTS['new/desk_lead.yaml']!
  const broken = before.replace('threshold: 0', 'threshold: 0{')
  t.not(broken, before)
  sound(loadFramework('new/desk_lead.yaml', filesOf({ ...TEXTS, 'new/desk_lead.yaml': broken }), { environment: {}, edges: 'auto' }))
})
