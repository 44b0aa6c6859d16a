/** Domains that no pack knows, in their own words. */
import t from 'tap'
import { Blueprint, type Blueprint as BlueprintType } from '../../protocol/spec/blueprint.ts'
import { Theme } from '../../protocol/spec/theme.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { checkBlueprint } from '../../src/generate/check-blueprint.ts'
import { sketch } from '../../src/generate/grammar.ts'
import { requestOf } from '../../src/generate/grammar-asked.ts'
import { splitOf } from '../../src/generate/grammar-split.ts'
import fc from '../property.ts'
import { PACKS } from './theme-packs.ts'

const draw = (sentence: string, seed = 1): BlueprintType => sketch(requestOf({ theme: 'any', axes: {}, sentence }, PACKS), PACKS, keyOf(['gen', seed]))
const names = ({ entities }: BlueprintType) => entities.map(({ name }) => name)
const verbs = ({ entities }: BlueprintType, name: string) => entities.find((entity) => entity.name === name)?.lifecycle?.actions.map(({ verb }) => verb) ?? []

t.test('what a sentence names is there, with what is done to it', async (t) => {
  for (const [sentence, wanted] of [
    ['a podcast network that schedules recordings, publishes episodes and pays hosts', { recording: 'schedule', episode: 'publish', host: 'pay' }],
    ['a beekeeping cooperative that inspects hives, harvests honey and sells jars to shops', { hive: 'inspect', honey_batch: 'harvest', jar: 'sell', shop: '' }],
    ['a film festival whose jury screens films, scores entries and awards prizes', { film: 'screen', entry: 'score', prize: 'award', jury_member: '' }],
    ['a space station that orders supplies, unpacks cargo and rations oxygen', { supply: 'order', cargo_load: 'unpack', oxygen_tank: 'ration' }],
    ['a municipal archive where archivists digitise deeds, lend maps to researchers, and restore photographs', { deed: 'digitise', map: 'lend', photograph: 'restore', archivist: '', researcher: '' }],
  ] as const) {
    for (let seed = 0; seed < 5; seed++) {
      const blueprint = draw(sentence, seed)
      for (const [name, verb] of Object.entries(wanted)) {
        t.ok(names(blueprint).includes(name), `${name} of "${sentence}"`)
        if (verb !== '') t.ok(verbs(blueprint, name).includes(verb), `${verb} ${name}`)
      }
    }
  }
})

t.test('a place alone gives the words of its domain', async (t) => {
  for (const [sentence, words, place] of [
    ['a beekeeping cooperative', /hive|beekeeper|honey|apiary/, 'a beekeeping cooperative'], ['a film-festival jury', /film|juror|screening/, 'a film festival jury'], ['space-station supplies', /suppl|module|astronaut/, 'a space station'],
    ['a municipal archive', /archiv|reading|document|collection/, 'a municipal archive'], ['podcast network', /episode|host|sponsor|recording/, 'a podcast network'], ['a quilting circle', /quilting/, 'a quilting circle'], ['falconry clubs', /falcon|training|hunting/, 'a falconry club'],
  ] as const) {
    for (let seed = 0; seed < 5; seed++) {
      const blueprint = draw(sentence, seed)
      t.ok(names(blueprint).filter((name) => words.test(name)).length >= 2, `${sentence}: ${names(blueprint).join(', ')}`)
      t.equal(blueprint.place, place)
      t.notOk(names(blueprint).some((name) => PACKS.some(({ entities }) => entities.some((entity) => entity.name === name && name.length > 9))), 'no words of packs')
    }
  }
})

t.test('a sentence about a pack is of that pack, with its own words besides', async (t) => {
  const blueprint = draw('a bakery that freezes cakes and accepts orders; three layers; flaky network; no approvals')
  t.equal(blueprint.theme, 'bakery')
  t.ok(names(blueprint).includes('cake') && names(blueprint).includes('order'))
  t.ok(verbs(blueprint, 'cake').includes('freeze'))
  t.ok(verbs(blueprint, 'order').includes('accept'))
  t.equal(blueprint.place, 'a bakery')
  t.equal(blueprint.team.layers, 3)
  t.equal(blueprint.dynamics.profile, 'flaky')
  t.same(blueprint.forbid, [])
})

t.test('a place of a pack about something else is of its own', async (t) => {
  for (const [sentence, theme] of [['a telephone company', 'own-telephone-company'], ['a harbour company', 'ferry'], ['a puppet theatre', 'theatre'], ['an operating theatre', 'own-operating-theatre'], ['rehearsals and costumes', 'theatre']] as const) t.equal(draw(sentence).theme, theme, sentence)
})

t.test('what the reference says goes before what the sentence says', async (t) => {
  const request = requestOf({ theme: 'ferry', axes: { depth: 2 }, pattern: 'router', sentence: 'a shop with hard tasks, a pipeline and four layers' }, PACKS)
  t.same([request.axes, request.pattern, request.own!.theme.theme], [{ depth: 2, joins: 2, delegation: 3 }, 'router', 'ferry'])
  for (const [bad, message] of [[{ theme: 'fery' }, /did you mean "ferry"/], [{ pattern: 'routr' }, /did you mean "router"/], [{ axes: { dept: 1 } }, /did you mean "depth"/], [{ axes: { depth: 9 } }, /from 1 to 8/], [{ axes: { depth: 1.5 } }, /whole number/], [{ agents: 0 }, /from 1 to 64/]] as const) {
    t.throws(() => requestOf({ theme: 'any', axes: {}, ...(bad as object) }, PACKS), message)
  }
})

t.test('any sentence gives a whole world in one split', async () => {
  const words = ['a', 'the', 'that', 'and', ',', 'harvests', 'books', 'pays', 'honey', 'cooperative', 'lighthouse', 'pilots', 'equipment', 'letters', 'zebras', 'staff', 'name', 'status', 'id', 'orders', 'customers', 'ferry', 'bakery', 'people', 'series', 'states', 'check', 'in', 'registered', 'opens', 'cancels', 'list', 'reading', 'choir', 'of', 'to', 'for', 'new', 'update', 'constructor']
  const sentence = fc.oneof(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 14 }).map((parts) => parts.join(' ')), fc.array(fc.stringMatching(/^[a-z]{2,12}$/), { minLength: 1, maxLength: 6 }).map((parts) => `a ${parts.join(' ')}`), fc.string({ maxLength: 60 }))
  fc.assert(fc.property(sentence, fc.nat(), (text, seed) => {
    let request
    try {
      request = requestOf({ theme: 'any', axes: {}, sentence: text }, PACKS)
    } catch (error) {
      if (error instanceof GymError) return
      throw error
    }
    if (request.own) Theme.parse(request.own.theme)
    const blueprint = sketch(request, PACKS, keyOf(['gen', seed]))
    Blueprint.parse(blueprint)
    const complaints = checkBlueprint(blueprint).map((complaint) => complaint.text)
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
    if (splitOf(blueprint, PACKS) === undefined) throw new Error('of no split')
  }), { numRuns: 400, examples: [['books id in a', 718885428]] })
})
