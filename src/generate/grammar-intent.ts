/** What people ask for in a world: goals, references and twists fitted to the axes. */
import type { Blueprint, Entity, Goal, Intent } from '../../protocol/spec/blueprint.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Axes } from './axis.ts'
import { between, pickWeighted, ranked } from './grammar-draw.ts'
import { type Goals, goalsOf, joinsOf } from './grammar-goal.ts'
import { happens, pickOne } from './pick.ts'
import { isFirstNumber } from './task-question.ts'

type World = Pick<Blueprint, 'entities' | 'forbid' | 'decoys' | 'style'>
type Kind = 'state' | 'several' | 'create' | 'field' | 'link' | 'each' | 'question'
type Goaled = { readonly goals: readonly Goal[]; readonly twist: Intent['twist'] }

const KINDS: readonly (readonly [Kind, number])[] = [['state', 9], ['several', 3], ['create', 4], ['field', 3], ['link', 2], ['each', 2], ['question', 5]]
const DEPTHS = [[1, 6], [2, 6], [3, 4], [4, 2], [5, 1]] as const
const MOST_GOALS = 3
/** Goals of a request in which something is missing: each brings a fact or two. */
const MOST_MISSING = 4

/** A state that exactly so many writes lead to. */
function stateAt(goals: Goals, depth: number, not: ReadonlySet<string>, key: Key): Goal | undefined {
  const found = ranked(key, 'states', goals.states.filter(({ entity }) => !not.has(entity.name)), ({ entity, state }) => `${entity.name}.${state}`)
    .find(({ entity, state }) => goals.reaches(entity, state, depth))
  return found && { goal: 'state', entity: found.entity.name, state: found.state, depth }
}

/** Goals about different entities that add up to so many writes, or to as many as there can be. */
function several(goals: Goals, depth: number, key: Key): Goal[] {
  const parts: Goal[] = []
  const used = new Set<string>()
  for (let left = depth; left > 0 && parts.length < MOST_GOALS;) {
    const root = keyOf(['part', parts.length], key)
    const most = parts.length === 0 && left > 1 ? Math.max(1, left - between(root, 'kept back', 1, Math.max(1, Math.floor(left / 2)))) : left
    let goal: Goal | undefined
    for (let want = parts.length === MOST_GOALS - 1 ? left : most; want > 0 && !goal; want--) goal = stateAt(goals, want, used, root)
    if (!goal) break
    parts.push(goal)
    used.add(goal.entity)
    left -= (goal as { depth: number }).depth
  }
  return parts
}

function fieldOrLink(goals: Goals, key: Key): Goal | undefined {
  const open: Goal[] = [...goals.fields, ...goals.links]
  return open.length ? pickOne(key, 'change', open) : undefined
}

function createAt(goals: Goals, then: number, key: Key): Goal | undefined {
  const open = goals.creates.filter((each) => each.then >= then)
  return open.length ? { goal: 'create', entity: pickOne(key, 'create', open).entity.name, then } : undefined
}

/** Goals of a kind, of a depth; nothing where the world has none. */
function goalsAt(goals: Goals, kind: Kind, depth: number, key: Key): readonly Goal[] {
  const one = (goal: Goal | undefined): readonly Goal[] => (goal ? [goal] : [])
  switch (kind) {
    case 'state': return one(stateAt(goals, depth, new Set(), key))
    case 'several': return several(goals, Math.max(2, depth), key)
    case 'create': return one(createAt(goals, Math.min(6, depth - 1), key))
    case 'field': return one(goals.fields.length ? pickOne(key, 'field', goals.fields) : undefined)
    case 'link': return one(goals.links.length ? pickOne(key, 'link', goals.links) : undefined)
    case 'each': return one(goals.eaches.length ? { goal: 'each', ...pickOne(key, 'each', goals.eaches), rows: between(key, 'rows', 2, 4) } : undefined)
    case 'question': {
      const entity = goals.questions.length ? pickOne(key, 'asked entity', [...new Set(goals.questions.map((goal) => goal.entity))]) : undefined
      const open = goals.questions.filter((goal) => goal.entity === entity)
      const ask = open.length ? pickOne(key, 'ask', [...new Set(open.map((goal) => goal.ask))]) : undefined
      return one(open.length ? pickOne(key, 'question', open.filter((goal) => goal.ask === ask)) : undefined)
    }
  }
}

/** Kinds that can have exactly so many writes. */
function kindsAt(depth: number): readonly (readonly [Kind, number])[] {
  return KINDS.filter(([kind]) => kind === 'state' || (kind === 'several' && depth > 1) || (kind === 'create' && depth < 8) || ((kind === 'field' || kind === 'link') && depth === 1))
}

/** Facts that only the user knows, if a request is made with something missing. */
function factsOf({ entities }: World, goal: Goal): number {
  const entity = entities.find(({ name }) => name === goal.entity)!
  // Nobody says of a flag alone that it is out of date.
  if (goal.goal === 'field') return entity.fields.find(({ name }) => name === goal.field)?.type === 'flag' ? 0 : 1
  if (goal.goal === 'create') return entity.fields.some(({ name, type }) => type !== 'flag' && !entity.lifecycle?.actions.some(({ asks }) => asks.includes(name))) ? 1 : 0
  return goal.goal === 'state' ? (entity.lifecycle!.actions.find(({ to }) => to === goal.state)?.asks.length ?? 0) : 0
}

/** A request in which so many facts are missing: one change or new row for each. */
function missing(world: World, goals: Goals, facts: number, depth: number | undefined, key: Key): Goaled | undefined {
  const made: Goal[] = []
  const open = ranked(key, 'missing', [...goals.fields, ...goals.creates.map(({ entity }): Goal => ({ goal: 'create', entity: entity.name, then: 0 }))], (goal) => `${goal.goal} ${goal.entity} ${'field' in goal ? goal.field : ''}`)
  const steps = depth === undefined ? [] : ranked(key, 'missing states', goals.states, ({ entity, state }) => `${entity.name}.${state}`).filter(({ entity, state }) => goals.reaches(entity, state, depth)).map(({ entity, state }): Goal => ({ goal: 'state', entity: entity.name, state, depth }))
  let count = 0
  for (const goal of [...steps, ...open]) {
    const more = factsOf(world, goal)
    if (count >= facts || made.length === MOST_MISSING) break
    if (more === 0 || count + more > facts || made.some(({ entity }) => entity === goal.entity)) continue
    made.push(goal)
    count += more
  }
  return made.length ? { goals: made, twist: 'missing' } : undefined
}

/** A request that cannot be carried out as it stands. */
function twisted(world: World, goals: Goals, key: Key): Goaled | undefined {
  const named = goals.fields.filter(({ entity }) => world.entities.find(({ name }) => name === entity)!.named !== false)
  const state = (from: readonly { entity: string; state: string }[]): Goal[] => (from.length ? [{ goal: 'state', ...pickOne(key, 'twisted', from), depth: 1 }] : [])
  const twist = pickWeighted(key, 'twist', [['infeasible', 4], ['forbidden', world.forbid.length ? 5 : 0], ['ambiguous', world.decoys > 0 && named.length ? 4 : 0], ['no_tool', 3]] as const)
  const made = twist === 'ambiguous' ? [pickOne(key, 'twisted', named)] : state(twist === 'forbidden' ? goals.forbidden : twist === 'infeasible' ? goals.stuck : goals.states.map(({ entity, state: to }) => ({ entity: entity.name, state: to })))
  return made.length ? { goals: made, twist } : undefined
}

function drawGoals(world: World, goals: Goals, all: Goals, { depth, joins = 0, missing: facts }: Axes, key: Key): Goaled | undefined {
  if (facts !== undefined && facts > 0) return missing(world, goals, facts, depth, key)
  if (facts === undefined && happens(key, 'missing', depth === undefined ? 0.12 : 0)) return missing(world, goals, pickOne(key, 'facts', [1, 1, 2]), undefined, key)
  if (depth === undefined && happens(key, 'twisted', 0.2)) return twisted(world, goals, key)
  const want = depth ?? pickWeighted(key, 'depth', DEPTHS)
  // One reference seldom goes through so many relations; those of several rows do.
  const kind = joins > 1 && want > 1 && happens(key, 'through several', 0.8) ? 'several' : pickWeighted(key, 'kind', depth === undefined ? KINDS : kindsAt(want))
  const made = goalsAt(goals, kind, want, key)
  const writes = made.reduce((sum, goal) => sum + (goal.goal === 'state' ? goal.depth : 0), 0)
  if (made.length && !(kind === 'several' && writes < want)) return { goals: made, twist: 'none' }
  const other = depth === undefined || depth > 1 ? several(all, want, key) : [fieldOrLink(goals, key) ?? createAt(goals, 0, key)].filter((goal) => goal !== undefined)
  return other.length ? { goals: other, twist: 'none' } : undefined
}

/** Goals about entities that so many joins lead to, two requests together, or as many as the world has. */
function farEnough({ entities }: World, goals: Goals, { joins }: Axes): Goals {
  if (joins === undefined || joins === 0) return goals
  const far = new Map(entities.map(({ name }) => [name, joinsOf(entities, name)]))
  const need = Math.min(Math.ceil(joins / 2), Math.max(...far.values()))
  const isFar = (name: string): boolean => far.get(name)! >= need
  const near = <T extends { readonly entity: string | Entity }>(list: readonly T[]): readonly T[] => {
    const kept = list.filter(({ entity }) => isFar(typeof entity === 'string' ? entity : entity.name))
    return kept.length > 0 ? kept : list
  }
  return { ...goals, states: near(goals.states), fields: near(goals.fields), links: near(goals.links), creates: near(goals.creates), eaches: near(goals.eaches), questions: near(goals.questions), stuck: near(goals.stuck) }
}

/** How the request speaks of its rows, where the world allows it. */
function referenceOf({ entities }: World, { goals, twist }: Goaled, { joins }: Axes, key: Key): Pick<Intent, 'reference' | 'joins'> {
  const [first] = goals
  if (twist === 'ambiguous') return { reference: 'name', joins: 0 }
  const entity = entities.find(({ name }) => name === first!.entity)!
  const most = goals.reduce((sum, goal) => sum + joinsOf(entities, goal.entity), 0)
  const through = Math.min(most, joins ?? pickWeighted(key, 'joins', [[0, 4], [1, 5], [2, 3], [3, 1]] as const))
  if (through === 0) return { reference: entity.named === false ? 'id' : pickWeighted(key, 'direct', [['name', 5], ['id', 1]] as const), joins: 0 }
  const extreme = through === 1 && entity.fields.some(({ type }) => type === 'day' || type === 'money' || type === 'number')
  return { reference: pickWeighted(key, 'through', [['relation', 5], ['attributes', 2], ['extreme', extreme ? 2 : 0]] as const), joins: through }
}

function verbOf(entities: readonly Entity[], goal: Goal): string {
  switch (goal.goal) {
    case 'state': return entities.find(({ name }) => name === goal.entity)!.lifecycle!.actions.find(({ to }) => to === goal.state)!.verb
    case 'each': return `${entities.find(({ name }) => name === goal.entity)!.lifecycle!.actions.find(({ to }) => to === goal.state)!.verb}_each`
    case 'field': return `change_${goal.field}_of`
    case 'link': return `change_${goal.relation}_of`
    case 'create': return 'new'
    case 'question': return `ask_${goal.ask}${goal.field === undefined ? '' : `_${goal.field}`}_of`
  }
}

function nameIntent({ entities }: World, { goals, twist }: Goaled): string {
  const [first] = goals
  return `${verbOf(entities, first!)}_${first!.entity}${goals.length > 1 ? '_and_more' : ''}${twist === 'none' ? '' : `_${twist}`}`.slice(0, 58)
}

/** Whether the first number of the row that a request names is the answer: whoever understands nothing gives that one. */
function isGivenAway(world: World, { goals: [goal] }: Goaled, { joins }: Pick<Intent, 'joins'>): boolean {
  const entity = world.entities.find(({ name }) => name === goal?.entity)
  return goal?.goal === 'question' && goal.ask === 'field' && joins === 0 && entity!.fields.some((field) => field.name === goal.field && isFirstNumber(world, entity!, field))
}

/** What a request is, whatever it is called: no two of a world are the same. */
function signature({ goals, twist }: Goaled): string {
  return JSON.stringify([goals, twist])
}

/** 6 to 12 kinds of request, different in what they want. */
export function drawIntents(world: World, axes: Axes, root: Key): Intent[] {
  const all = goalsOf(world)
  const goals = farEnough(world, all, axes)
  const count = between(root, 'intents', 6, 12)
  const intents = new Map<string, Intent>()
  const names = new Set<string>()
  for (let i = 0; intents.size < count && i < count * 3; i++) {
    const key = keyOf(['intent', i], root)
    const goaled = drawGoals(world, goals, all, axes, key)
    if (!goaled || intents.has(signature(goaled))) continue
    const spoken = referenceOf(world, goaled, axes, keyOf(['reference'], key))
    if (isGivenAway(world, goaled, spoken)) continue
    const wish = nameIntent(world, goaled)
    let name = wish
    for (let n = 2; names.has(name); n++) name = `${wish}_${n}`
    names.add(name)
    intents.set(signature(goaled), { name, goals: [...goaled.goals], twist: goaled.twist, weight: 1, ...spoken })
  }
  if (intents.size > 0) return [...intents.values()]
  const last = createAt(all, 0, root) ?? fieldOrLink(all, root) ?? stateAt(all, 1, new Set(), root)
  return [{ name: 'do', goals: [last!], twist: 'none', weight: 1, reference: 'id', joins: 0 }]
}
