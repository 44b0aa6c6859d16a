/** The grammar builder: theme packs, a point on the axes and a key become a blueprint. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { chooseEntities, chooseTheme } from './grammar-choice.ts'
import { between, ranked } from './grammar-draw.ts'
import { type Built, buildEntities } from './grammar-entity.ts'
import { drawIntents } from './grammar-intent.ts'
import { reword } from './grammar-reword.ts'
import type { Request } from './grammar-request.ts'
import { isOfSplit, splitOfTheme } from './grammar-split.ts'
import { drawDynamics, drawStyle, drawTeam } from './grammar-team.ts'
import { happens, pickOne } from './pick.ts'
import { toEnd } from '../core/to-end.ts'

/** Draws until the world is in the split of its theme; later ones draw the entities anew as well. */
const MOST_ATTEMPTS = 400
const NARROW_ATTEMPTS = 60

const CURRENCIES = ['$', '$', '€', '£', 'CHF'] as const

type Forbidden = Blueprint['forbid'][number]

/** Rules of the pack that the world has everything for. */
function rulesOf(theme: Theme, built: readonly Built[], lawless: boolean, key: Key): Forbidden[] {
  if (lawless) return []
  const count = pickOne(keyOf(['rules'], key), 'count', [0, 1, 1, 2, 2, 3])
  return ranked(key, 'rules', theme.forbid, ({ says }) => says).flatMap((rule): Forbidden[] => {
    const here = built.find(({ chosen }) => chosen.pack === theme && chosen.entity.name === rule.entity)
    if (!here) return []
    const { entity, names } = here
    const verbs = rule.verbs.filter((verb) => (verb === 'update' ? entity.fields.some(({ mutable }) => mutable) : entity.lifecycle?.actions.some((action) => action.verb === verb)))
    const { relation, field, is, says } = rule.when
    const original = here.chosen.entity.relations.find(({ name }) => name === relation)
    const owner = relation === undefined ? here : built.find(({ chosen }) => chosen.pack === theme && chosen.entity.name === original?.to)
    const column = owner === here ? names.get(field) : owner?.names.get(field)
    const through = relation === undefined ? undefined : entity.relations.find(({ name, to }) => (name === relation || name === owner?.entity.name) && to === owner?.entity.name)
    if (verbs.length === 0 || !owner || column === undefined || (relation !== undefined && !through)) return []
    const there = owner.entity.lifecycle?.field === column ? owner.entity.lifecycle.states.includes(String(is)) : owner.entity.fields.some(({ name }) => name === column)
    return there ? [{ entity: entity.name, verbs, when: { ...(through && { relation: through.name }), field: column, is, says }, says: rule.says }] : []
  }).slice(0, count)
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** Some working day's morning. */
function epochOf(key: Key): string {
  const root = keyOf(['epoch'], key)
  return `${between(root, 'year', 2024, 2027)}-${two(between(root, 'month', 1, 12))}-${two(between(root, 'day', 1, 28))}T${two(between(root, 'hour', 6, 10))}:${pickOne(root, 'minute', ['00', '15', '30', '45'])}:00Z`
}

function titleOf(place: string, built: readonly Built[]): string {
  const words = built.map(({ entity: { plural } }) => plural.replaceAll('_', ' ')).slice(-3)
  return `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${words.slice(0, -1).join(', ')}${words.length > 1 ? ' and ' : ''}${words.at(-1)!}`.slice(0, 120)
}

/** Entities and style of an attempt, as far as they decide the shape. */
function outlineOf(request: Request, theme: Theme, themes: readonly Theme[], count: number | undefined, key: Key, attempt: number): { built: Built[]; style: Blueprint['style'] } {
  const wide = attempt < NARROW_ATTEMPTS ? key : keyOf(['again', attempt], key)
  const narrow = keyOf(['attempt', attempt], key)
  const chosen = chooseEntities(theme, themes, count, request.own, wide)
  return { built: buildEntities(request, chosen, wide, narrow), style: drawStyle(request, key, narrow) }
}

/**
 * A blueprint in the split of its theme. Entities, names and style do not move with axes that are not about them.
 * @throws GymError GYM_INVALID_PARAMS for a theme that does not exist
 */
export function sketch(request: Request, themes: readonly Theme[], root: Key): Blueprint {
  return toEnd(sketchStepwise(request, themes, root))
}

/** The same, giving way between its draws. */
export function* sketchStepwise(request: Request, themes: readonly Theme[], root: Key): Generator<void, Blueprint> {
  const key = keyOf(['grammar'], root)
  const theme = chooseTheme(request, themes, key)
  const split = splitOfTheme(theme.theme, themes)
  const { axes } = request
  let outline = outlineOf(request, theme, themes, axes.tools, key, 0)
  for (let attempt = 1; !isOfSplit({ entities: outline.built.map(({ entity }) => entity), style: outline.style } as Blueprint, split); attempt++) {
    if (attempt === MOST_ATTEMPTS) throw new Error(`no world of the theme ${theme.theme} falls into the split ${split} in ${MOST_ATTEMPTS} draws`)
    yield
    outline = outlineOf(request, theme, themes, axes.tools, key, attempt)
  }
  const { built, style } = outline
  const { entities, forbid } = reword(built, rulesOf(theme, built, request.lawless ?? false, key))
  const decoys = axes.decoys ?? pickOne(key, 'decoys', [0, 0.05, 0.1, 0.1, 0.2, 0.3])
  const place = pickOne(key, 'place', theme.places)
  return {
    format: 'fractal-gym.blueprint/1', name: `gen-${theme.theme}`, title: titleOf(place, built), theme: theme.theme, place, epoch: epochOf(key), currency: happens(key, 'usual currency', 0.5) ? '$' : pickOne(key, 'currency', CURRENCIES),
    entities, style, decoys, forbid, intents: drawIntents({ entities, forbid, decoys, style }, axes, key), team: drawTeam(request, theme, key), dynamics: drawDynamics(request, key),
  }
}

