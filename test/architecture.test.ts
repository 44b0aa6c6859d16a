/** The house rules, re-derived from source text, so that weakening the linter's configuration weakens nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'

const ROOT = resolve(import.meta.dirname, '..')

/** What each room may import from, besides itself. `type:` allows `import type` alone. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  core: ['protocol'],
  spec: ['protocol', 'core'],
  world: ['protocol', 'core', 'spec'],
  dynamics: ['protocol', 'core', 'spec', 'world'],
  episode: ['protocol', 'core', 'spec', 'world', 'dynamics'],
  verify: ['protocol', 'core', 'spec', 'world', 'type:episode'],
  search: ['protocol', 'core', 'spec', 'world', 'type:episode'],
  policy: ['protocol', 'core', 'spec', 'world', 'dynamics', 'episode'],
  generate: ['protocol', 'core'],
  supply: ['protocol', 'core', 'spec', 'world', 'dynamics', 'episode', 'verify', 'search', 'compile', 'policy', 'admit', 'generate'],
  audit: ['protocol', 'core', 'spec', 'world', 'dynamics', 'episode', 'verify', 'search', 'compile', 'policy', 'admit', 'record', 'generate', 'supply', 'survey', 'statistics', 'sweep', 'plot'],
  compile: ['protocol', 'core', 'spec', 'world', 'dynamics', 'episode', 'verify', 'search'],
  admit: ['protocol', 'core', 'spec', 'world', 'dynamics', 'episode', 'verify', 'search', 'policy', 'compile', 'record'],
  record: ['protocol', 'core', 'episode'],
  survey: ['protocol', 'core', 'dynamics', 'episode', 'policy', 'record', 'statistics'],
  mcp: ['protocol', 'core', 'spec', 'world', 'dynamics', 'statistics'],
  llm: ['protocol', 'core'],
  nexau: ['protocol', 'core', 'spec'],
  diagram: ['protocol', 'core'],
  plot: [],
  statistics: ['core'],
  sweep: ['protocol', 'core', 'episode', 'policy', 'record', 'supply', 'survey', 'statistics', 'plot'],
  store: ['protocol', 'core'],
  registry: ['protocol', 'core', 'spec', 'episode', 'compile', 'admit', 'record', 'store'],
  server: ['protocol', 'core', 'spec', 'mcp', 'episode', 'policy', 'compile', 'record', 'llm', 'store', 'registry', 'generate', 'supply', 'sweep'],
  cli: ['protocol', 'core', 'spec', 'mcp', 'episode', 'policy', 'compile', 'admit', 'record', 'survey', 'llm', 'nexau', 'diagram', 'store', 'registry', 'generate', 'supply', 'audit', 'sweep', 'statistics', 'server'],
}
/** Rooms that may touch the machine: sockets, files, clocks. */
const OUTER = new Set(['server', 'cli'])
/** Rooms that touch the disk or threads but are handed their clock: what it may use beyond the pure modules. */
const NODE_MODULES_OF: Record<string, ReadonlySet<string>> = {
  store: new Set(['node:sqlite', 'node:fs', 'node:path', 'node:url', 'node:worker_threads', 'node:zlib']),
  registry: new Set(['node:os', 'node:worker_threads']),
}
/** Files that load a package when it is first needed. */
const LAZY = new Set(['src/world/faker-library.ts', 'src/generate/sentence-language.ts'])
const PURE_NODE_MODULES = new Set(['node:crypto', 'node:buffer'])
/** Only this room knows it. */
const OWNER_OF: Record<string, string> = { 'node:sqlite': 'store' }
/** Packages that only the outer rooms know. */
const OUTER_PACKAGES = /^(fastify|@fastify\/.*|ws|prom-client|commander|@msgpack\/.*)$/
const FORBIDDEN_TEXT: readonly [string, RegExp][] = [
  ['Math.random', /\bMath\s*\.\s*random\b|\{[^}]*\brandom\b[^}]*\}\s*=\s*Math\b/],
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date()', /\bnew\s+Date\s*(?:\(\s*\)|(?![\s(.\w]))/],
  ['a call of Date()', /(?<!new\s)(?<![.\w])Date\s*\(/],
  ['process', /\bprocess\s*\.\s*(env|hrtime|pid|argv|cwd|platform|memoryUsage)\b/],
  ['performance', /\bperformance\s*\./],
  ['a timer', /\b(setTimeout|setInterval|setImmediate)\s*\(/],
  ['Intl', /\bIntl\s*\./],
  ['locale', /\.\s*(localeCompare|toLocale\w*)\s*\(/],
  ['Math.exp, log or pow', /\bMath\s*\.\s*(exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan|sinh|cosh|tanh|cbrt|hypot)\b/],
  ['globalThis', /\bglobalThis\b/],
  ['require', /\brequire\s*\(|\bcreateRequire\b/],
  ['code from text', /\bnew\s+Function\b|\beval\s*\(/],
]
const MOST_LINES = 400

type Source = { readonly file: string; readonly room: string; readonly text: string; readonly code: string }
type Import = { readonly target: string; readonly typeOnly: boolean }

/** Comments blanked out, line by line, so that words in prose do not count. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/(^|[\s;{}(])\/\/.*$/gm, '$1')
}

function readSources(): Source[] {
  const folders = ['src', 'protocol']
  return folders.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const file = join(folder, name)
      const text = readFileSync(join(ROOT, file), 'utf8')
      return { file, room: folder === 'protocol' ? 'protocol' : name.split('/')[0]!, text, code: withoutComments(text) }
    }))
}

function importsOf(code: string): Import[] {
  const found: Import[] = []
  for (const match of code.matchAll(/\b(?:import|export)\b(?!\s*\()([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/g)) {
    found.push({ target: match[2]!, typeOnly: /^\s+type\b/.test(match[1]!) })
  }
  for (const match of code.matchAll(/\bimport\s*\(?\s*['"]([^'"]+)['"]/g)) found.push({ target: match[1]!, typeOnly: false })
  return found
}

/** The room a relative import leads into, or undefined for a package. */
function roomOf(file: string, target: string): string | undefined {
  if (!target.startsWith('.')) return undefined
  const path = relative(ROOT, resolve(ROOT, dirname(file), target)).split('/')
  return path[0] === 'protocol' ? 'protocol' : path[0] === 'src' ? path[1]! : `outside src: ${path.join('/')}`
}

function mayImport(room: string, target: string, typeOnly: boolean): boolean {
  const allowed = MAY_IMPORT[room]!
  return target === room || allowed.includes(target) || (typeOnly && allowed.includes(`type:${target}`))
}

/** What is wrong with one import, or undefined. */
function complaintAbout({ file, room }: Source, { target, typeOnly }: Import): string | undefined {
  const into = roomOf(file, target)
  if (into !== undefined) {
    if (!target.endsWith('.ts')) return `${file} imports ${target} without .ts`
    return mayImport(room, into, typeOnly) ? undefined : `${file}: ${room}/ may not import ${into}/ (${target})`
  }
  if (target in OWNER_OF && OWNER_OF[target] !== room) return `${file} imports ${target}, which only ${OWNER_OF[target]}/ knows`
  if (OUTER.has(room)) return undefined
  if (LAZY.has(file) && target === 'node:module') return undefined
  if (target.startsWith('node:')) return PURE_NODE_MODULES.has(target) || NODE_MODULES_OF[room]?.has(target) ? undefined : `${file} imports ${target}`
  return OUTER_PACKAGES.test(target) ? `${file} imports ${target}` : undefined
}

const sources = readSources()

t.test('every room is known, and every file is in one', async (t) => {
  t.ok(sources.length > 50, 'sources were found')
  for (const room of new Set(sources.map(({ room }) => room))) t.ok(room in MAY_IMPORT, `${room}/ is a room of the house`)
})

t.test('imports run one way', async (t) => {
  const complaints = sources.flatMap((source) => importsOf(source.code).map((each) => complaintAbout(source, each))).filter((each) => each !== undefined)
  t.same(complaints, [])
})

t.test('properties are drawn from the seed that test/property.ts sets', async (t) => {
  const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && name !== 'property.ts')
  t.same(tests.filter((name) => importsOf(readFileSync(join(ROOT, 'test', name), 'utf8')).some(({ target }) => target === 'fast-check')), [])
})

t.test('the table itself has no circle', async (t) => {
  const rooms = Object.keys(MAY_IMPORT)
  const below = (room: string): string[] => MAY_IMPORT[room]!.filter((each) => !each.startsWith('type:'))
  const reach = (room: string, seen = new Set<string>()): Set<string> => {
    for (const each of below(room)) if (!seen.has(each)) reach(each, seen.add(each))
    return seen
  }
  for (const room of rooms) t.notOk(reach(room).has(room), `${room}/ is not above itself`)
})

t.test('outside server/ and cli/ nothing reads clocks, chance, the environment or the locale', async (t) => {
  const complaints = sources.filter(({ room }) => !OUTER.has(room)).flatMap(({ file, room, code }) => FORBIDDEN_TEXT
    .filter(([what, pattern]) => !(LAZY.has(file) && what === 'require') && !(room in NODE_MODULES_OF && what === 'a timer') && pattern.test(code))
    .map(([what, pattern]) => `${file}: ${what}: ${pattern.exec(code)![0]}`))
  t.same(complaints, [])
})

t.test('the patterns find what they are for', async (t) => {
  const caught: Record<string, string> = {
    'Math.random': 'Math.random()', 'Date.now': 'Date.now()', 'new Date()': 'const x = new Date()', 'a call of Date()': 'x = Date()',
    process: 'process.env.X', performance: 'performance.now()', 'a timer': 'setTimeout(f, 1)', Intl: 'new Intl.Collator()',
    locale: "a.localeCompare(b)", 'Math.exp, log or pow': 'Math.exp(1)', globalThis: 'globalThis.x', require: "require('fs')", 'code from text': 'new Function("x")',
  }
  for (const [what, pattern] of FORBIDDEN_TEXT) t.match(caught[what], pattern, what)
  t.notMatch('new Date(0)', FORBIDDEN_TEXT.find(([what]) => what === 'new Date()')![1], 'a date from a number is no clock')
  t.same(importsOf("import { a } from './a.ts'\nimport type { b } from '../b.ts'\nexport { c } from './c.ts'\nawait import('./d.ts')\nimport './e.ts'"), [
    { target: './a.ts', typeOnly: false }, { target: '../b.ts', typeOnly: true }, { target: './c.ts', typeOnly: false },
    { target: './d.ts', typeOnly: false }, { target: './e.ts', typeOnly: false },
  ])
  t.ok(complaintAbout({ file: 'src/core/x.ts', room: 'core', text: '', code: '' }, { target: '../world/y.ts', typeOnly: true }), 'a type is an import too')
  t.notOk(complaintAbout({ file: 'src/verify/x.ts', room: 'verify', text: '', code: '' }, { target: '../episode/y.ts', typeOnly: true }))
  t.ok(complaintAbout({ file: 'src/server/x.ts', room: 'server', text: '', code: '' }, { target: 'node:sqlite', typeOnly: false }))
  t.notOk(complaintAbout({ file: 'src/store/x.ts', room: 'store', text: '', code: '' }, { target: 'node:sqlite', typeOnly: false }))
  t.ok(complaintAbout({ file: 'src/store/x.ts', room: 'store', text: '', code: '' }, { target: 'node:net', typeOnly: false }))
  t.ok(complaintAbout({ file: 'src/verify/x.ts', room: 'verify', text: '', code: '' }, { target: '../episode/y.ts', typeOnly: false }))
})

t.test('files are small nouns without barrels', async (t) => {
  const long = sources.filter(({ text }) => text.split('\n').length > MOST_LINES + 1).map(({ file }) => file)
  t.same(long, [], `no file has more than ${MOST_LINES} lines`)
  const names = sources.map(({ file }) => file)
  t.same(names.filter((file) => /(^|\/)index\.ts$/.test(file)), [], 'no barrels')
  t.same(names.filter((file) => /(^|\/)[^/]*(utils?|helpers?|manager|common|misc|types)\.ts$/.test(file)), [], 'no file that is named after nothing')
  t.same(names.filter((file) => !/^[a-z0-9/-]+\.ts$/.test(file)), [], 'kebab-case')
  const exporting = sources.filter(({ code }) => /^export \* from/m.test(code)).map(({ file }) => file)
  t.same(exporting, [], 'nothing re-exports a whole file')
})

t.test('types are erased: no enums, namespaces or parameter properties', async (t) => {
  const found = sources.filter(({ code }) => /^\s*(export\s+)?(const\s+)?enum\s/m.test(code) || /^\s*(export\s+)?namespace\s/m.test(code) || /constructor\([^)]*\b(private|public|protected|readonly)\s/.test(code)).map(({ file }) => file)
  t.same(found, [])
})

t.test('the linter knows the same rooms', async (t) => {
  const config = readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')
  for (const room of Object.keys(MAY_IMPORT)) {
    if (room !== 'cli') t.ok(config.includes(room === 'protocol' ? '"protocol/**"' : `"src/${room}/**"`), `${room}/ has its rule`)
  }
})

t.test('engines and dependencies are pinned exactly', async (t) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
  for (const group of ['dependencies', 'devDependencies'] as const) {
    for (const [name, version] of Object.entries(manifest[group]!)) t.match(version, /^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/, `${name} is pinned`)
  }
})
