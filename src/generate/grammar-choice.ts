/** Which theme a world is of, and which entities are in it. */
import type { Theme, ThemeEntity } from '../../protocol/spec/theme.ts'
import { GymError } from '../core/gym-error.ts'
import { type Key, keyOf, word } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { pickWeighted, ranked } from './grammar-draw.ts'
import type { OwnTheme, Request } from './grammar-request.ts'
import { happens, pickOne } from './pick.ts'

const SIZES = [[3, 2], [4, 4], [5, 5], [6, 4], [7, 3], [8, 2], [9, 1], [10, 1]] as const
/** Themes of their own have more that nothing happens to. */
const OWN_SIZES = [[6, 4], [7, 4], [8, 3], [9, 2], [10, 1]] as const
/** An entity and the pack that it is from. */
export type Chosen = { readonly pack: Theme; readonly entity: ThemeEntity }

/** The share of worlds that borrow an entity or two from other packs of their split. */
const BORROWING = 0.35

/**
 * The theme of a world.
 * @throws GymError GYM_INVALID_PARAMS for a theme that does not exist
 */
export function chooseTheme({ theme, own, split }: Request, themes: readonly Theme[], key: Key): Theme {
  if (own) return own.theme
  if (theme === 'any') {
    const open = themes.filter((each) => split === undefined || each.split === split)
    if (open.length === 0) throw new GymError('GYM_INVALID_PARAMS', `there is no theme${split === undefined ? '' : ` of the split ${split}`}`, { path: 'theme' })
    return pickOne(key, 'theme', open)
  }
  const found = themes.find((each) => each.theme === theme)
  if (found) return found
  const names = themes.map((each) => each.theme)
  const close = nearest(theme, names)
  throw new GymError('GYM_INVALID_PARAMS', `expected a theme, found "${theme.slice(0, 60)}"${close === undefined ? '' : `; did you mean "${close}"?`}`, { path: 'theme', nearest: close ?? names.slice(0, 30).join(', ') })
}

/** Entities in the order in which worlds take them: what one always refers to goes before it. */
function sequence(theme: Theme, must: readonly string[], last: readonly string[], key: Key): ThemeEntity[] {
  const taken = new Set<string>()
  const order: ThemeEntity[] = []
  const byName = new Map(theme.entities.map((entity) => [entity.name, entity]))
  const take = (entity: ThemeEntity): void => {
    if (taken.has(entity.name)) return
    taken.add(entity.name)
    for (const { to, often } of entity.relations) if (often === 1 && byName.has(to)) take(byName.get(to)!)
    order.push(entity)
  }
  for (const name of must) if (byName.has(name)) take(byName.get(name)!)
  const mixed = ranked(key, 'entities', theme.entities, ({ name }) => name)
  for (const entity of mixed) if (entity.core) take(entity)
  for (const entity of mixed) if (!last.includes(entity.name)) take(entity)
  for (const entity of mixed) take(entity)
  return order
}

/** Puts in what a world cannot do without, where it is missing. */
function withOne(chosen: ThemeEntity[], order: readonly ThemeEntity[], fits: (entity: ThemeEntity) => boolean): void {
  if (chosen.some(fits)) return
  const other = order.find(fits)
  if (other) chosen[chosen.length - 1] = other
}

/** Entities of other packs that nothing in the theme is called like. */
function borrowed(theme: Theme, others: readonly Theme[], count: number, key: Key): Chosen[] {
  if (count === 0) return []
  const words = new Set(theme.entities.flatMap(({ name, plural, aliases }) => [name, plural, ...aliases.flat()]))
  const pool = others.flatMap((pack) => pack.entities.filter(({ name, plural }) => !words.has(name) && !words.has(plural)).map((entity) => ({ pack, entity })))
  const found: Chosen[] = []
  const root = keyOf(['borrowed'], key)
  for (let i = 0; found.length < count && i < count * 6 && pool.length > 0; i++) {
    const one = pool[word(root, i) % pool.length]!
    if (!found.some(({ entity: { name, plural } }) => name === one.entity.name || plural === one.entity.plural)) found.push(one)
  }
  return found
}

/**
 * The entities of a world, each after those that it refers to.
 * A larger number keeps what a smaller one has, as far as the world stays whole.
 * @param wanted how many; drawn where absent, and then all that the sentence speaks of are there
 */
export function chooseEntities(theme: Theme, themes: readonly Theme[], wanted: number | undefined, own: OwnTheme | undefined, key: Key): Chosen[] {
  const must = own?.must ?? []
  const borrows = own === undefined
  const order = sequence(theme, must, own?.last ?? [], key)
  const count = wanted ?? Math.max(pickWeighted(key, 'size', borrows ? SIZES : OWN_SIZES), ...must.map((name) => 1 + order.findIndex((entity) => entity.name === name)))
  const others = themes.filter((pack) => pack.split === theme.split && pack.theme !== theme.theme)
  const wish = borrows && count > 3 && others.length > 0 && happens(key, 'borrow', BORROWING) ? (happens(key, 'borrow two', 0.3) ? 2 : 1) : 0
  const kept = order.slice(0, Math.max(2, Math.min(count - wish, order.length)))
  withOne(kept, order, ({ lifecycle }) => lifecycle !== undefined)
  if (kept.length > 2 || count > 2) withOne(kept, order, ({ named }) => named !== false)
  const places = new Map(theme.entities.map((entity, i) => [entity, i]))
  kept.sort((a, b) => places.get(a)! - places.get(b)!)
  return [...kept.map((entity) => ({ pack: theme, entity })), ...borrowed(theme, others, borrows ? Math.max(0, count - kept.length) : 0, key)]
}
