import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { compileSpecification } from '../../src/compile/specification.ts'
import { namedFiles } from '../../src/spec/named-files.ts'

const SHOP = { file: 'shop.yaml', text: readFileSync(join(import.meta.dirname, '../fixtures/shop.yaml'), 'utf8') }

const scenario = (name: string, rest: string): string => `kind: Scenario\nname: ${name}\ntitle: Another desk\ndescription: The same tasks.\nframework: shop-desk\n${rest}`
const alike = (rest: string, file = 'other.yaml') => ({ file, text: scenario('other', rest) })
const placed = ({ text }: { text: string }, piece: string): { line: number; column: number } => {
  const before = text.slice(0, text.indexOf(piece)).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}

/** The shop's own tasks, as they stand in its document. */
const TASKS = SHOP.text.slice(SHOP.text.indexOf('tasks:\n'))
const [NOTE, TOTAL] = [TASKS.slice(TASKS.indexOf('  note_on'), TASKS.indexOf('  order_total')), TASKS.slice(TASKS.indexOf('  order_total'))] as [string, string]

t.test('what is not stated is taken from the other scenario', async (t) => {
  const { catalogue, complaints } = compileCatalogue([SHOP, alike('like: shop')])
  t.same(complaints, [])
  const [other, shop] = [catalogue.find('other')!, catalogue.find('shop')!]
  t.same([...other.tasks.keys()], ['note_on_order', 'order_total'])
  t.equal(other.world.name, 'shop')
  t.match(other.budgets, { turns: 12, calls: 40 })
  t.equal(other.dynamicsOf(undefined)!.dynamics.name, 'slow')
  t.not(other.digest, shop.digest)
  t.same(other.summary.title, 'Another desk')
  const written = alike(`world: shop\ndynamics: slow\nbudgets: {turns: 12, calls: 40}\n${TASKS}`)
  t.equal(compileCatalogue([SHOP, written]).catalogue.find('other')!.digest, other.digest, 'as if it were written out')
})

t.test('what is stated stands: tasks, budgets and overrides by name, the rest whole', async (t) => {
  const own = TOTAL.replace('What is the total of', 'Name the price of')
  const { catalogue, complaints } = compileCatalogue([SHOP, alike(`like: shop\nonly: [order_*]\ndynamics: none\nbudgets: {turns: 3}\nrules: [{id: kind, text: Be kind.}]\ntasks:\n  price: ${own.slice(own.indexOf('\n'))}`)])
  t.same(complaints, [])
  const other = catalogue.find('other')!
  t.same([...other.tasks.keys()], ['order_total', 'price'])
  t.match(other.budgets, { turns: 3, calls: 40 })
  t.equal(other.dynamicsOf(undefined)!.dynamics.name, 'none')
  t.match(other.rules, /Be kind/)
  const replaced = compileCatalogue([SHOP, alike(`like: shop\ntasks:\n${own}`)]).catalogue.find('other')!
  t.same([...replaced.tasks.keys()], ['note_on_order', 'order_total'])
  t.match(replaced.drawTask(1, 'order_total').instruction, /Name the price/)
})

t.test('chains', async (t) => {
  const third = { file: 'third.yaml', text: scenario('third', 'like: other\nonly: [extra, order_total]') }
  const { catalogue, complaints } = compileCatalogue([third, alike(`like: shop\ntasks:\n  extra: ${TOTAL.slice(TOTAL.indexOf('\n'))}`), SHOP])
  t.same(complaints, [])
  t.same([...catalogue.find('third')!.tasks.keys()], ['order_total', 'extra'])
})

t.test('complaints about likeness', async (t) => {
  const complaintsOf = (rest: string) => compileCatalogue([SHOP, alike(rest)]).complaints
  const at = (rest: string, piece: string) => ({ file: 'other.yaml', ...placed(alike(rest), piece) })
  t.match(complaintsOf('like: shpo'), [{ code: 'name', message: /no Scenario 'shpo'/, nearest: 'shop', ...at('like: shpo', 'shpo') }])
  t.match(complaintsOf('like: other'), [{ code: 'like', message: /like itself: other, other/ }])
  t.match(complaintsOf('like: shop\nonly: [order_totl]'), [{ code: 'name', message: /no task of shop fits 'order_totl'/, nearest: 'order_total', ...at('like: shop\nonly: [order_totl]', 'order_totl') }, { code: 'tasks' }])
  t.match(complaintsOf(`world: shop\nonly: [x]\n${TASKS}`), [{ code: 'like', message: /^only: there is no other scenario/ }])
  t.match(complaintsOf(TASKS), [{ code: 'missing', message: 'world: is missing', expected: /like/, file: 'other.yaml' }])
  const round = compileCatalogue([alike('like: third'), { file: 'third.yaml', text: scenario('third', 'like: other') }])
  t.match(round.complaints, [{ code: 'like', message: /like itself: other, third, other/, file: 'third.yaml' }])
  t.same(round.catalogue.names(), [])
})

t.test('findings in what was taken stand where it is written', async (t) => {
  const broken = { file: SHOP.file, text: SHOP.text.replace('call: add_note, with', 'call: ad_note, with') }
  const { complaints } = compileCatalogue([alike('like: shop')], {}, [broken])
  t.match(complaints, [{ code: 'name', nearest: 'add_note', ...placed(broken, 'ad_note'), file: 'shop.yaml' }])
  const mine = alike(`like: shop\ntasks:\n${NOTE.replace('call: add_note', 'call: ad_note')}`)
  t.match(compileCatalogue([SHOP, mine]).complaints, [{ code: 'name', ...placed(mine, 'ad_note'), file: 'other.yaml' }])
})

t.test('inline parts of the other scenario', async (t) => {
  const [world, , , own] = SHOP.text.split(/^---\n/m) as [string, string, string, string]
  const inner = world.slice(world.indexOf('kind:')).trimEnd().replaceAll('\n', '\n  ')
  const inline = { file: 'inline.yaml', text: SHOP.text.replace(world, '# nothing\n').replace(own, own.replace('world: shop\n', `world:\n  ${inner}\n`)) }
  const { complaints, worlds, catalogue } = compileCatalogue([inline, alike('like: shop')])
  t.same(complaints, [])
  t.same(catalogue.names(), ['other', 'shop'])
  t.equal(worlds.length, 1, 'one world, whoever plays in it')
  const wrong = { ...inline, text: inline.text.replace('orders.get(args.order_id)', 'orders.get(args.order_idd)') }
  t.match(compileCatalogue([alike('like: shop')], {}, [wrong]).complaints, [{ file: 'inline.yaml', line: placed(wrong, 'order_idd').line }])
})

t.test('a scenario around is there to be like, not to be played', async (t) => {
  const made = compileSpecification({ files: [alike('like: shop')], around: [SHOP] })
  if (!('scenario' in made)) throw new Error(JSON.stringify(made))
  t.same([...made.scenario.tasks.keys()], ['note_on_order', 'order_total'])
  t.same(made.borrowed, ['shop.yaml'])
  t.equal(made.spec.world, 'shop')
  t.notOk('like' in made.spec)
  t.same(compileCatalogue([alike('like: shop')], {}, [SHOP]).catalogue.names(), ['other'])
  t.match(compileSpecification({ files: [{ file: 'x', text: 'kind: Scenario' }, alike('like: shpo')], around: [] }), { complaints: [{ file: 'x' }] }, 'what cannot be read may be what is missing')
})

t.test('files that a text names', async (t) => {
  const files = [
    { file: 'world', text: 'kind: World\nname: depot\n' }, { file: 'far', text: 'kind: World\nname: far\n' },
    { file: 'scenario', text: `${scenario('goods', 'world: depot')}` }, { file: 'calm', text: 'kind: Dynamics\nname: calm\n' },
  ]
  const names = (text: string) => namedFiles(files, [text]).map(({ file }) => file)
  t.same(names('like: goods'), ['world', 'scenario', 'calm'], 'and what that one names')
  t.same(names('{"like": "goods"}'), ['world', 'scenario', 'calm'])
  t.same(names('title: goods like: goods-in'), ['calm'])
  t.same(names('world: far'), ['far', 'calm'])
})
