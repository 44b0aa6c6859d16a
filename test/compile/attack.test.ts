import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments, stringify } from 'yaml'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { Episode } from '../../src/episode/episode.ts'
import { random } from '../../src/policy/trivial.ts'
import { SpecFault } from '../../src/world/fault.ts'
import { ROOT } from '../checkout.ts'
import fc from '../property.ts'

const SHOP = readFileSync(join(import.meta.dirname, '../fixtures/shop.yaml'), 'utf8')
const compile = (text: string) => compileCatalogue([{ file: 'x.yaml', text }])
const documentsOf = (text: string) => parseAllDocuments(text).map((document) => (document as { toJS(): unknown }).toJS()) as Record<string, any>[]

/** Of this process, so that others on the machine do not count. */
function msOf(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  return process.cpuUsage(before).user / 1000
}

/** What the YAML library alone takes to read an honest list that is as long as a file may be. */
const readingMs = msOf(() => parseAllDocuments(`a: [${'1,'.repeat(290_000)}]`))

/** Compiles hostile text in no more than three times of what it takes to read an honest one, and says how many complaints there were; their places are in the text. */
function complaintsOf(text: string, t: Pick<typeof import('tap').default, 'ok' | 'equal'>, name: string): number {
  let compiled: ReturnType<typeof compile> | undefined
  const ms = msOf(() => (compiled = compile(text)))
  const { complaints, catalogue } = compiled!
  t.ok(ms < readingMs * 3, `${name}: ${Math.round(ms)} of ${Math.round(readingMs * 3)} ms`)
  t.ok(complaints.length > 0 && complaints.length <= 1000, `${name}: ${complaints.length} complaints`)
  t.ok(complaints.every(({ line, column, message }) => line >= 1 && column >= 1 && message.length < 10_000), `${name}: places`)
  t.equal(catalogue.list().length, 0, name)
  return complaints.length
}

t.test('YAML that is meant to hurt is complained about in the time that it takes to read it', async (t) => {
  const laughs = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)].join('\n')
  const world = (tables: string) => `kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntools: {}\ntables:\n${tables}`
  const table = (i: number, of: string) => `  t${i}: {key: id, columns: {id: {type: string}, r: {type: ref, table: ${of}}}}\n`
  const texts: Record<string, string> = {
    'a billion laughs': `kind: World\n${laughs}`,
    'many aliases of a large list': `kind: World\nl: &l [${'1,'.repeat(100_000)}]\nm: [${Array(99).fill('*l').join(',')}]`,
    'an alias of itself': 'kind: World\na: &a [*a]',
    'a chain of aliases': ['kind: World', 'a0: &a0 [1]', ...Array.from({ length: 90 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)].join('\n'),
    '10,000 brackets': `kind: World\na: ${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    '10,000 open brackets': `kind: World\na: ${'['.repeat(10_000)}`,
    '10,000 braces': `kind: World\na: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}`,
    '10,000 dashes': `kind: World\na:\n  ${'- '.repeat(10_000)}x`,
    '1,000 levels of blocks': `kind: World\n${Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')}`,
    '60 levels of steps': `kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: {}\ntools: {t: {description: d, effect: read, input: {}, do: ${"[{each: 'x in [1]', do: ".repeat(60)}[{stop: true}]${'}]'.repeat(60)}}}`,
    'one long text': `kind: World\nname: ${'x'.repeat(590_000)}`,
    'more than a file may hold': `kind: World\n# ${'x'.repeat(3_000_000)}`,
    'a long epoch': `kind: World\nname: w\nepoch: '${'2'.repeat(590_000)}'\ntables: {}\ntools: {}`,
    '40,000 keys': `kind: World\n${Array.from({ length: 40_000 }, (_, i) => `key_${i}: 1`).join('\n')}`,
    '20,000 tables': world(Array.from({ length: 20_000 }, (_, i) => `  t${i}: 1`).join('\n')),
    'doubled keys': 'kind: World\nname: a\nname: b\ntables: {}\ntools: {}',
    '50,000 doubled keys': `kind: World\n${'a: 1\n'.repeat(50_000)}`,
    'YAML 1.1': '%YAML 1.1\n---\nkind: World\nname: yes\nepoch: 2026-01-01\ntables: {}\ntools: {}',
    'booleans of YAML 1.1 are texts': SHOP.replace('effect: read', 'effect: read\n    idempotent: yes'),
    'a date': "kind: World\nname: w\nepoch: !!timestamp 2026-01-01\ntables: {}\ntools: {}",
    'a set': 'kind: World\nname: w\ntables: !!set {a, b}', 'bytes': 'kind: World\nname: !!binary aGk=', 'a tag': 'kind: World\nname: !ruby/object x', 'an ordered map': 'kind: World\ntables: !!omap [a: 1]', 'a merge': 'kind: World\nbase: &b {x: 1}\ntables: {<<: *b}',
    'a key that is a list': 'kind: World\n? [1, 2]\n: 3', 'a key that is null': 'kind: World\n? \n: 3', '__proto__': 'kind: World\n__proto__: {polluted: 1}', '__proto__ below': world('  __proto__: {key: id, columns: {id: {type: string}}}'), constructor: 'kind: World\nconstructor: {prototype: {polluted: 1}}', 'constructor as a table': world('  constructor: {key: id, columns: {id: {type: string}}}'),
    'infinity': world('  t: {key: id, rows: [{id: a, j: .inf}], columns: {id: {type: string}, j: {type: json}}}'), 'not a number': world('  t: {key: id, rows: [{id: a, j: [{k: .nan}]}], columns: {id: {type: string}, j: {type: json}}}'), 'past 2^53': world('  t: {key: id, rows: [{id: a, j: 12345678901234567890}], columns: {id: {type: string}, j: {type: json}}}'),
    '140,000 documents': '---\n'.repeat(140_000), '200 documents': '---\nkind: World\n'.repeat(200), 'control characters': 'kind: World\0\nname: \u0007', 'tabs': 'kind: World\n\tname: x', 'a flood of errors': 'a: b: c\n'.repeat(70_000), 'no kind': 'a: 1', 'a list': '- 1', 'a number': '5', 'an unknown kind': 'kind: Universe', 'a kind that is a map': 'kind: {a: 1}', 'a kind of all objects': 'kind: hasOwnProperty',
    '5,000 wrong references': world(Array.from({ length: 5000 }, (_, i) => table(i, `nope${i}`)).join('')),
    '290,000 elements': `kind: World\nlists: {a: [${'1,'.repeat(290_000)}]}`,
    'rows per row per row': world('  a: {key: id, per: {table: a, column: r, count: [1, 2]}, columns: {id: {type: string, id: {counter: "{n}"}}, r: {type: ref, table: a}}}'),
    'a column of everything': world(`  a: {key: id, count: 1000000, columns: {id: {type: string, id: {counter: "{n}"}}}}\n${Array.from({ length: 3 }, (_, i) => `  b${i}: {key: id, per: {table: ${i ? `b${i - 1}` : 'a'}, column: r, count: [1, 1000]}, columns: {id: {type: string, id: {counter: "{n}"}}, r: {type: ref, table: ${i ? `b${i - 1}` : 'a'}}}}`).join('\n')}`),
  }
  for (const [name, text] of Object.entries(texts)) complaintsOf(text, t, name)
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.same(compile('').complaints, [])
  t.same(compile('# nothing\n').complaints, [])
})

t.test('a digest is the content: not its spelling, spaces or comments, but every word of it and the order of named parts', async (t) => {
  const digest = (text: string) => {
    const { catalogue, complaints } = compile(text)
    if (complaints.length) throw new Error(JSON.stringify(complaints))
    return catalogue.find('shop')!.digest
  }
  const shop = digest(SHOP)
  t.match(shop, /^[0-9a-f]{64}$/)
  const documents = documentsOf(SHOP)
  const spell = (all: unknown[]) => all.map((document) => stringify(document)).join('\n---\n')
  t.equal(digest(spell(documents)), shop, 'spelt by another hand')
  t.equal(digest(spell(documents.toReversed())), shop, 'documents in another order')
  t.equal(digest(documents.map((document) => JSON.stringify(document)).join('\n---\n')), shop, 'as JSON')
  t.equal(digest(SHOP.replaceAll('\n', '   # why\n').replace('kind: World', '# x\n\nkind: World')), shop, 'comments and spaces')
  const shallow = documents.map((document) => Object.fromEntries(Object.entries(document as object).reverse()))
  t.equal(digest(spell(shallow)), shop, 'the fixed keys of a document in another order')
  const scenario = documents.find((document) => document.kind === 'Scenario') as { tasks: object }
  const turned = { ...scenario, tasks: Object.fromEntries(Object.entries(scenario.tasks).reverse()) }
  t.not(digest(spell(documents.map((document) => (document === scenario ? turned : document)))), shop, 'named parts in another order: which task a seed draws depends on it')
  t.equal(digest(SHOP.replace('weights: [3, 1]', 'weights: [3, 1], nullable: false')) === shop, false)
  let changes = 0
  for (const [i, document] of documents.entries()) {
    const walk = (node: any, path: (string | number)[]): void => {
      for (const key of Object.keys(node as object)) {
        const value = node[key]
        if (value !== null && typeof value === 'object') walk(value, [...path, key])
        else if (typeof value === 'number' && path.length + 1 > 1) {
          const copy = structuredClone(documents)
          path.reduce((at: any, step) => at[step], copy[i])[key] = value + (Number.isInteger(value) ? 1 : 0.01)
          const { catalogue, complaints } = compile(spell(copy))
          if (complaints.length) continue
          changes++
          t.not(catalogue.find('shop')!.digest, shop, [i, ...path, key].join('.'))
        } else if (typeof value === 'string' && ['description', 'title', 'prompt', 'instruction', 'text'].includes(key)) {
          const copy = structuredClone(documents)
          path.reduce((at: any, step) => at[step], copy[i])[key] = `${value}.`
          const { catalogue } = compile(spell(copy))
          changes++
          t.not(catalogue.find('shop')?.digest, shop, [i, ...path, key].join('.'))
        }
      }
    }
    walk(document, [])
  }
  t.ok(changes > 15, `${changes} changes`)
})

const RETAIL = ['envs/retail/world.yaml', 'scenarios/retail.yaml'].flatMap((file) => documentsOf(readFileSync(join(ROOT, file), 'utf8')))
const PROFILES = globSync('envs/dynamics/*.yaml', { cwd: ROOT }).toSorted().flatMap((file) => documentsOf(readFileSync(join(ROOT, file), 'utf8')))

const DEPOT = ['depot', 'depot-desk'].flatMap((name) => documentsOf(readFileSync(join(import.meta.dirname, `../fixtures/worlds/${name}.yaml`), 'utf8')))

const CARRIER = documentsOf(readFileSync(join(import.meta.dirname, '../fixtures/carrier.yaml'), 'utf8'))

/** Every place of a value, as a path; found once, since the walk is the dear part. */
function placesOf(root: unknown): (string | number)[][] {
  const places: (string | number)[][] = []
  const walk = (node: unknown, path: (string | number)[]): void => {
    if (path.length) places.push(path)
    if (node !== null && typeof node === 'object') for (const [key, item] of Object.entries(node)) walk(item, [...path, Array.isArray(node) ? Number(key) : key])
  }
  walk(root, [])
  return places
}

function mutate(root: unknown, path: readonly (string | number)[], how: unknown): void {
  const parent = path.slice(0, -1).reduce((at: any, key) => at?.[key], root)
  const key = path.at(-1)!
  if (parent === null || typeof parent !== 'object') return
  if (how === 'delete') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else delete parent[key]
  } else if (how === 'double' && Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]))
  else if (how === 'rename' && !Array.isArray(parent)) parent[`${key}_x`] = structuredClone(parent[key])
  else if (typeof how === 'function') parent[key] = (how as (old: unknown) => unknown)(parent[key])
  else parent[key] = how
}

/** Replaces one word or sign of a text by another. */
const swap = fc.tuple(fc.nat(), fc.constantFrom('x', 'null', '1', '2.5', "'t'", 'true', 'args', 'row', 'n', 'orders', 'clients', 'lines', 'id', 'status', 'wallet', 'phone', 'score', 'friend', 'body', 'now', 'string', 'size', 'first', 'one', 'map', 'sum', 'get', 'last', 'sort', 'distinct', '[', ']', '(', ')', '.', ',', '==', '<', '+', '-', '*', '&&', '||', '?', ':', '{', '}', '!', 'in')).map(([at, token]) => (old: unknown) => {
  if (typeof old !== 'string') return old
  const words = old.split(/(\w+|[^\s\w])/).filter((word) => word !== '')
  words[at % Math.max(1, words.length)] = token
  return words.join('')
})

const hows: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: swap },
  fc.constantFrom<unknown>('delete', 'double', 'rename', null, 0, -1, 1e300, '', 'x', '${', '${x}', 'true', 'orders', 'orders.id', 'now()', '1 +', '[]', 'args', "orders.get('x').status", [], {}, [[]], true, 'toString', 'constructor', ['a', 'b'], [1, 2], 0.5),
  fc.constantFrom<unknown>((old: unknown) => (typeof old === 'string' ? old.slice(0, Math.floor(old.length / 2)) : old), (old: unknown) => (typeof old === 'string' ? `${old} + 1` : [old]), (old: unknown) => ({ x: old }), (old: unknown) => (typeof old === 'string' ? old.replace('==', '!=') : old), (old: unknown) => (typeof old === 'string' ? old.replace(/\d+/, '0') : old), (old: unknown) => (typeof old === 'string' ? old.replace('.get(', '.first(x, x.id == ') : old), (old: unknown) => (typeof old === 'number' ? -old : old)),
)

const WORDS = ['Which number, which name, which PIN?', 'turn off airplane mode', 'turn on mobile data', 'check your phone', 'may i resume', 'are you sure']

function attack(documents: readonly Record<string, any>[], places: (string | number)[][], picks: readonly [number, unknown][], seed: number): 'complaints' | 'played' | 'fault' {
  const copy = structuredClone(documents)
  for (const [at, how] of picks) mutate(copy, places[at % places.length]!, how)
  const text = copy.map((document) => JSON.stringify(document)).join('\n---\n')
  const { catalogue, complaints } = compile(text)
  if (complaints.length) return complaints.every(({ line, column }) => line >= 1 && column >= 1) ? 'complaints' : (() => { throw new Error('a complaint without a place') })()
  let fault = false
  for (const scenario of catalogue.list()) {
    for (const task of [...scenario.tasks.keys()].slice(0, 3)) {
      let episode: Episode
      try {
        episode = Episode.start(scenario, { seed, task })
      } catch (error) {
        // A task that cannot be drawn is told so; anything else is a bug.
        if (!(error instanceof GymError) && !(error instanceof SpecFault)) throw error
        fault = true
        continue
      }
      const policy = random(episode, seed)
      // What the user has words for is said too: random talk seldom hits it.
      const { user } = episode.task.template
      for (let step = 0; user && step < WORDS.length && !episode.ended; step++) episode.step({ content: WORDS[(step + seed) % WORDS.length]! })
      for (let step = 0; step < 6 && !episode.ended; step++) episode.step(policy.act(episode.observation))
      episode.stateHash()
      const end = episode.events().at(-1)!
      if (end.type !== 'end' || end.reason !== 'env_error') continue
      fault = true
      // A mistake of the spec has a name; a TypeError would be one of the engine.
      if (!/^(SpecFault|CallLimit): /.test(end.fault ?? '')) throw new Error(end.fault)
    }
  }
  return fault ? 'fault' : 'played'
}

t.test('mutated specs give complaints or play: nothing is ever thrown out of compiling or stepping', async (t) => {
  for (const [name, documents, runs] of [['shop', documentsOf(SHOP), 400], ['depot', DEPOT, 250], ['carrier', CARRIER, 200], ['retail', [...RETAIL, ...PROFILES], 30]] as const) {
    const places = placesOf(documents)
    const counts = { complaints: 0, played: 0, fault: 0 }
    t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.tuple(fc.nat(), hows), { minLength: 1, maxLength: 2 }), fc.nat(1000), (picks, seed) => {
      counts[attack(documents, places, picks, seed)]++
      return true
    }), { numRuns: runs }), name)
    t.ok(counts.complaints > runs / 10 && counts.played + counts.fault > runs / 10, `${name}: ${JSON.stringify(counts)}`)
  }
})
