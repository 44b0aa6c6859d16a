/** Temporal rules: readable lines over named events, compiled to automata that run over the log. */
import type { RuleEvent } from '../../../protocol/spec/check.ts'
import type { Issue } from '../../../protocol/verdict.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Site } from '../../world/site.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { timesOf } from '../moment.ts'
import { type Automaton, automatonOf, runAutomaton, type Sign } from './automaton.ts'
import { type CompiledEvent, type KeyedMoment, RuleEvents } from './rule-event.ts'
import { LineMistake, parseRuleLine, type RuleLine } from './rule-line.ts'

/** An event that breaks a line. */
export type Violation = { readonly event: number; /** Position of the line. */ readonly line: number; readonly text: string; readonly category: NonNullable<Issue['category']> }

/** Lines, compiled. */
export type TemporalRules = {
  readonly lines: number
  /** All violations, line by line; `ended` says whether what is owed will not come any more. */
  violations(view: EpisodeView, ended: boolean): Violation[]
}

/** Both letters of a line: events whose moments count when they are done, and those that are judged when they begin. */
type CompiledLine = {
  readonly text: string
  readonly line: RuleLine
  readonly automaton: Automaton
  readonly opening: CompiledEvent | undefined
  readonly judged: CompiledEvent
  readonly exempt: readonly CompiledEvent[]
}

/** Compiles lines; mistakes become findings of the sites of `events` and `order`. */
export function compileTemporalRules({ events, order }: { readonly events: Readonly<Record<string, RuleEvent>>; readonly order: readonly string[] }, environment: CheckEnvironment, site: Site): TemporalRules {
  const names = new RuleEvents(events, environment, site.at('events'))
  const lines = order.flatMap((text, i) => compileLine(text, names, site.at('order', i)) ?? [])
  // A line that could not be read may have been about any of them.
  if (lines.length === order.length) names.checkUse()
  return {
    lines: order.length,
    violations: (view, ended) => lines.flatMap((line, i) => judge(line, view, ended).map((event): Violation => ({ event, line: i, text: line.text, category: categoryOf(line.line) }))),
  }
}

function categoryOf({ form }: RuleLine): Violation['category'] {
  return form === 'before any' || form === 'before each' || form === 'after each' ? 'wrong_order' : 'rule_violation'
}

function compileLine(text: string, names: RuleEvents, site: Site): CompiledLine | undefined {
  try {
    const line = parseRuleLine(text)
    const first = names.of(line.first, line.keyed)
    if (!('second' in line)) return { text, line, automaton: automatonOf(line), opening: undefined, judged: first, exempt: [] }
    const second = names.of(line.second, line.keyed)
    if (first === second) throw new LineMistake(`'${line.second.name}' stands on both sides`, { offset: line.second.at, expected: 'another event; for a bound on one event: at most 1 …' })
    return { text, line, automaton: automatonOf(line), ...lettersOf(line, first, second, names) }
  } catch (error) {
    if (!(error instanceof LineMistake)) throw error
    site.complain('order', error.message, error.hint)
    return undefined
  }
}

/** Which of the two events is judged, and which events are spared because they are the other one themselves. */
function lettersOf({ form }: RuleLine, first: CompiledEvent, second: CompiledEvent, names: RuleEvents): Pick<CompiledLine, 'opening' | 'judged' | 'exempt'> {
  switch (form) {
    case 'before any': case 'before each': return { opening: first, judged: second, exempt: [first] }
    case 'never before': return { opening: second, judged: first, exempt: [second] }
    case 'after each': return { opening: second, judged: first, exempt: [] }
    case 'only until': return { opening: second, judged: names.anyCall(), exempt: [first, second] }
    default: return { opening: second, judged: first, exempt: [] }
  }
}

/** The events that break a line, in order. */
function judge(compiled: CompiledLine, view: EpisodeView, ended: boolean): number[] {
  const { line, automaton } = compiled
  const signs = line.form === 'after each' ? signsOfAnswers(compiled, view) : signsOfOrder(compiled, view)
  return runAutomaton(automaton, signs, { within: line.within, ended, shared: !line.keyed || line.form === 'at most' })
}

/** What opens the way counts when it is done; what is judged, and is not spared, when it begins. */
function signsOfOrder({ line, opening, judged, exempt }: CompiledLine, view: EpisodeView): Sign[] {
  const times = timesOf(view.events)
  const spared = new Set(exempt.flatMap((event) => event.find(view)).map(nameIn(line)))
  const opens = (opening?.find(view) ?? []).flatMap(({ event, done, key }) => (done === undefined ? [] : [{ at: done, sign: signOf('opens', event, times[done]!, key, line) }]))
  const begins = judged.find(view).filter((moment) => !spared.has(nameIn(line)(moment)))
    .map(({ event, key }) => ({ at: event, sign: signOf('judged', event, times[event]!, key, line) }))
  return inOrder([...begins, ...opens])
}

/** An event is owed one that begins after it began; a read is one when the agent has seen it. */
function signsOfAnswers({ line, opening, judged }: CompiledLine, view: EpisodeView): Sign[] {
  const times = timesOf(view.events)
  const answers = judged.find(view)
  const spared = new Set(answers.map(nameIn(line)))
  const owing = opening!.find(view).filter((moment) => !spared.has(nameIn(line)(moment)))
  const sign = (letter: Sign['letter']) => ({ event, key }: KeyedMoment) => ({ at: event, sign: signOf(letter, event, times[event]!, key, line) })
  return inOrder([...answers.filter(({ done }) => done !== undefined).map(sign('judged')), ...owing.map(sign('opens'))])
}

function signOf(letter: Sign['letter'], event: number, time: number, key: string | undefined, { keyed }: RuleLine): Sign {
  return { letter, event, time, key: keyed ? key : '' }
}

/** At one place of the log what begins there comes before what is done there. */
function inOrder(signs: readonly { readonly at: number; readonly sign: Sign }[]): Sign[] {
  const rank = ({ letter }: Sign) => (letter === 'judged' ? 0 : 1)
  return [...signs].sort((a, b) => a.at - b.at || rank(a.sign) - rank(b.sign) || a.sign.event - b.sign.event).map(({ sign }) => sign)
}

/** Two moments are of the same event, and where keys count of the same key. */
function nameIn({ keyed }: RuleLine): (moment: KeyedMoment) => string {
  return ({ event, key }) => (keyed ? `${event} ${key ?? ''}` : String(event))
}
