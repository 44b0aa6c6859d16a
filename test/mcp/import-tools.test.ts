/** Tools of a server as a World document. */
import t from 'tap'
import { parse } from 'yaml'
import type { ServerTool } from '../../protocol/cassette.ts'
import { World } from '../../protocol/spec/world.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { importTools, printImported } from '../../src/mcp/import-tools.ts'
import { readDocuments } from '../../src/spec/read-documents.ts'

const server = { name: 'Odd Server', package: '@scope/odd@1.2.3', license: 'MIT', homepage: 'https://example.com' }
const tool = (name: string, more: Partial<ServerTool> = {}): ServerTool => ({ name, description: `About ${name}.`, inputSchema: { type: 'object', properties: { q: { type: 'string', description: 'Words.' } } }, ...more })
const said = (tools: readonly ServerTool[], describe?: Record<string, string>): string[] => importTools({ server, tools, describe }).remarks.map(({ path, message }) => `${path}: ${message}`)
const annotated = (name: string, annotations: NonNullable<ServerTool['annotations']>): ServerTool => tool(name, { annotations })

t.test('a world with the names, hints, types and sentences of the server', async (t) => {
  const imported = importTools({ server, tools: [annotated('look', { readOnlyHint: true, destructiveHint: true, idempotentHint: true }), annotated('put', { destructiveHint: false, idempotentHint: true }), tool('drop', { outputSchema: { type: 'object', properties: { ok: {} } } })] })
  const world = World.parse(imported.world)
  t.equal(world.name, 'mcp-odd-server')
  t.match(world.server, { ...server, name: 'odd-server', unseen: 'error' })
  t.match(world.tools, {
    look: { effect: 'read', idempotent: false, destructive: false, served: 'look', description: 'About look.' },
    put: { effect: 'write', idempotent: true, destructive: false },
    drop: { effect: 'write', idempotent: false, destructive: true, output: { type: 'object', properties: { ok: {} } } },
  })
  t.same(world.tools.look!.input, { type: 'object', properties: { q: { type: 'string', description: 'Words.' } } })
  const text = printImported(imported, 'theirs')
  t.match(text, /^# Tools of @scope\/odd@1\.2\.3 \(MIT\) https:\/\/example\.com\n# as its server lists them/)
  t.same(World.parse(parse(text)), world, 'the text says the same, down to empty mappings')
  t.same(readDocuments({ file: 'odd.yaml', text }).complaints, [])
  t.same(said([tool('drop')]), [': 1 of 1 tools do not say whether they write: they are taken as writes that may destroy something'])
})

t.test('a schema as deep as any gives a document that can be read', async (t) => {
  const nested = (kind: 'object' | 'array', depth: number): Record<string, unknown> => (depth === 0 ? { type: 'string' } : kind === 'object' ? { type: 'object', properties: { a: nested(kind, depth - 1) } } : { type: 'array', items: nested(kind, depth - 1) })
  for (const kind of ['object', 'array'] as const) for (const depth of [15, 20, 25, 39, 60, 1000]) {
    const imported = importTools({ server, tools: [tool('deep', { inputSchema: { type: 'object', properties: { top: nested(kind, depth) } }, outputSchema: nested(kind, depth) })] })
    t.same(compileCatalogue([{ file: 'deep.yaml', text: printImported(imported, 'theirs') }]).complaints, [], `${kind} ${depth}`)
  }
})

t.test('names are ours, each once', async (t) => {
  const tools = ['getItem', 'get-item', 'get_item', 'finish', 'finish_tool', 'API-Get', '3d', '¿?', 'constructor', 'x'.repeat(90), 'Üb.er'].map((name) => annotated(name, { readOnlyHint: true }))
  const { world } = importTools({ server, tools })
  t.same(Object.entries(world.tools).map(([name, { served }]) => [served, name]), [
    ['getItem', 'get_item'], ['get-item', 'get_item_2'], ['get_item', 'get_item_3'], ['finish', 'finish_tool'], ['finish_tool', 'finish_tool_2'], ['API-Get', 'api_get'], ['3d', 'd'], ['¿?', 'tool'],
    ['constructor', 'constructor_tool'], ['x'.repeat(90), 'x'.repeat(64)], ['Üb.er', 'ub_er'],
  ])
  World.parse(world)
  t.match(said(tools), ['getItem: called get_item: names are in lower snake case here', "get-item: called get_item_2: 'get_item' is taken", "get_item: called get_item_3: 'get_item' is taken", "finish: called finish_tool: 'finish' is reserved"])
  t.match(said([tool('a'), tool('a')]), ['a: the server lists a second tool of this name: it is left out'])
})

t.test('with sentences of our own there is none of the server', async (t) => {
  const theirs = 'Their sentence'
  const tools = [annotated('a', { readOnlyHint: true, title: theirs }), tool('b', { title: theirs, description: theirs, annotations: { readOnlyHint: true },
    inputSchema: { type: 'object', title: theirs, description: theirs, $comment: theirs, properties: { description: { type: 'string', description: theirs, title: theirs, examples: [theirs] }, list: { type: 'array', items: { anyOf: [{ type: 'string', description: theirs }, { type: 'null' }] } } }, required: ['description'] },
    outputSchema: { type: 'object', description: theirs, properties: { title: { type: 'string', title: theirs, description: theirs }, description: { enum: ['x'], examples: [theirs] } }, required: ['title'] } })]
  const imported = importTools({ server, tools, describe: { a: 'Ours about a.', zebra: 'Nobody.' } })
  t.notMatch(printImported(imported, 'own'), theirs)
  t.match(imported.world.tools, { a: { description: 'Ours about a.' }, b: { description: 'b', input: { properties: { description: { type: 'string' } }, required: ['description'] } } })
  t.same(imported.world.tools.b!.output, { type: 'object', properties: { title: { type: 'string' }, description: { enum: ['x'] } }, required: ['title'] })
  t.same(imported.remarks.map(({ path, message }) => `${path}: ${message}`), ['b: no sentence of ours describes it: its name stands for one', ": the server has no tool 'zebra'"])
})

t.test('whatever a server sends becomes a document', async (t) => {
  let deep: unknown = 1
  for (let i = 0; i < 5000; i++) deep = { properties: { a: deep } }
  const hostile = JSON.parse('{"__proto__": {"type": "string"}, "minimum": 1e400, "maximum": 1e20, "enum": [1e20, 1], "properties": {"__proto__": {"type": "string"}}}') as Record<string, unknown>
  const tools = [tool('long', { description: `${'x'.repeat(1999)}😀` }), tool('deep', { outputSchema: deep as never }), tool('hostile', { inputSchema: hostile, outputSchema: hostile }), tool('wide', { outputSchema: { list: Array.from({ length: 9000 }, () => 1) } }), tool('control', { description: 'a\u0000b\u001b[31m\ud800 # x: y\n  - z', inputSchema: { type: 'object', properties: { a: { type: 'string', default: '\u0007: {' } } } }), tool('empty', { description: '  ' }), tool('__proto__'), tool('x\n#y', { description: undefined as never })]
  const imported = importTools({ server: { name: '\n\u0000', package: 'p\n# q: r' }, tools })
  const world = World.parse(imported.world)
  t.equal(Object.keys(world.tools).length, tools.length)
  t.ok(world.tools.long!.description.length <= 2000)
  const { documents, complaints } = readDocuments({ file: 'odd.yaml', text: printImported(imported, 'theirs') })
  t.same(complaints, [])
  t.same(documents[0]!.spec, world)
  t.match(imported.remarks.map(({ path, message }) => `${path}: ${message}`).join('\n'), /long: its description is cut[^]*deep: the schema of its result is too large[^]*wide: the schema of its result is too large[^]*empty: the server does not describe it/)
  t.equal(importTools({ server, tools: [] }).remarks.length, 0)
})

t.test('a scenario may use the world', async (t) => {
  const text = printImported(importTools({ server, tools: [annotated('look', { readOnlyHint: true })] }), 'theirs')
  const { complaints } = compileCatalogue([{ file: 'w.yaml', text }])
  t.same(complaints, [])
})
