/** Entities of a pack as they are in one world: some of their fields, some of their relations, another lifecycle. */
import type { Action, Entity, Field, Guard, Lifecycle, Relation } from '../../protocol/spec/blueprint.ts'
import type { ThemeEntity } from '../../protocol/spec/theme.ts'
import { chance, type Key, keyOf } from '../core/keyed.ts'
import type { Chosen } from './grammar-choice.ts'
import { between, pickWeighted } from './grammar-draw.ts'
import { extended, trimmed } from './grammar-lifecycle.ts'
import { idPrefix, nameEntity, nameFields } from './grammar-name.ts'
import type { Request } from './grammar-request.ts'
import { happens, pickOne } from './pick.ts'

/** An entity of the world, what it was, and what its fields were called there. */
export type Built = { readonly chosen: Chosen; readonly entity: Entity; readonly names: ReadonlyMap<string, string> }

/** How much the share of optional fields grows with `context`. */
const CONTEXT_SHARE = [0.25, 0.5, 0.8, 0.95, 100]
const CONTEXT_ROWS = [0.6, 0.8, 1, 1.25, 1.5]
const MOST_FIELDS = 12

type World = {
  readonly request: Request
  readonly built: readonly Built[]
  /** Names are draws of the world, what is left out is one of the attempt. */
  readonly key: Key
  readonly attempt: Key
}

/** The entity of the world that a relation leads to: the one of its pack, or a person or place like it where it was borrowed. */
function targetOf({ built }: World, { pack }: Chosen, to: string): Built | undefined {
  const own = built.find(({ chosen }) => chosen.pack === pack && chosen.entity.name === to)
  if (own) return own
  const meant = pack.entities.find(({ name }) => name === to)
  // People and places are much the same everywhere; things of another trade would make no sense.
  return meant?.kind === 'person' || meant?.kind === 'place' ? built.find(({ chosen }) => chosen.pack !== pack && chosen.entity.kind === meant.kind && chosen.entity.named !== false) : undefined
}

type Kept = { readonly relation: Relation; readonly was: string; readonly target: Built; readonly foreign: boolean }

function keptRelations(world: World, chosen: Chosen): Kept[] {
  const root = keyOf(['relations', chosen.entity.name], world.attempt)
  const kept: Kept[] = []
  for (const { often, ...relation } of chosen.entity.relations) {
    const target = targetOf(world, chosen, relation.to)
    if (!target || !chance(keyOf([relation.name], root), often)) continue
    const foreign = target.chosen.pack !== chosen.pack
    const name = foreign || (relation.name === relation.to && relation.says === undefined) ? target.entity.name : relation.name
    if (kept.some((each) => each.relation.name === name || (foreign && each.relation.to === target.entity.name))) continue
    kept.push({ was: relation.name, target, foreign, relation: foreign ? { name, to: target.entity.name, mutable: relation.mutable } : { ...relation, name, to: target.entity.name } })
  }
  return kept
}

/** Without the number that its unit would have to be in the singular for: `1 nights`. */
function plural<F extends ThemeEntity['fields'][number]>(field: F): F {
  return field.type === 'number' && field.unit?.endsWith('s') ? { ...field, between: [Math.max(2, field.between[0]), Math.max(3, field.between[1])] } : field
}

/** Fields that actions ask for or look at are always there. */
function keptFields({ request: { axes: { context } }, attempt }: World, { name: entity, fields, lifecycle }: ThemeEntity, names: ReadonlyMap<string, string>): Field[] {
  const needed = new Set(lifecycle?.actions.flatMap(({ asks, needs }) => [...asks, ...needs.filter(({ relation }) => relation === undefined).map(({ field }) => field)]))
  const root = keyOf(['field', entity], attempt)
  const share = CONTEXT_SHARE[context ?? 2]!
  const wanted = fields.filter(({ name, often }) => needed.has(name) || chance(keyOf([name], root), Math.min(1, often * share)))
  const chosen = wanted.length > 0 ? wanted : fields.slice(0, 1)
  return chosen.toSorted((a, b) => Number(needed.has(b.name)) - Number(needed.has(a.name))).slice(0, MOST_FIELDS)
    .toSorted((a, b) => fields.indexOf(a) - fields.indexOf(b))
    .map(plural).map(({ often: _often, ...field }) => ({ ...field, name: names.get(field.name)!, mutable: field.mutable && (needed.has(field.name) || !happens(root, `fixed ${field.name}`, 0.2)), says: field.says ?? field.name.replaceAll('_', ' ') }) as Field)
}

/** A condition in the words of the world, or undefined where what it looks at is not there. */
function guardHere(guard: Guard, fields: readonly Field[], relations: readonly Kept[], names: ReadonlyMap<string, string>): Guard | undefined {
  if (guard.relation === undefined) {
    const name = names.get(guard.field)
    return fields.some((field) => field.name === name) ? { ...guard, field: name! } : undefined
  }
  const kept = relations.find(({ was }) => was === guard.relation)
  const field = kept?.target.names.get(guard.field)
  if (!kept || kept.foreign || field === undefined) return undefined
  const { lifecycle, fields: theirs } = kept.target.entity
  const there = lifecycle?.field === field ? lifecycle.states.includes(String(guard.is)) : theirs.some((each) => each.name === field)
  return there ? { ...guard, relation: kept.relation.name, field } : undefined
}

function lifecycleHere({ request: { axes, own }, attempt }: World, { name, kind, lifecycle }: ThemeEntity, fields: readonly Field[], relations: readonly Kept[], names: ReadonlyMap<string, string>): Lifecycle | undefined {
  if (!lifecycle) return undefined
  const root = keyOf(['lifecycle', name], attempt)
  const keep = own?.verbs[name] ?? []
  const size = lifecycle.states.length
  const moved = pickWeighted(root, 'size', [[0, 8], [-1, 5], [-2, 3], [1, 3], [2, 2]] as const)
  const count = axes.lifecycle ?? Math.max(Math.min(3, size), size + moved)
  const shaped = extended(trimmed(lifecycle, count, keep, root), count, kind, root)
  const here = new Set(fields.map((field) => field.name))
  const actions = shaped.actions.map((action): Action => ({
    ...action,
    asks: action.asks.map((field) => names.get(field)!).filter((field) => here.has(field)),
    needs: action.needs.map((guard) => guardHere(guard, fields, relations, names)).filter((guard) => guard !== undefined),
  }))
  return { field: names.get(lifecycle.field)!, states: shaped.states, initial: shaped.initial, actions }
}

/** How many rows, and how they are numbered. */
function numbers(world: World, { name, rows: [least, most] }: ThemeEntity, called: string): Pick<Entity, 'rows' | 'id'> {
  const root = keyOf(['rows', name], world.key)
  const scale = CONTEXT_ROWS[world.request.axes.context ?? 2]!
  const taken = new Set(world.built.map(({ entity }) => entity.id.prefix))
  return {
    rows: Math.max(4, Math.min(400, Math.round(between(root, 'rows', least, most) * scale))),
    id: { style: happens(world.key, 'counters', 0.3) ? 'counter' : happens(root, 'counter', 0.15) ? 'counter' : 'draw', prefix: happens(world.key, 'bare ids', 0.08) ? '' : idPrefix(called, taken, keyOf(['ids'], world.key)), digits: pickOne(world.key, 'digits', [4, 5, 5, 6]) },
  }
}

/** One entity of a world, after those that it may refer to. */
function buildEntity(world: World, chosen: Chosen, taken: ReadonlySet<string>): Built {
  const { entity: source } = chosen
  const kept = keptRelations(world, chosen)
  const called = nameEntity(chosen, taken, world.request.own?.must.includes(source.name) ?? false, world.key)
  const names = nameFields(source, [...kept.map(({ relation }) => relation.name), ...source.relations.map(({ name }) => name)], world.key)
  const fields = keptFields(world, source, names)
  const lifecycle = lifecycleHere(world, source, fields, kept, names)
  return {
    chosen, names,
    entity: {
      ...called, about: source.about, kind: source.kind, named: source.named, ...numbers(world, source, called.name), fields,
      relations: kept.map(({ relation }) => relation), ...(lifecycle && { lifecycle }),
    },
  }
}

/** The entities of a world, in their order. */
export function buildEntities(request: Request, chosen: readonly Chosen[], key: Key, attempt: Key): Built[] {
  const built: Built[] = []
  const taken = new Set<string>()
  for (const each of chosen) {
    const one = buildEntity({ request, built, key, attempt }, each, taken)
    taken.add(one.entity.name).add(one.entity.plural)
    built.push(one)
  }
  return built
}
