import t from 'tap'
import type { ServedAnswer, ServerTool } from '../../protocol/cassette.ts'
import { stateAfter, stateId } from '../../src/core/state-id.ts'
import { ANSWER_LIMITS, answerOf, CUT_NOTE, failedAnswer } from '../../src/mcp/answer-of.ts'
import { mergeCassettes, NotMergeable } from '../../src/mcp/merge-cassettes.ts'
import { CASSETTE_LIMITS, readCassette } from '../../src/spec/read-cassette.ts'
import { Tape } from '../../src/mcp/tape.ts'
import { writeCassette } from '../../src/mcp/write-cassette.ts'
import fc from '../property.ts'

const SERVER = { name: 'shelf', version: '1.0.0' }
const TOOLS: ServerTool[] = [
  { name: 'look', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'put', inputSchema: { type: 'object' } },
]
const says = (json: string): ServedAnswer => ({ json })

function recorded() {
  const tape = new Tape(SERVER, TOOLS)
  tape.add({ tool: 'look', arguments: {}, answer: says('empty'), ms: 1.23456 })
  tape.add({ tool: 'put', arguments: { b: 1, a: 2 }, answer: says('done'), ms: 3 })
  tape.add({ tool: 'look', arguments: {}, answer: says('one'), ms: 1 })
  tape.add({ tool: 'look', arguments: {}, answer: says('empty'), ms: 1 })
  return tape
}

t.test('answers of results', async (t) => {
  t.same(answerOf({ content: [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }] }), { json: 'a\nb' })
  t.same(answerOf({ content: [{ type: 'text', text: 'no' }], isError: true }), { json: 'no', is_error: true })
  const image = { type: 'image', mimeType: 'image/png', data: Buffer.alloc(1234).toString('base64') }
  t.same(answerOf({ content: [{ type: 'text', text: 'see' }, image] }), { json: 'see\n[image image/png, 1234 bytes]', blocks: [{ type: 'text', text: 'see' }, image] })
  t.same(answerOf({ content: [], structuredContent: { n: 1 } }), { json: '{"n":1}', structured: { n: 1 } })
  t.same(answerOf({ content: [{ type: 'resource_link', uri: 'file:///x' }] }).json, '[resource file:///x]')
  t.same(answerOf({ content: [{ type: 'resource', resource: { uri: 'u:1', text: 'hello' } }] }).json, '[resource u:1]\nhello')
  const long = answerOf({ content: [{ type: 'text', text: `${'x'.repeat(ANSWER_LIMITS.characters - 1)}😀tail` }] })
  t.match(long.json, /x\n\[cut here: 6 more characters\]$/, 'between characters, and says how much')
  t.match(long.json, CUT_NOTE)
  const huge = answerOf({ content: [{ type: 'audio', mimeType: 'audio/wav', data: 'A'.repeat(300_000) }], structuredContent: { text: 'y'.repeat(300_000) } })
  t.notOk(huge.blocks ?? huge.structured)
  t.match(huge.json, /^\[audio audio\/wav, 225000 bytes\]\n\[left out: content of 30\d+ bytes\]\n\[left out: structured content of 30\d+ bytes\]$/)
  let deep: unknown = 1
  for (let i = 0; i < 1000; i++) deep = [deep]
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const trap = new Proxy({}, { ownKeys: () => { throw new Error('no') }, getPrototypeOf: () => Object.prototype, get: () => { throw new Error('no') } })
  for (const bad of [undefined, null, 1, 'x', [], {}, { content: 'x' }, { content: [1] }, { content: [{ type: 'text' }] }, { content: [{ type: 'text', text: 1 }] }, { content: [], isError: 'no' }, { content: [], structuredContent: [] },
    { content: [], structuredContent: { n: NaN } }, { content: [{ type: 'text', text: '\ud800' }] }, { content: [], structuredContent: { deep } }, { content: [], structuredContent: JSON.parse('{"__proto__":1}') as object }, { content: [], structuredContent: cycle }, { content: [], structuredContent: { x: trap } }, trap,
    { content: Array.from({ length: 101 }, () => ({ type: 'text', text: '' })) }]) {
    const answer = answerOf(bad)
    t.equal(answer.failure, 'protocol')
    t.ok(answer.is_error)
  }
  t.same(failedAnswer('timeout', 'x\ud800'), { json: 'x\ufffd', is_error: true, failure: 'timeout' })
  const block = fc.oneof(fc.record({ type: fc.constantFrom('text', 'image', 'resource', 'resource_link', 'odd'), text: fc.string({ unit: 'binary' }), data: fc.base64String(), uri: fc.anything(), mimeType: fc.anything(), resource: fc.anything() }, { requiredKeys: ['type'] }), fc.anything())
  fc.assert(fc.property(fc.oneof(fc.anything(), fc.record({ content: fc.array(block), structuredContent: fc.anything(), isError: fc.anything() })), (result) => {
    const answer = answerOf(result)
    const tape = new Tape(SERVER, TOOLS)
    tape.add({ tool: 'look', arguments: {}, answer, ms: 1 })
    return 'cassette' in readCassette(writeCassette(tape.toCassette()))
  }), { numRuns: 500 })
})

t.test('a tape names states by the calls that led to them', async (t) => {
  const { start, calls, answers } = recorded().toCassette()
  const after = stateAfter('start', 'put', { a: 2, b: 1 })
  t.equal(start, 'start')
  t.same(calls.map(({ state, next }) => [state, next]), [['start', undefined], ['start', after], [after, undefined], [after, undefined]])
  t.same(answers, [says('empty'), says('done'), says('one')], 'each answer once')
  t.equal(calls[0]!.ms, 1.23)
  const tape = recorded()
  tape.restart()
  tape.add({ tool: 'put', arguments: {}, answer: failedAnswer('timeout', 'waited'), ms: 30_000 })
  tape.add({ tool: 'put', arguments: {}, answer: failedAnswer('protocol', 'no such argument'), ms: 1, refused: true })
  const [lost, refused] = tape.toCassette().calls.slice(-2)
  t.equal(lost!.state, 'start')
  t.not(lost!.next, stateAfter('start', 'put', {}), 'what follows a lost write is in a state of its own')
  t.equal(refused!.next, undefined)
  t.throws(() => tape.add({ tool: 'put', arguments: {}, answer: says(''), ms: 1, rows: {} }), RangeError)
})

t.test('or by rows', async (t) => {
  const rows = { files: [{ path: 'a' }] }
  const tape = new Tape(SERVER, TOOLS, {})
  tape.add({ tool: 'put', arguments: { a: 1 }, answer: says('ok'), ms: 1, rows })
  tape.add({ tool: 'put', arguments: { a: 1 }, answer: says('same'), ms: 1, rows })
  const cassette = tape.toCassette()
  t.same(Object.keys(cassette.states).sort(), [stateId({}), stateId(rows)].sort())
  t.same(cassette.calls.map(({ next }) => next), [stateId(rows), undefined])
  t.ok('cassette' in readCassette(writeCassette(cassette)))
})

t.test('text: equal recordings are equal bytes, a call a line', async (t) => {
  const text = writeCassette(recorded().toCassette())
  const read = readCassette(text)
  t.ok('cassette' in read && writeCassette(read.cassette) === text)
  t.equal(text.split('\n').filter((line) => line.includes('"tool":')).length, 4)
  const spelt = JSON.parse(text) as ReturnType<Tape['toCassette']>
  t.equal(writeCassette({ ...spelt, calls: spelt.calls.map((call) => Object.fromEntries(Object.entries(call).reverse()) as typeof call) }), text)
})

t.test('complaints say what and where', async (t) => {
  const good = recorded().toCassette()
  const wrong = (change: Record<string, unknown>): string[] => {
    const read = readCassette(JSON.stringify({ ...good, ...change }))
    return 'complaints' in read ? read.complaints.map(({ code, path }) => `${code} ${path}`) : []
  }
  t.same(wrong({}), [])
  t.same(wrong({ format: 'x' }), ['schema format'])
  t.same(wrong({ calls: good.calls.map((call) => ({ ...call, answer: 9 })) }).slice(0, 1), ['meaning calls.0.answer'])
  t.same(wrong({ calls: [{ ...good.calls[0], tool: 'gone' }] }), ['meaning calls.0.tool'])
  t.same(wrong({ calls: [{ ...good.calls[0], state: 'nowhere' }] }), ['meaning calls.0.state'])
  t.same(wrong({ start: 'x', states: { start: {} } }).slice(0, 1), ['meaning start'])
  t.same(wrong({ tools: [...TOOLS, TOOLS[0]] }), ['meaning tools'])
  const code = (text: string) => { const read = readCassette(text); return 'complaints' in read ? read.complaints[0]!.code : 'none' }
  t.equal(code('{'), 'json')
  t.equal(code('null'), 'schema')
  t.equal(code('"x'.padEnd(CASSETTE_LIMITS.bytes + 1, 'x')), 'size')
  t.equal(code(`{"calls":[${'['.repeat(5000)}${']'.repeat(5000)}]}`), 'json', 'deep')
  t.equal(code('{"answers":[{"json":{"__proto__":{"x":1}}}]}'), 'json')
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => 'complaints' in readCassette(text)))
})

t.test('merging', async (t) => {
  const one = recorded().toCassette()
  t.same(mergeCassettes([one]).cassette, one)
  const twice = mergeCassettes([one, one])
  t.same([twice.conflicts, twice.cassette.calls.length, twice.cassette.answers.length], [2, 8, 3], 'what differed within a recording counts for each of them')
  const other = new Tape(SERVER, [{ ...TOOLS[0]!, description: 'new' }, { name: 'more', inputSchema: {} }])
  other.add({ tool: 'look', arguments: {}, answer: says('full'), ms: 1 })
  const merged = mergeCassettes([one, other.toCassette()])
  t.same([merged.conflicts, merged.changedTools, merged.cassette.tools.map(({ name }) => name)], [2, ['look'], ['look', 'put', 'more']])
  t.ok('cassette' in readCassette(writeCassette(merged.cassette)))
  t.throws(() => mergeCassettes([]), NotMergeable)
  t.throws(() => mergeCassettes([one, new Tape({ ...SERVER, version: '2' }, TOOLS).toCassette()]), NotMergeable)
  t.throws(() => mergeCassettes([one, new Tape(SERVER, TOOLS, {}).toCassette()]), NotMergeable)
})
