/** Lifecycles in other forms: side branches left out, general states put in. */
import type { Action, Entity, Lifecycle } from '../../protocol/spec/blueprint.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { ranked } from './grammar-draw.ts'
import { pickOne } from './pick.ts'

type Kind = Entity['kind']
type Step = { readonly verb: string; readonly says: string; readonly done: string; readonly state: string; readonly kinds: readonly Kind[] }

const ALL: readonly Kind[] = ['person', 'thing', 'event', 'document', 'place']
const step = (verb: string, done: string, kinds: readonly Kind[] = ALL, says = `${verb} {it}`, state = done.replaceAll(/[ -]/g, '_')): Step => ({ verb, says, done, state, kinds })

/** Steps that most things can go through on their way; those of the first list only at its beginning. */
const EARLY: readonly Step[] = [
  step('approve', 'approved', ['thing', 'event', 'document', 'place']), step('confirm', 'confirmed', ['event', 'document']), step('prepare', 'prepared', ['event', 'document', 'place']), step('queue', 'queued', ['event', 'document', 'thing']),
  step('assess', 'assessed', ['person', 'thing', 'place']), step('clear', 'cleared'), step('brief', 'briefed', ['person']), step('screen', 'screened', ['person', 'document']), step('register', 'registered', ['thing', 'document', 'place']),
]
const BETWEEN: readonly Step[] = [
  step('review', 'reviewed', ['thing', 'event', 'document', 'place']), step('verify', 'verified'), step('double_check', 'double-checked', ALL, 'double-check {it}'), step('sign_off', 'signed off', ['event', 'document', 'place'], 'sign {it} off'), step('inspect', 'inspected', ['thing', 'place']),
]
/** Steps after the last one. */
const AFTER: readonly Step[] = [
  step('archive', 'archived', ['document', 'event', 'thing']), step('file', 'filed', ['document']), step('retire', 'retired', ['thing', 'place', 'person']), step('log', 'logged', ['event']),
]
const HOLD: readonly (readonly [Step, Step])[] = [
  [step('hold', 'put on hold', ALL, 'put {it} on hold', 'on_hold'), step('resume', 'resumed')],
  [step('suspend', 'suspended'), step('reinstate', 'reinstated')],
  [step('pause', 'paused', ['event', 'document', 'thing']), step('continue', 'continued', ['event', 'document', 'thing'], 'continue with {it}')],
]

function isWhole({ states, initial, actions }: Lifecycle): boolean {
  const seen = new Set([initial])
  for (let before = -1; before !== seen.size;) {
    before = seen.size
    for (const { from, to } of actions) if (from.some((state) => seen.has(state))) seen.add(to)
  }
  return actions.length > 0 && states.every((state) => seen.has(state))
}

/** A lifecycle without a state. */
function without(lifecycle: Lifecycle, state: string): Lifecycle {
  return {
    ...lifecycle, states: lifecycle.states.filter((each) => each !== state),
    actions: lifecycle.actions.filter(({ to }) => to !== state).map((action) => ({ ...action, from: action.from.filter((each) => each !== state) })).filter(({ from }) => from.length > 0),
  }
}

/** Leaves out ends and side branches until there are so many states, but for those that `keep` leads to. */
export function trimmed(lifecycle: Lifecycle, count: number, keep: readonly string[], key: Key): Lifecycle {
  let at = lifecycle
  while (at.states.length > count) {
    const needed = new Set(at.actions.filter(({ verb }) => keep.includes(verb)).map(({ to }) => to))
    const less = ranked(key, 'left out', at.states.filter((state) => state !== at.initial && !needed.has(state)), (state) => state)
      .map((state) => without(at, state)).find(isWhole)
    if (!less) break
    at = less
  }
  return at
}

function free(lifecycle: Lifecycle, kind: Kind, steps: readonly Step[]): Step[] {
  return steps.filter(({ verb, state, kinds }) => kinds.includes(kind) && !lifecycle.states.includes(state) && !lifecycle.actions.some((action) => action.verb === verb))
}

function actionOf({ verb, says, done }: Step, from: readonly string[], to: string): Action {
  return { verb, says, done, from: [...from], to, asks: [], needs: [], destructive: false }
}

/** One more state on the way of an action, which then starts from it. */
function putBetween(lifecycle: Lifecycle, kind: Kind, key: Key): Lifecycle | undefined {
  const ways = lifecycle.actions.filter(({ from, to, destructive }) => !destructive && to !== lifecycle.initial && !from.includes(to))
  if (ways.length === 0) return undefined
  const way = pickOne(key, 'way', ways)
  const steps = free(lifecycle, kind, way.from.includes(lifecycle.initial) ? [...EARLY, ...BETWEEN] : BETWEEN)
  if (steps.length === 0) return undefined
  const more = pickOne(key, 'step', steps)
  const states = [...lifecycle.states]
  states.splice(states.indexOf(way.to), 0, more.state)
  return { ...lifecycle, states, actions: lifecycle.actions.flatMap((action) => (action === way ? [actionOf(more, way.from, more.state), { ...way, from: [more.state] }] : [action])) }
}

function putAfter(lifecycle: Lifecycle, kind: Kind, key: Key): Lifecycle | undefined {
  const steps = free(lifecycle, kind, AFTER)
  const left = new Set(lifecycle.actions.flatMap(({ from }) => from))
  const ends = lifecycle.actions.filter(({ to, destructive }) => !destructive && !left.has(to)).map(({ to }) => to)
  if (steps.length === 0 || ends.length === 0) return undefined
  const last = pickOne(key, 'after', steps)
  return { ...lifecycle, states: [...lifecycle.states, last.state], actions: [...lifecycle.actions, actionOf(last, [pickOne(key, 'end', ends)], last.state)] }
}

/** A state to wait in, and the way back. */
function putHold(lifecycle: Lifecycle, kind: Kind, key: Key): Lifecycle | undefined {
  const pairs = HOLD.filter((pair) => free(lifecycle, kind, pair).length === 2)
  const from = lifecycle.states.filter((state) => lifecycle.actions.some((action) => action.from.includes(state)))
  if (pairs.length === 0 || from.length === 0) return undefined
  const [hold, back] = pickOne(key, 'hold', pairs)
  const state = pickOne(key, 'held', from)
  return { ...lifecycle, states: [...lifecycle.states, hold.state], actions: [...lifecycle.actions, actionOf(hold, [state], hold.state), actionOf(back, [hold.state], state)] }
}

/** Puts in general states until there are so many. */
export function extended(lifecycle: Lifecycle, count: number, kind: Kind, key: Key): Lifecycle {
  let at = lifecycle
  while (at.states.length < Math.min(count, 12) && at.actions.length < 15) {
    const root = keyOf(['more', at.states.length], key)
    const ways = pickOne(root, 'how', [[putBetween, putAfter, putHold], [putBetween, putHold, putAfter], [putAfter, putBetween, putHold], [putHold, putBetween, putAfter]])
    const more = ways.map((way) => way(at, kind, root)).find((each) => each !== undefined)
    if (!more) break
    at = more
  }
  return at
}
