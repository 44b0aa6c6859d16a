/** Events of temporal rules: what their names stand for, found in a log. */
import type { RuleEvent } from '../../../protocol/spec/check.ts'
import { canonicalJson, NotCanonical } from '../../core/canonical-json.ts'
import { matchesGlob } from '../../core/glob.ts'
import { nearest } from '../../core/nearest.ts'
import type { EpisodeView } from '../../episode/task.ts'
import { CallLimit } from '../../world/fault.ts'
import { type Encode, jsonEncoder } from '../../world/json-value.ts'
import type { Site } from '../../world/site.ts'
import type { AgentCall } from '../agent-call.ts'
import { compileCallPattern, declareCall, lenient } from '../call-pattern.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { compileHappening } from '../happening.ts'
import { type Moment, momentsOf } from '../moment.ts'
import { LINE_WORDS, LineMistake, type NamedEvent } from './rule-line.ts'

/** A moment, and what it is about: JSON of its key. */
export type KeyedMoment = Moment & { readonly key: string | undefined }

/** An event that lines speak of. */
export type CompiledEvent = { readonly keyed: boolean; find(view: EpisodeView): readonly KeyedMoment[] }

/** Names that need no definition. */
const BUILT_IN: Readonly<Record<string, RuleEvent>> = {
  write: { call: '*', effect: 'write' }, read: { call: '*', effect: 'read' }, call: { call: '*' }, finish: { ends: 'finish' }, report_unable: { ends: 'report_unable' },
}

/** Compiles the events that lines name, each once. */
export class RuleEvents {
  readonly #defined: Readonly<Record<string, RuleEvent>>
  readonly #environment: CheckEnvironment
  readonly #site: Site
  readonly #compiled = new Map<string, CompiledEvent>()
  readonly #askedByKey = new Set<string>()

  /** @param site of the definitions */
  constructor(defined: Readonly<Record<string, RuleEvent>>, environment: CheckEnvironment, site: Site) {
    this.#defined = defined
    this.#environment = environment
    this.#site = site
    for (const name of Object.keys(defined)) {
      if (LINE_WORDS.has(name)) site.at(name).complain('name', `'${name}' is a word of the lines`, { key: true, expected: 'another name' })
      else if (Object.hasOwn(BUILT_IN, name)) site.at(name).complain('name', `'${name}' has a meaning of its own in the lines`, { key: true, expected: 'another name' })
    }
  }

  /**
   * The event that a name of a line stands for.
   * @param keyed whether the line wants keys
   * @throws LineMistake when there is none, or it has no key
   */
  of({ name, at }: NamedEvent, keyed: boolean): CompiledEvent {
    let compiled = this.#compiled.get(name)
    if (!compiled) this.#compiled.set(name, (compiled = keep(this.#compile(name, at))))
    if (!keyed) return compiled
    if (!compiled.keyed) throw new LineMistake(`'${name}' has no key`, { offset: at, expected: 'a call under events with `key: CEL`' })
    this.#askedByKey.add(name)
    return compiled
  }

  #compile(name: string, offset: number): CompiledEvent {
    const { world } = this.#environment
    if (Object.hasOwn(this.#defined, name)) return compileEvent(this.#defined[name]!, this.#environment, this.#site.at(name))
    const tools = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map((tool) => tool.name)
    if (Object.hasOwn(BUILT_IN, name)) {
      if (world.tools.has(name)) throw new LineMistake(`'${name}' is a tool, and has a meaning of its own in the lines`, { offset, expected: `a name under events, such as {call: ${name}}` })
      return compileEvent(BUILT_IN[name]!, this.#environment, this.#site)
    }
    if (tools.some((tool) => matchesGlob([name], tool))) return compileEvent({ call: name }, this.#environment, this.#site)
    const close = nearest(name, [...Object.keys(this.#defined), ...tools, ...Object.keys(BUILT_IN)])
    throw new LineMistake(world.tools.has(name) ? `'${name}' is a tool of the user` : `there is no event '${name}'`, { offset, expected: 'a name under events, a tool of the agent, a glob, write, read, call, finish or report_unable', ...(close && close !== name && { nearest: close }) })
  }

  /** The event that each call is. */
  anyCall(): CompiledEvent {
    return keep(compileEvent(BUILT_IN['call']!, this.#environment, this.#site))
  }

  /** Complains about definitions that no line speaks of, and about keys that none asks for. */
  checkUse(): void {
    for (const [name, event] of Object.entries(this.#defined)) {
      if (!this.#compiled.has(name)) this.#site.at(name).complain('name', `no line speaks of '${name}'`, { key: true, expected: 'a line with it' })
      else if ('key' in event && event.key !== undefined && !this.#askedByKey.has(name)) this.#site.at(name, 'key').complain('order', `no line asks for the key of '${name}'`, { key: true, expected: 'a line that ends in `for the same key`' })
    }
  }
}

/** Several lines ask one look at an episode for the same event. */
function keep({ keyed, find }: CompiledEvent): CompiledEvent {
  const found = new WeakMap<EpisodeView, readonly KeyedMoment[]>()
  return {
    keyed,
    find(view) {
      let moments = found.get(view)
      if (!moments) found.set(view, (moments = find(view)))
      return moments
    },
  }
}

function compileEvent(event: RuleEvent, environment: CheckEnvironment, site: Site): CompiledEvent {
  if (!('call' in event) || event.key === undefined) {
    const find = compileHappening(event, environment, site)
    return { keyed: false, find: (view) => find(view).map(momentsOf(view)).map((moment) => ({ ...moment, key: undefined })) }
  }
  const { key: source, ...pattern } = event
  const calls = compileCallPattern(pattern, environment, site)
  const keyOf = compileKey(source, environment, site.at('key'))
  return {
    keyed: true,
    find(view) {
      const momentOf = momentsOf(view)
      const key = keyOf(view)
      return calls.find(view).map((call) => ({ ...momentOf(call), key: key(call) }))
    },
  }
}

/** The key of a call as canonical JSON; a call that the expression cannot read, or reads null from, has none. */
function compileKey(source: string, { scope }: CheckEnvironment, site: Site): (view: EpisodeView) => (call: AgentCall) => string | undefined {
  const over = declareCall(scope)
  const { type, run } = site.expression(source, over.scope)
  if (type.k === 'table') site.complain('expression', 'a table is no value', { expected: 'a text or a number' })
  const encode = jsonEncoder(type)
  const read = lenient(run, null)
  return (view) => {
    const cx = finalEvaluation(view, scope.slots.used)
    return (call) => {
      over.bind(cx, call)
      const value = evaluate(read, cx, source) ?? null
      return value === null ? undefined : spelling(value, encode)
    }
  }
}

/** Numbers that JSON cannot hold are no key. */
function spelling(value: unknown, encode: Encode): string | undefined {
  try {
    return canonicalJson(encode(value))
  } catch (error) {
    if (error instanceof NotCanonical || error instanceof CallLimit) return undefined
    throw error
  }
}
