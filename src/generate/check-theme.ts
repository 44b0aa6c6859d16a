/** What is wrong with a theme pack that its schema cannot say: names that lead nowhere, states that nothing leads to. */
import type { Action } from '../../protocol/spec/blueprint.ts'
import type { Theme, ThemeEntity } from '../../protocol/spec/theme.ts'
import { nearest } from '../core/nearest.ts'

/** Words that expressions, columns or arguments have for themselves. */
const TAKEN = new Set([
  'in', 'null', 'true', 'false', 'size', 'has', 'row', 'rows', 'args', 'result', 'now', 'n', 'id', 'ids', 'key', 'keys', 'as', 'loop', 'name', 'name_first', 'name_second', 'all', 'exists', 'map', 'filter', 'sum', 'count',
  'string', 'int', 'double', 'bool', 'type', 'list', 'timestamp', 'duration', 'time', 'let', 'if', 'else', 'for', 'while', 'return', 'break', 'continue', 'const', 'function', 'var', 'void', 'package', 'namespace', 'import', 'table', 'value', 'page', 'query', 'cursor', 'limit', 'offset', 'status', 'state', 'stage', 'phase',
])
/** Columns of states may be called so, and nothing else. */
const OF_STATES = new Set(['status', 'state', 'stage', 'phase'])
/** Tools that every world has, or that are made of other things than actions. */
const TAKEN_VERBS = new Set(['finish', 'report_unable', 'wait', 'reset', 'step', 'state', 'get', 'search', 'list', 'find', 'query', 'update', 'summarize', 'count', 'move', 'correct', 'enter', 'look_up'])

type Say = (at: string, expected: string, found: string, among?: readonly string[]) => void
type Guard = { readonly relation?: string | undefined; readonly field: string; readonly is: string | boolean }

function among(say: Say, at: string, what: string, found: string, names: readonly string[]): boolean {
  if (!names.includes(found)) say(at, what, found, names)
  return names.includes(found)
}

function distinct(say: Say, at: string, what: string, names: readonly string[]): void {
  names.forEach((name, i) => { if (names.indexOf(name) < i) say(at, `${what} that no other has`, name) })
}

function checkGuard(say: Say, at: string, theme: Theme, entity: ThemeEntity, { relation, field, is }: Guard): void {
  if (relation !== undefined && !among(say, at, `a relation of ${entity.name}`, relation, entity.relations.map(({ name }) => name))) return
  const owner = relation === undefined ? entity : theme.entities.find(({ name }) => name === entity.relations.find((each) => each.name === relation)!.to)
  if (!owner) return
  if (owner.lifecycle?.field === field) return void among(say, at, `a state of ${owner.name}`, String(is), owner.lifecycle.states)
  const found = owner.fields.find(({ name }) => name === field)
  if (found?.type === 'flag') { if (typeof is !== 'boolean') say(at, `true or false for the flag ${field}`, is) }
  else if (found?.type === 'choice') among(say, at, `a value of ${owner.name}.${field}`, String(is), found.values)
  else say(at, `a flag, a choice or the state of ${owner.name}`, field, [...owner.fields.filter(({ type }) => type === 'flag' || type === 'choice').map(({ name }) => name), ...(owner.lifecycle ? [owner.lifecycle.field] : [])])
}

function checkAction(say: Say, at: string, theme: Theme, entity: ThemeEntity, action: Action): void {
  const { states } = entity.lifecycle!
  for (const state of action.from) among(say, `${at}.from`, 'one of the states', state, states)
  among(say, `${at}.to`, 'one of the states', action.to, states)
  if (action.from.includes(action.to)) say(`${at}.from`, 'states other than the one that it leads to', action.to)
  if (!action.says.includes('{it}')) say(`${at}.says`, 'an imperative with {it}', action.says)
  if (action.done.includes('{it}')) say(`${at}.done`, 'a participle without {it}', action.done)
  if (TAKEN_VERBS.has(action.verb)) say(`${at}.verb`, 'a verb that no other tool has', action.verb)
  distinct(say, `${at}.asks`, 'a field', action.asks)
  for (const field of action.asks) among(say, `${at}.asks`, `a field of ${entity.name}`, field, entity.fields.map(({ name }) => name))
  for (const guard of action.needs) checkGuard(say, `${at}.needs`, theme, entity, guard)
}

function checkLifecycle(say: Say, at: string, theme: Theme, entity: ThemeEntity): void {
  const { states, initial, actions } = entity.lifecycle!
  distinct(say, `${at}.states`, 'a state', states)
  among(say, `${at}.initial`, 'one of the states', initial, states)
  distinct(say, `${at}.actions`, 'a verb', actions.map(({ verb }) => verb))
  distinct(say, `${at}.actions`, 'a way from one state to another', actions.flatMap(({ from, to }) => from.map((state) => `${state} to ${to}`)))
  for (const action of actions) checkAction(say, `${at}.${action.verb}`, theme, entity, action)
  const reached = new Set([initial])
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const { from, to } of actions) if (from.some((state) => reached.has(state))) reached.add(to)
  }
  for (const state of states) if (!reached.has(state)) say(`${at}.states`, `a state that actions lead to from ${initial}`, state)
}

function checkEntity(say: Say, theme: Theme, entity: ThemeEntity, earlier: readonly string[]): void {
  const at = entity.name
  const { fields, relations, lifecycle } = entity
  for (const { to } of relations) among(say, `${at}.relations`, `an entity that stands before ${at}`, to, earlier)
  distinct(say, at, 'a column', [...fields.map(({ name }) => name), ...relations.map(({ name }) => name), ...(lifecycle ? [lifecycle.field] : [])])
  for (const { name } of [...fields, ...relations]) if (TAKEN.has(name)) say(at, 'a column whose name means nothing else', name)
  if (lifecycle && TAKEN.has(lifecycle.field) && !OF_STATES.has(lifecycle.field)) say(at, 'a column whose name means nothing else', lifecycle.field)
  for (const field of fields) {
    const here = `${at}.${field.name}`
    if ('between' in field && field.between[0] >= field.between[1]) say(here, 'the smaller bound first', field.between.join(' to '))
    if ((field.type === 'number' || field.type === 'money') && field.between[0] < 0) say(here, 'bounds that are not negative', field.between.join(' to '))
    // Sentences say both: "flight hours 240 hours" would be once too often.
    const said = field.says ?? field.name.replaceAll('_', ' ')
    if (field.type === 'number' && field.unit !== undefined && said !== field.unit && said.split(' ').includes(field.unit)) say(here, 'words that do not hold the unit', said)
    if (field.type === 'choice') {
      distinct(say, here, 'a value', field.values)
      for (const value of field.values) if (lifecycle?.states.includes(value)) say(here, `values that are no states of ${at}`, value)
    }
  }
  if (entity.rows[0] > entity.rows[1]) say(`${at}.rows`, 'the smaller bound first', entity.rows.join(' to '))
  if (entity.named !== false && entity.named !== 'person') for (const part of ['first', 'second'] as const) distinct(say, `${at}.named.${part}`, 'a word', entity.named[part])
  if (lifecycle) checkLifecycle(say, `${at}.lifecycle`, theme, entity)
}

/** What is wrong with a pack, with its place and the nearest name; empty where nothing is. */
export function checkTheme(theme: Theme): string[] {
  const complaints: string[] = []
  const say: Say = (at, expected, found, names = []) => {
    const close = nearest(found, names)
    complaints.push(`${at}: expected ${expected}, found "${found}"${close === undefined ? '' : `; did you mean "${close}"?`}`)
  }
  const names = theme.entities.map((entity) => [[entity.name, entity.plural] as const, ...entity.aliases])
  distinct(say, 'entities', 'a name', names.flat(2))
  for (const [one, many] of names.flat()) {
    if (one === many) say(one, 'a plural that differs from the singular', many)
    for (const name of [one, many]) if (TAKEN.has(name)) say(one, 'a name that means nothing else', name)
  }
  theme.entities.forEach((entity, i) => checkEntity(say, theme, entity, theme.entities.slice(0, i).map(({ name }) => name)))
  theme.forbid.forEach(({ entity: name, verbs, when }, i) => {
    const at = `forbid[${i}]`
    const entity = theme.entities.find((each) => each.name === name)
    if (!entity) return void among(say, at, 'an entity', name, theme.entities.map((each) => each.name))
    for (const verb of verbs) among(say, at, `an action of ${name}, or update`, verb, [...(entity.lifecycle?.actions.map((action) => action.verb) ?? []), 'update'])
    checkGuard(say, `${at}.when`, theme, entity, when)
  })
  return complaints
}
