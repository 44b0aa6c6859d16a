/** Every theme pack of `envs/themes`: whole, sound, and rich enough for worlds that differ. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { Theme, type ThemeEntity } from '../../protocol/spec/theme.ts'
import { checkTheme } from '../../src/generate/check-theme.ts'
import { checkThemes, makeThemeLibrary, themeOf } from '../../src/generate/theme-library.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'envs', 'themes')
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')).sort()
const packs = files.map((file) => ({ file, pack: Theme.safeParse(parse(readFileSync(join(FOLDER, file), 'utf8'))) }))
const themes = packs.flatMap(({ pack }) => (pack.success ? [pack.data] : []))

/** Relations that lead on from an entity, one after another. */
function chainOf(theme: Theme, { name, relations }: ThemeEntity): number {
  return Math.max(0, ...relations.filter(({ to }) => to !== name).map(({ to }) => 1 + chainOf(theme, theme.entities.find((each) => each.name === to)!)))
}

/** Whether a guard can be made true by an action, or by an update. */
function canBeMet(theme: Theme, entity: ThemeEntity, guard: { relation?: string | undefined; field: string; is: string | boolean }): boolean {
  const owner = guard.relation === undefined ? entity : theme.entities.find(({ name }) => name === entity.relations.find((each) => each.name === guard.relation)!.to)!
  if (owner.lifecycle?.field === guard.field) return owner.lifecycle.actions.some(({ to }) => to === guard.is)
  return owner.fields.some(({ name, mutable }) => name === guard.field && mutable)
}

for (const { file, pack } of packs) t.test(file, async (t) => {
  if (!pack.success) return void t.fail(pack.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  const theme = pack.data
  t.equal(`${theme.theme}.yaml`, file)
  t.same(checkTheme(theme), [])
  const { entities } = theme
  const all = entities.flatMap(({ fields }) => fields)
  t.ok(entities.length >= 8 && entities.length <= 14, `8 to 14 entities, not ${entities.length}`)
  for (const { name, fields, named } of entities) {
    t.ok(fields.length >= 4 && fields.length <= 9, `${name}: 4 to 9 fields, not ${fields.length}`)
    if (named !== false && named !== 'person') t.ok(named.first.length >= 12 && named.second.length >= 12 && named.first.length * named.second.length >= 144, `${name}: names enough`)
  }
  t.ok(entities.some(({ kind, named, core }) => kind === 'person' && named === 'person' && core), 'people who have names, in every world')
  t.ok(entities.filter(({ named }) => named !== false).length >= 2, 'two entities with names')
  const long = entities.flatMap(({ lifecycle }) => (lifecycle ? [lifecycle.states.length] : []))
  t.ok(long.length >= 3 && long.every((states) => states >= 3 && states <= 8) && long.some((states) => states >= 6), `three lifecycles of 3 to 8 states, one of 6 or more: ${long.join()}`)
  const guards = entities.flatMap((entity) => (entity.lifecycle?.actions ?? []).flatMap(({ needs }) => needs.map((guard) => ({ entity, guard }))))
  const met = guards.filter(({ entity, guard }) => canBeMet(theme, entity, guard))
  t.ok(met.length >= 2 && met.some(({ guard }) => guard.relation !== undefined), 'two guards that can be met, one of them over a relation')
  for (const type of ['money', 'number'] as const) t.ok(all.some((field) => field.type === type), `a field of type ${type}`)
  t.ok(entities.filter(({ fields }) => fields.some(({ mutable }) => mutable)).length >= 3, 'fields that can be changed in three entities')
  t.ok(entities.some(({ relations }) => relations.some(({ mutable }) => mutable)), 'a relation that can be changed')
  t.ok(Math.max(...entities.map((entity) => chainOf(theme, entity))) >= 3, 'three relations one after another')
  t.ok(theme.forbid.length >= 2, 'two rules')
})

t.test('the library', async (t) => {
  t.same(checkThemes(themes), [])
  const library = makeThemeLibrary(themes.toReversed())
  t.same(library.themes.map(({ theme }) => theme), themes.map(({ theme }) => theme))
  t.equal(Object.values(library.bySplit).flat().length, themes.length)
  t.equal(themeOf(library, themes[0]!.theme), themes[0])
  t.throws(() => themeOf(library, `${themes[0]!.theme}x`), { message: new RegExp(`did you mean "${themes[0]!.theme}"`) })
  t.throws(() => makeThemeLibrary([themes[0]!, themes[0]!]), /no other pack/)
})

t.test('what is wrong with a pack is named', async (t) => {
  const sound = themes[0]!
  /** The pack with something changed in a copy of it. */
  const broken = (change: (theme: Theme) => void): string => {
    const copy = structuredClone(sound)
    change(copy)
    return checkTheme(copy).join('\n')
  }
  const at = sound.entities.findIndex(({ lifecycle }) => lifecycle)
  const last = sound.entities.findIndex(({ relations }) => relations.length > 0)
  t.match(broken(({ entities }) => { entities[0]!.plural = entities[0]!.name }), /plural that differs/)
  t.match(broken(({ entities }) => { entities[1]!.aliases = [[entities[0]!.name, 'others']] }), /a name that no other has/)
  t.match(broken(({ entities }) => { entities[0]!.fields[0]!.name = 'null' }), /means nothing else/)
  t.match(broken(({ entities }) => { entities[last]!.relations[0]!.to = entities[last]!.name }), /stands before/)
  t.match(broken(({ entities }) => { entities[at]!.lifecycle!.actions[0]!.to = 'nowhere' }), /one of the states/)
  t.match(broken(({ entities }) => { entities[at]!.lifecycle!.states.push('unreached') }), /lead to from/)
  t.match(broken(({ entities }) => { entities[at]!.lifecycle!.actions[0]!.asks = ['nothing'] }), /a field of/)
  t.match(broken(({ entities }) => { entities[at]!.lifecycle!.actions[0]!.needs = [{ field: 'nothing', is: true, says: 'it is not' }] }), /a flag, a choice or the state/)
  t.match(broken(({ entities }) => { entities[0]!.fields.push({ name: 'width_in_km', type: 'number', between: [1, 9], unit: 'km', mutable: false, often: 1 }) }), /do not hold the unit/)
  t.match(broken((theme) => { theme.forbid[0]!.verbs = ['nothing'] }), /an action of/)
})
