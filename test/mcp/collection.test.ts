/** The servers that ship as worlds: all of them can be read, and say where they come from. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import type { World } from '../../protocol/spec/world.ts'
import { collectedFiles, collectedWorlds } from '../../src/cli/tool-collection.ts'
import { embeddedFiles } from '../../src/cli/embedded-catalogue.ts'
import { embeddedDocument, embeddedNames } from '../../src/cli/find-document.ts'
import { readDocuments } from '../../src/spec/read-documents.ts'
import { checkInput } from '../../src/world/check-input.ts'
import { compileInput } from '../../src/world/input.ts'
import { Site } from '../../src/world/site.ts'

const ROOT = join(import.meta.dirname, '../..')
const FREE = /^(MIT|Apache-2\.0|BSD-[23]-Clause|ISC)$/
const files = globSync('envs/mcp/*.yaml', { cwd: ROOT }).toSorted()
const worlds = files.map((file) => {
  const { documents, complaints } = readDocuments({ file, text: readFileSync(join(ROOT, file), 'utf8') })
  return { file, complaints, kinds: documents.map(({ kind }) => kind), world: documents[0]?.spec as World }
})

t.test('each is one world with its source', async (t) => {
  for (const { file, complaints, kinds, world } of worlds) {
    t.same(complaints, [], file)
    t.same(kinds, ['World'])
    const name = basename(file, '.yaml')
    t.equal(world.name, `mcp-${name}`)
    t.equal(world.server!.name, name)
    t.match(world.server!.package, /^(@[\w-]+\/)?[\w.-]+@\d+(\.\d+)+$/, 'what was installed, and its version')
    t.match(world.server!.license, FREE)
    t.match(world.server!.homepage, /^https:\/\//)
  }
})

t.test('at least 100 tools of at least 8 servers, each with a sentence and arguments that can be read', async (t) => {
  const tools = worlds.flatMap(({ world }) => Object.entries(world.tools).map(([name, tool]) => ({ id: `${world.server!.package} ${tool.served}`, name, tool })))
  t.equal(new Set(tools.map(({ id }) => id)).size, tools.length, 'none twice')
  for (const { id, tool } of tools) {
    const site = new Site([], [])
    checkInput(tool.input, site)
    t.same(site.findings, [], id)
    compileInput(tool.input)
    t.match(tool.description, /^[A-Z][^\n]{5,250}\.$/, `${id}: a sentence`)
  }
  t.ok(worlds.length >= 8 && tools.length >= 100)
  t.comment(`${tools.length} tools of ${worlds.length} servers`)
})

t.test('no sentence of others: what stands beside arguments are facts', async (t) => {
  const facts = /^(Takes [a-z ]+\.)? ?(Format: [\w-]+\.)? ?(Default: .*\.)?$/
  const look = (value: unknown, isOutput: boolean): void => {
    if (value === null || typeof value !== 'object') return
    const { title, description } = value as Record<string, unknown>
    if (typeof title === 'string') t.fail(`a title: ${title}`)
    if (typeof description === 'string' && (isOutput || !facts.test(description))) t.fail(`a sentence: ${description}`)
    for (const inner of Object.values(value)) look(inner, isOutput)
  }
  for (const { world } of worlds) for (const { input, output } of Object.values(world.tools)) {
    look(input, false)
    look(output, true)
  }
})

t.test('they are read when somebody names them', async (t) => {
  t.same(collectedWorlds(), worlds.map(({ world }) => world.name))
  const scenarios = embeddedFiles('scenarios').map(({ text }) => text).join('\n')
  for (const { file } of embeddedFiles('envs')) if (file.startsWith('envs/mcp/')) t.ok(scenarios.includes(`mcp-${basename(file, '.yaml')}`), `${file} is named by a scenario`)
  t.same(collectedFiles(['world: mcp-git\n', 'mcp-nothing mcp-../../x']).map(({ file }) => file), ['envs/mcp/git.yaml'])
  t.match(embeddedDocument('World', 'mcp-git'), { kind: 'World', spec: { name: 'mcp-git' } })
  t.ok(embeddedNames('World').includes('mcp-git'))
})

t.test('the page about them has the same figures', async (t) => {
  const page = readFileSync(join(ROOT, 'docs/tools-import.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `mcp-')).map((line) => line.split('|').slice(1, 6).map((cell) => cell.trim()))
  t.same(rows, worlds.map(({ world: { name, server, tools } }) => {
    const at = server!.package!.lastIndexOf('@')
    return [`\`${name}\``, server!.package!.slice(0, at), server!.package!.slice(at + 1), server!.license, String(Object.keys(tools).length)]
  }))
  const total = worlds.reduce((sum, { world }) => sum + Object.keys(world.tools).length, 0)
  t.match(page, `holds ${total} tools of ${worlds.length} servers`)
})
