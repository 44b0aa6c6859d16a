/** docs/dynamics.md names every kind, every profile and every word of an entry, and what it shows is right. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { ResetOptions } from '../../protocol/methods.ts'
import { DynamicsChanges } from '../../protocol/spec/dynamics.ts'
import { Match, RECOVERIES, When } from '../../protocol/spec/dynamics-entry.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { kindList } from '../../src/dynamics/kind-table.ts'
import { factsOf, type Stage, STAGES } from '../../src/dynamics/kind-facts.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import type { DynamicsKind } from '../../protocol/spec/dynamics-kinds.ts'
import { ROOT, seedOf } from '../checkout.ts'

const page = readFileSync(join(ROOT, 'docs/dynamics.md'), 'utf8')
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text!)
const read = (...path: string[]) => ({ file: path.join('/'), text: readFileSync(join(ROOT, ...path), 'utf8') })
const profileFiles = readdirSync(join(ROOT, 'envs/dynamics')).map((file) => read('envs/dynamics', file))

t.test('every kind stands in its table, with its recovery; every profile, match, schedule and recovery is named', async (t) => {
  for (const file of ['README.md', 'CHANGELOG.md']) t.ok(readFileSync(join(ROOT, file), 'utf8').includes(`${kindList().length} kinds`), `${file} counts them`)
  for (const { kind, recovery } of kindList()) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\` |`))
    t.ok(row, kind)
    for (const one of recovery) t.ok(row?.includes(`\`${one}\``), `${kind}: ${one}`)
    const { does, sees } = factsOf(kind as DynamicsKind)
    t.match(does, /^[A-Z].*\.$/s, `${kind} is told in a sentence`)
    t.ok(sees.endsWith('.'))
  }
  const profiles = profileFiles.map(({ text }) => /^name: (\S+)/m.exec(text)![1]!)
  t.ok(profiles.length >= 20)
  for (const name of [...profiles, 'none']) t.ok(page.includes(`| \`${name}\` |`), name)
  for (const name of [...RECOVERIES, ...Object.keys(Match.shape), ...Object.keys(When.shape)]) t.ok(page.includes(`\`${name}\``), name)
})

t.test('the tables go along the way of a call', async (t) => {
  const stages = Object.keys(STAGES) as Stage[]
  // What others do is on the way only to see that a call took effect.
  const order = kindList().filter(({ kind }) => kind !== 'world.event').map(({ kind }) => stages.indexOf(factsOf(kind as DynamicsKind).stage))
  t.same(order, order.toSorted((a, b) => a - b))
})

t.test('faults of real episodes have the phases that the tables state', async (t) => {
  const { catalogue, complaints } = compileCatalogue([read('scenarios/retail.yaml'), read('envs/retail/world.yaml'), ...profileFiles])
  t.same(complaints, [])
  const retail = catalogue.find('retail')!
  const met = new Map<string, Set<string>>()
  for (const profile of retail.profiles) {
    for (let i = 0; i < 12; i++) {
      const episode = Episode.start(retail, { seed: seedOf('phases', i), options: { dynamics: profile } })
      playOut(episode, createPolicy(i % 2 ? 'naive' : 'robust', episode)!)
      for (const event of episode.events()) if (event.type === 'call') for (const { kind, phase } of event.faults) met.set(kind, (met.get(kind) ?? new Set()).add(phase))
    }
  }
  t.ok(met.size >= 20, `${met.size} kinds were met`)
  for (const [kind, phases] of met) for (const phase of phases) t.ok((factsOf(kind as DynamicsKind).phase as readonly string[]).includes(phase), `${kind}: ${phase}`)
})

t.test('the blocks of the page are right', async (t) => {
  for (const text of blocks('json')) t.ok(ResetOptions.parse(JSON.parse(text)))
  const python = blocks('python').join('\n')
  const given = [...python.matchAll(/"dynamics": ("\w+"|\{[^\n{}]+\}|\{\n[\s\S]*?\n {8}\})/g)].map(([, choice]) => JSON.parse(choice!.replaceAll(/,(?=\s*[}\]])/g, '')))
  t.equal(given.length, 3)
  for (const dynamics of given) t.ok(ResetOptions.parse({ dynamics }))
  const [document, fragment] = blocks('yaml')
  const overrides = parse(fragment!).overrides as Record<string, unknown>
  for (const changes of Object.values(overrides)) t.ok(DynamicsChanges.parse(changes))
  const scenario = read('scenarios/retail.yaml')
  const bare = scenario.text.replace(/^overrides:\n(?:[ -].*\n)+/m, fragment!).replace(/^dynamics: .*$/m, 'dynamics: slow-evening')
  const { catalogue, complaints } = compileCatalogue([{ file: 'retail.yaml', text: bare }, read('envs/retail/world.yaml'), { file: 'own.yaml', text: document! }, ...profileFiles])
  t.same(complaints, [])
  const retail = catalogue.find('retail')!
  for (const dynamics of [...given, 'slow-evening']) t.ok(retail.dynamicsOf(dynamics))
  const own = retail.dynamicsOf('slow-evening')!.dynamics.entries.map(({ spec }) => spec.id)
  t.same(own, ['read-latency', 'write-latency', 'busy', 'lost', 'backup'], 'the limit is left out everywhere')
  t.ok(retail.dynamicsOf('hostile')!.dynamics.entries.some(({ spec }) => spec.id === 'rival'))
})
