/** The simulated user, compiled: a deterministic script of facts, cases, satisfaction and patience. */
import { type User, USER_DEFAULTS } from '../../protocol/spec/user.ts'
import type { UserMemory } from '../../protocol/user-answer.ts'
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { holdsPhrase, spokenWords } from '../core/spoken-text.ts'
import type { Hearing, UserHands, UserScript } from '../episode/user-script.ts'
import { evaluate } from '../verify/check-context.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation } from '../world/evaluation.ts'
import { declare, type Run, type Scope } from '../world/expression/scope.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import type { Site } from '../world/site.ts'
import { compileTemplate } from '../world/template.ts'
import { Transaction } from '../world/transaction.ts'
import { BOOL, INT, JSON_VALUE, listOf, recordOf, STRING, type Type } from '../world/type.ts'
import { compileArguments } from './witness.ts'

/** A user of a task: what the task says, over what the scenario says, with where each of it stands. */
export type UserSpec = { readonly spec: User; at(field: keyof User): Site }

/** Joins the user of a scenario and that of a task; null says that the task has none. */
export function joinUsers(scenario: User | undefined, scenarioSite: Site, task: User | null | undefined, taskSite: Site): UserSpec | undefined {
  if (task === null || (!scenario && !task)) return undefined
  return {
    spec: { ...scenario, ...task },
    at: (field) => (task && task[field] !== undefined ? taskSite : scenarioSite).at(field),
  }
}

/** What one answer costs at most. */
const ANSWER_UNITS = 10 * CALL_UNITS

type Case = {
  readonly fits: (cx: Evaluation, words: readonly string[]) => boolean
  readonly once: boolean
  readonly leave: boolean
  readonly say: ((cx: Evaluation) => string) | undefined
  /** Acts, and gives the changed mind. */
  act(cx: Evaluation, call: UserHands, mind: UserMemory['mind']): UserMemory['mind']
}

type Names = { readonly scope: Scope; readonly mind: number; readonly heard: number; readonly received: number; readonly turn: number }

/** Compiles a script over a scope that has the task's slots and the facts; mistakes become findings of the sites. */
export function compileUser({ spec, at }: UserSpec, taskScope: Scope, world: CompiledWorld): UserScript {
  const mind = spec.mind ?? USER_DEFAULTS.mind
  const names = declareNames(mind, taskScope, at('mind'))
  const { scope } = names
  const satisfied = spec.satisfied === undefined ? undefined : { source: spec.satisfied, run: at('satisfied').expression(spec.satisfied, scope, BOOL).run }
  const cases = (spec.cases ?? []).map((each, i) => compileCase(each, mind, scope, world, at('cases').at(i)))
  const facts = Object.entries(spec.facts ?? {}).flatMap(([name, { asked, say }]) => {
    const place = at('facts').at(name)
    if (!asked) return []
    const words = name.replaceAll('_', ' ')
    return [{ name, asked: compileKeywords(asked, place.at('asked')), say: compileTemplate(say ?? `My ${words} is \${${name}}.`, scope, say === undefined ? place : place.at('say')) }]
  })
  const text = (field: 'unknown' | 'thanks' | 'gives_up') => compileTemplate(spec[field] ?? USER_DEFAULTS[field], scope, at(field))
  const [unknown, thanks, givesUp] = [text('unknown'), text('thanks'), text('gives_up')]
  const patience = spec.patience ?? USER_DEFAULTS.patience

  function answer(hearing: Hearing, call: UserHands): ReturnType<UserScript['answer']> {
    const turn = hearing.memory.turn + 1
    const memory = { ...hearing.memory, turn }
    const cx = evaluationOf(hearing, names, turn)
    if (satisfied && evaluate(satisfied.run, cx, satisfied.source) === true) return { said: thanks(cx), leaves: 'user_satisfied', taken: 'satisfied', memory }
    if (turn > patience) return { said: givesUp(cx), leaves: 'user_left', taken: 'patience', memory }
    const words = spokenWords(hearing.text)
    const asked = facts.filter((fact) => fact.asked(words))
    const told = () => asked.map((fact) => fact.say(cx)).join(' ')
    const taken = cases.findIndex((each, i) => !(each.once && memory.spent.includes(i)) && each.fits(cx, words))
    if (taken < 0) return asked.length ? { said: told(), taken: `facts ${asked.map((fact) => fact.name).join(', ')}`, memory } : { said: unknown(cx), taken: 'unknown', memory }
    const { act, once, leave, say } = cases[taken]!
    const changed = act(cx, call, memory.mind)
    cx.slots[names.mind] = changed
    return {
      said: say?.(cx) ?? (asked.length ? told() : USER_DEFAULTS.okay),
      ...(leave ? { leaves: 'user_left' as const } : {}),
      taken: `case ${taken + 1}`,
      memory: { turn, mind: changed, spent: once ? [...memory.spent, taken] : memory.spent },
    }
  }

  return {
    opening: { turn: 0, mind, spent: [] },
    replyMs: spec.reply_ms ?? USER_DEFAULTS.reply_ms,
    tools: [...world.tools.values()].filter((tool) => tool.spec.actor === 'user').map((tool) => tool.name),
    answer(hearing, call) {
      try {
        return answer(hearing, call)
      } catch (error) {
        if (error instanceof CallLimit) throw new SpecFault(`the user: ${error.message}`)
        throw error
      }
    },
  }
}

function declareNames(mind: UserMemory['mind'], taskScope: Scope, site: Site): Names {
  for (const name of ['mind', 'heard', 'received', 'turn']) if (taskScope.variables.has(name) || taskScope.tables.has(name)) site.complain('name', `'${name}' already means something to the user`, { expected: 'another name for the slot, fact or table' })
  const fields = Object.entries(mind).map(([name, value]): [string, Type] => [name, typeof value === 'boolean' ? BOOL : typeof value === 'number' ? INT : STRING])
  const withMind = declare(taskScope, 'mind', recordOf(Object.fromEntries(fields)))
  const withHeard = declare(withMind.scope, 'heard', STRING)
  const withReceived = declare(withHeard.scope, 'received', listOf(STRING))
  const withTurn = declare(withReceived.scope, 'turn', INT)
  return { scope: withTurn.scope, mind: withMind.slot, heard: withHeard.slot, received: withReceived.slot, turn: withTurn.slot }
}

function evaluationOf({ task, base, overlay, text, received, memory, clockMs }: Hearing, { scope, mind, heard, received: receivedSlot, turn: turnSlot }: Names, turn: number): Evaluation {
  const slots = task.slots.concat(new Array(Math.max(0, scope.slots.used - task.slots.length)))
  slots[mind] = memory.mind
  slots[heard] = text.toLowerCase()
  slots[receivedSlot] = received
  slots[turnSlot] = turn
  return { view: new Transaction(base, overlay), slots, left: ANSWER_UNITS, now: base.world.epoch + clockMs, key: keyOf(['user', task.seed, turn]), draws: 0, actor: 'user' }
}

function compileKeywords(keywords: readonly string[], site: Site): (words: readonly string[]) => boolean {
  const phrases = keywords.map((keyword, i) => {
    const phrase = spokenWords(keyword)
    if (!phrase.length) site.at(i).complain('value', 'no word to listen for', { expected: 'a word or a phrase' })
    return phrase
  })
  return (words) => phrases.some((phrase) => holdsPhrase(words, phrase))
}

function compileCase(spec: NonNullable<User['cases']>[number], mind: UserMemory['mind'], scope: Scope, world: CompiledWorld, site: Site): Case {
  const heard = spec.says && compileKeywords(spec.says, site.at('says'))
  const condition = spec.if === undefined ? undefined : site.at('if').expression(spec.if, scope, BOOL).run
  const acts: { call: string; slot: number | undefined; args(cx: Evaluation): Record<string, unknown> }[] = []
  spec.do.forEach((step, i) => {
    const at = site.at('do', i)
    const tool = world.tools.get(step.call)
    const own = [...world.tools.values()].filter(({ spec: { actor } }) => actor === 'user').map(({ name }) => name)
    if (!tool) at.at('call').complain('name', `unknown tool '${step.call}'`, { nearest: nearest(step.call, own), expected: own.join(', ') || 'a tool with actor: user' })
    else if (tool.spec.actor !== 'user') at.at('call').complain('user', `'${step.call}' is a tool of the agent`, { expected: own.join(', ') || 'a tool with actor: user' })
    const args = compileArguments(step.with, tool?.argumentsType, scope, at.at('with'))
    const declared = step.as === undefined ? undefined : declare(scope, step.as, JSON_VALUE)
    if (declared) scope = declared.scope
    acts.push({ call: step.call, slot: declared?.slot, args })
  })
  const changes = Object.entries(spec.set).map(([name, source]): [string, Run] => {
    const at = site.at('set', name)
    const known = Object.hasOwn(mind, name) ? mind[name] : undefined
    if (known === undefined) at.complain('name', `the mind has no '${name}'`, { key: true, nearest: nearest(name, Object.keys(mind)), expected: Object.keys(mind).join(', ') || 'mind: {name: first value}' })
    return [name, at.expression(source, scope, typeof known === 'boolean' ? BOOL : typeof known === 'number' ? INT : STRING).run]
  })
  return {
    fits: (cx, words) => (heard === undefined || heard(words)) && (condition === undefined || evaluate(condition, cx, spec.if!) === true),
    once: spec.once,
    leave: spec.leave,
    say: spec.say === undefined ? undefined : compileTemplate(spec.say, scope, site.at('say')),
    act(cx, call, before) {
      for (const { call: tool, slot, args } of acts) {
        const result = call(tool, args(cx))
        if (slot !== undefined) cx.slots[slot] = result
      }
      if (!changes.length) return before
      return { ...before, ...Object.fromEntries(changes.map(([name, run]) => [name, run(cx) as boolean | number | string])) }
    },
  }
}
