/** What is wrong with a blueprint that its schema cannot say: names that lead nowhere, goals that nobody can reach. */
import type { Blueprint, Entity, Goal, Guard } from '../../protocol/spec/blueprint.ts'
import { nearest } from '../core/nearest.ts'
import { checkNames, checkTexts, checkToolNames, type Say } from './check-word.ts'
import { goalsOf, type Goals } from './grammar-goal.ts'

/** Where, what was expected there and what was found; `text` says all of it. */
export type Complaint = { readonly at: string; readonly expected: string; readonly found: string; readonly nearest?: string; readonly text: string }

/** Of a world: its team is called so, with something behind it. */
const LONGEST_NAME = 80
/** Days from the epoch that fields may be away: the calendar has ends. */
const MOST_DAYS = 36_500
/** Where epochs are far enough from them. */
const YEARS = [1900, 2200] as const

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`
}

function among(say: Say, at: string, what: string, found: string, names: readonly string[]): boolean {
  if (names.includes(found)) return true
  say(at, `${what} (${listed(names)})`, found, names)
  return false
}

function unique(say: Say, at: (i: number) => string, what: string, names: readonly string[]): void {
  names.forEach((name, i) => { if (names.indexOf(name) < i) say(at(i), `${what} that no other has`, name) })
}

/** What a condition looks at; `entity` is the one whose rows are looked at first. */
function checkGuard(say: Say, at: string, entities: readonly Entity[], entity: Entity, { relation, field, is }: Guard): void {
  let owner: Entity | undefined = entity
  if (relation !== undefined) {
    if (!among(say, `${at}.relation`, `a relation of ${entity.name}`, relation, entity.relations.map(({ name }) => name))) return
    const to = entity.relations.find(({ name }) => name === relation)!.to
    owner = entities.find(({ name }) => name === to)
    if (!owner) return
  }
  if (owner.lifecycle?.field === field) {
    among(say, `${at}.is`, `a state of ${owner.name}`, String(is), owner.lifecycle.states)
    return
  }
  const found = owner.fields.find(({ name }) => name === field)
  const open = [...owner.fields.filter(({ type }) => type === 'flag' || type === 'choice').map(({ name }) => name), ...(owner.lifecycle ? [owner.lifecycle.field] : [])]
  if (!found) among(say, `${at}.field`, `a flag, a choice or the state of ${owner.name}`, field, open)
  else if (found.type === 'flag') { if (typeof is !== 'boolean') say(`${at}.is`, 'true or false, as the field is a flag', is) }
  else if (found.type === 'choice') among(say, `${at}.is`, `a value of ${owner.name}.${field}`, String(is), found.values)
  else say(`${at}.field`, `a flag, a choice or the state of ${owner.name} (${listed(open)})`, `${field}, which is a ${found.type}`)
}

function checkLifecycle(say: Say, at: string, entities: readonly Entity[], entity: Entity): void {
  const { states, initial, actions } = entity.lifecycle!
  unique(say, (i) => `${at}.states[${i}]`, 'a state', states)
  among(say, `${at}.initial`, 'one of the states', initial, states)
  unique(say, (i) => `${at}.actions[${i}].verb`, 'a verb', actions.map(({ verb }) => verb))
  const fields = entity.fields.map(({ name }) => name)
  actions.forEach((action, i) => {
    const here = `${at}.actions[${i}]`
    action.from.forEach((state, j) => among(say, `${here}.from[${j}]`, 'one of the states', state, states))
    among(say, `${here}.to`, 'one of the states', action.to, states)
    if (action.from.includes(action.to)) say(`${here}.from`, 'states other than the one that the action leads to', action.to)
    unique(say, (j) => `${here}.asks[${j}]`, 'a field', action.asks)
    action.asks.forEach((field, j) => among(say, `${here}.asks[${j}]`, `a field of ${entity.name}`, field, fields))
    action.needs.forEach((guard, j) => checkGuard(say, `${here}.needs[${j}]`, entities, entity, guard))
    if (!/\{it\}/.test(action.says)) say(`${here}.says`, 'an imperative with {it}, such as "cancel {it}"', action.says)
  })
  const reached = new Set([initial])
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const { from, to } of actions) if (from.some((state) => reached.has(state))) reached.add(to)
  }
  states.forEach((state, i) => { if (!reached.has(state)) say(`${at}.states[${i}]`, `a state that actions lead to from ${initial}`, state) })
}

function checkEntity(say: Say, at: string, { entities, style }: Blueprint, i: number): void {
  const entity = entities[i]!
  const earlier = entities.slice(0, i).map(({ name }) => name)
  entity.relations.forEach(({ to }, j) => {
    const later = entities.slice(i).some(({ name }) => name === to)
    if (!earlier.includes(to)) say(`${at}.relations[${j}].to`, `an entity that stands before ${entity.name} (${listed(earlier)})`, later ? `${to}, which does not stand before it` : to, later ? undefined : earlier)
  })
  checkNames(say, at, entity, style)
  entity.fields.forEach((field, j) => {
    if (field.type === 'choice') unique(say, (k) => `${at}.fields[${j}].values[${k}]`, 'a value', field.values)
    if ('between' in field && field.between[0] > field.between[1]) say(`${at}.fields[${j}].between`, 'the smaller bound first', field.between.join(' to '))
    if ((field.type === 'number' || field.type === 'money') && field.between[0] < 0) say(`${at}.fields[${j}].between`, 'bounds that are not negative', field.between.join(' to '))
    if (field.type === 'day' && field.between.some((day) => Math.abs(day) > MOST_DAYS)) say(`${at}.fields[${j}].between`, `at most ${MOST_DAYS} days from the epoch`, field.between.join(' to '))
  })
  if (entity.lifecycle) checkLifecycle(say, `${at}.lifecycle`, entities, entity)
}

/** Goals of the same kind that would do. */
function instead({ goal }: Goal, entity: Entity): string {
  if (goal === 'link') return listed(entity.relations.filter(({ mutable }) => mutable).map(({ name }) => name))
  return listed(entity.fields.filter(({ mutable }) => mutable).map(({ name }) => name))
}

function checkGoal(say: Say, at: string, entities: readonly Entity[], goals: Goals, goal: Goal, done: boolean): void {
  if (!among(say, `${at}.entity`, 'an entity', goal.entity, entities.map(({ name }) => name))) return
  const entity = entities.find(({ name }) => name === goal.entity)!
  const fields = entity.fields.map(({ name }) => name)
  switch (goal.goal) {
    case 'state': {
      if (!entity.lifecycle) return say(`${at}.entity`, 'an entity with a lifecycle', goal.entity)
      if (!among(say, `${at}.state`, `a state of ${entity.name}`, goal.state, entity.lifecycle.states)) return undefined
      const can = [1, 2, 3, 4, 5, 6, 7, 8].filter((depth) => goals.reaches(entity, goal.state, depth))
      if (done && !can.includes(goal.depth)) say(`${at}.depth`, can.length ? `a number of writes that lead to ${goal.state} (${listed(can.map(String))})` : `a state that an action leads to`, can.length ? String(goal.depth) : goal.state)
      return undefined
    }
    case 'each': {
      const open = goals.eaches.filter((each) => each.entity === goal.entity).map(({ state }) => state)
      return void among(say, `${at}.state`, `a state that an action of ${entity.name} without arguments and conditions leads to, with a relation to a named entity`, goal.state, open)
    }
    case 'field': {
      if (!among(say, `${at}.field`, `a field of ${entity.name}`, goal.field, fields)) return undefined
      return entity.fields.some(({ name, mutable }) => name === goal.field && mutable) ? undefined : say(`${at}.field`, `a mutable field (${instead(goal, entity)})`, goal.field)
    }
    case 'link': {
      if (!among(say, `${at}.relation`, `a relation of ${entity.name}`, goal.relation, entity.relations.map(({ name }) => name))) return undefined
      return entity.relations.some(({ name, mutable }) => name === goal.relation && mutable) ? undefined : say(`${at}.relation`, `a mutable relation (${instead(goal, entity)})`, goal.relation)
    }
    case 'create': {
      const most = goals.creates.find((each) => each.entity.name === goal.entity)?.then ?? 0
      return goal.then <= most ? undefined : say(`${at}.then`, `at most ${most} actions on a new ${entity.name}`, String(goal.then))
    }
    case 'question': {
      const open = goals.questions.filter((each) => each.entity === goal.entity && each.ask === goal.ask)
      if (open.length === 0) return say(`${at}.ask`, `a question that ${entity.name} can answer (${listed([...new Set(goals.questions.filter((each) => each.entity === goal.entity).map(({ ask }) => ask))])})`, goal.ask)
      const named = open.map(({ field }) => field).filter((field) => field !== undefined)
      return named.length === 0 || (goal.field === undefined && (goal.ask === 'sum' || goal.ask === 'most')) ? undefined : void among(say, `${at}.field`, goal.ask === 'related' ? `a relation of ${entity.name}` : `a field of ${entity.name} that can be asked for`, goal.field ?? '', named)
    }
  }
}

function checkIntents(say: Say, blueprint: Blueprint): void {
  const { entities, intents } = blueprint
  const goals = goalsOf(blueprint)
  unique(say, (i) => `intents[${i}].name`, 'a name', intents.map(({ name }) => name))
  intents.forEach(({ goals: wanted, twist }, i) => {
    const at = `intents[${i}]`
    const done = twist === 'none' || twist === 'missing' || twist === 'ambiguous'
    wanted.forEach((goal, j) => checkGoal(say, `${at}.goals[${j}]`, entities, goals, goal, done))
    unique(say, (j) => `${at}.goals[${j}].entity`, 'an entity', wanted.map(({ entity }) => entity))
    const [first] = wanted
    if (!done && wanted.length > 1) say(`${at}.goals`, 'one goal, as the request cannot be carried out', String(wanted.length))
    if (twist === 'ambiguous' && blueprint.decoys === 0) say(`${at}.twist`, 'decoys above 0 where names are ambiguous', 'decoys 0')
    if (twist === 'ambiguous' && (first!.goal !== 'field' || entities.find(({ name }) => name === first!.entity)?.named === false)) say(`${at}.goals[0]`, 'a change of a field of an entity that has names', first!.goal)
    if ((twist === 'infeasible' || twist === 'forbidden') && first!.goal !== 'state') say(`${at}.goals[0].goal`, 'state', first!.goal)
    else if (twist === 'forbidden' && first!.goal === 'state' && !goals.forbidden.some(({ entity, state }) => entity === first.entity && state === first.state)) say(`${at}.goals[0]`, `a state whose action a rule forbids (${listed(goals.forbidden.map(({ entity, state }) => `${entity}: ${state}`))})`, `${first.entity}: ${first.state}`)
    else if (twist === 'infeasible' && first!.goal === 'state' && !goals.stuck.some(({ entity, state }) => entity === first.entity && state === first.state)) say(`${at}.goals[0]`, `a state that some other state does not lead to (${listed(goals.stuck.map(({ entity, state }) => `${entity}: ${state}`))})`, `${first.entity}: ${first.state}`)
  })
}

function checkRules(say: Say, { entities, forbid }: Blueprint): void {
  forbid.forEach((rule, i) => {
    if (!among(say, `forbid[${i}].entity`, 'an entity', rule.entity, entities.map(({ name }) => name))) return
    const entity = entities.find(({ name }) => name === rule.entity)!
    const verbs = [...(entity.lifecycle?.actions.map(({ verb }) => verb) ?? []), ...(entity.fields.some(({ mutable }) => mutable) ? ['update'] : [])]
    rule.verbs.forEach((verb, j) => among(say, `forbid[${i}].verbs[${j}]`, `an action of ${entity.name}, or update`, verb, verbs))
    checkGuard(say, `forbid[${i}].when`, entities, entity, rule.when)
  })
}

/** What is wrong with a blueprint; nothing with one that can be written. Goals are looked at where the entities are sound. */
export function checkBlueprint(blueprint: Blueprint): Complaint[] {
  const complaints: Complaint[] = []
  const say: Say = (at, expected, found, names) => {
    const close = names && nearest(found, names)
    complaints.push({ at, expected, found, ...(close !== undefined && { nearest: close }), text: `${at}: expected ${expected}, found "${found}"${close === undefined ? '' : `; did you mean "${close}"?`}` })
  }
  const { entities, team, epoch } = blueprint
  checkTexts(say, blueprint)
  if (blueprint.name.length > LONGEST_NAME) say('name', `at most ${LONGEST_NAME} characters, as others are made of it`, blueprint.name)
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(epoch) || Number(epoch.slice(0, 4)) < YEARS[0] || Number(epoch.slice(0, 4)) > YEARS[1]) say('epoch', `a time of the years ${YEARS.join(' to ')} in whole seconds, such as 2026-03-09T07:30:00Z`, epoch)
  unique(say, (i) => `entities[${Math.floor(i / 2)}].${i % 2 ? 'plural' : 'name'}`, 'a name', entities.flatMap(({ name, plural }) => [name, plural]))
  entities.forEach((_, i) => checkEntity(say, `entities[${i}]`, blueprint, i))
  if (team.agents < team.layers) say('team.agents', `at least ${team.layers}, one for each layer`, String(team.agents))
  if (team.pattern === 'single' && team.agents > 1) say('team.agents', '1, as the pattern is single', String(team.agents))
  if (team.pattern !== 'single' && team.layers < 2) say('team.layers', `at least 2, as the pattern is ${team.pattern}`, String(team.layers))
  if (complaints.length === 0) checkToolNames(say, blueprint)
  if (complaints.length > 0) return complaints
  checkRules(say, blueprint)
  if (complaints.length === 0) checkIntents(say, blueprint)
  return complaints
}
