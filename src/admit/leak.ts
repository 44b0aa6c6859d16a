/** Leaks: what the agent is shown must not hold what it is asked for. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import type { Scenario, TaskTemplate } from '../../protocol/spec/scenario.ts'
import { expandTemplate, type Template } from '../compile/variant.ts'
import { holdsPhrase, spokenWords } from '../core/spoken-text.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { Site } from '../world/site.ts'

/** A place whose text gives something away, and what. */
export type Leak = { readonly task: string; readonly found: string }

/** Shorter answers stand everywhere and say nothing. */
const SHORTEST = 4
/** A reason of one word, such as a status, has to stand in the rules that make it one. */
const REASON_WORDS = 2
/** Seeds by which an answer is told to be the same in all of them. */
const SEEDS_ALIKE = 3

/** The answer that an episode was ended with, as text. */
function answerOf(episode: Episode): string | undefined {
  const end = episode.events().at(-1)
  if (end?.type !== 'end' || end.answer === undefined) return undefined
  return typeof end.answer === 'string' ? end.answer : JSON.stringify(end.answer)
}

/** Whether the whole answer stands in the first messages. */
export function holdsAnswer(episode: Episode): boolean {
  const text = answerOf(episode)
  return text !== undefined && text.length >= SHORTEST && episode.task.instruction.includes(text)
}

function plain(expression: string): string {
  return expression.replace(/\s+/g, '')
}

/** Whether an expression names something that differs by seed: a literal may stand anywhere. */
function isDrawn(expression: string): boolean {
  return /[a-z_]/i.test(expression.replace(/'[^']*'|"[^"]*"/g, '').replace(/\b(true|false|null)\b/g, ''))
}

/** The text of a literal. */
function literalOf(expression: string): string | undefined {
  const [, single, double] = /^\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*$/.exec(expression) ?? []
  return single ?? double
}

/** The items of a list that an expression writes out, each of which would do; any other expression is one. */
function alternatives(expression: string): string[] {
  const inner = /^\s*\[([^]*)\]\s*$/.exec(expression)?.[1]
  if (inner === undefined) return [expression]
  const items: string[] = ['']
  let depth = 0
  for (const [token] of inner.matchAll(/'[^']*'|"[^"]*"|[^]/g)) {
    if ('([{'.includes(token)) depth++
    if (')]}'.includes(token)) depth--
    // `[a].concat([b])` and its like are no list that is written out.
    if (depth < 0) return [expression]
    if (token === ',' && depth === 0) items.push('')
    else items[items.length - 1] += token
  }
  return items
}

/** Expressions that the answer is graded by; a slot that is bound to one of them is one as well. */
function goldsOf({ checks, finish, bind }: TaskTemplate): ReadonlySet<string> {
  const expected = checks.flatMap((check) => (check.kind === 'answer.typed' ? [check.expect] : check.kind === 'communicated' ? alternatives(check.text) : []))
  const golds = new Set([...expected, ...(finish.answer === undefined ? [] : [finish.answer])].filter(isDrawn).map(plain))
  for (const [name, binding] of Object.entries(bind)) {
    if (!('value' in binding)) continue
    if (golds.has(plain(binding.value))) golds.add(name)
    else if (golds.has(name) && isDrawn(binding.value)) golds.add(plain(binding.value))
  }
  return golds
}

/** Texts that are expected whatever the seed, each with what it is. */
function constantsOf({ checks, finish }: TaskTemplate): { readonly what: string; readonly text: string }[] {
  const answers = [...checks.flatMap((check) => (check.kind === 'answer.typed' ? [check.expect] : [])), ...(finish.answer === undefined ? [] : [finish.answer])]
  const reasons = checks.flatMap((check) => (check.kind === 'abstention' && check.reason !== undefined ? alternatives(check.reason) : []))
  const texts = (what: string, expressions: readonly string[]) => [...new Set(expressions)].flatMap((expression) => literalOf(expression) ?? []).map((text) => ({ what, text }))
  return [...texts('the answer', answers).filter(({ text }) => text.length >= SHORTEST), ...texts('the reason', reasons).filter(({ text }) => spokenWords(text).length >= REASON_WORDS)]
}

/** A text that every agent of a scenario is shown, and where it stands. */
type Shown = { readonly place: string; readonly words: readonly string[] }

/** The agent's prompt with the rules, and the tools with all that their schemas say. */
function shownTexts({ root, world }: CompiledScenario): Shown[] {
  const tools = root.tools.flatMap((name): [string, string][] => {
    const { description, input } = world.tools.get(name)!.spec
    return [[`the name of tool ${name}`, name.replaceAll('_', ' ')], [`the description of tool ${name}`, description], ...describedParts(input, `tools.${name}.input`)]
  })
  return [['the prompt or the rules', root.prompt] as const, ...tools].map(([place, text]) => ({ place, words: spokenWords(text) }))
}

function describedParts(schema: InputSchema, place: string): [string, string][] {
  const own: [string, string][] = schema.description === undefined ? [] : [[`the description of ${place}`, schema.description]]
  const inner = 'items' in schema ? describedParts(schema.items, place) : Object.entries((schema as Partial<ObjectSchema>).properties ?? {}).flatMap(([name, property]) => describedParts(property, `${place}.${name}`))
  return [...own, ...inner]
}

function placesOf(text: string, shown: readonly Shown[]): string[] {
  const phrase = spokenWords(text)
  return shown.filter(({ words }) => holdsPhrase(words, phrase)).map(({ place }) => place)
}

/**
 * What the text of a specification itself gives away, whatever the seed: an instruction or a public difficulty that
 * is computed by the very expression that the answer is graded by, a constant answer that stands in what every agent
 * is shown.
 */
export function staticLeaks(spec: Scenario, scenario: CompiledScenario): Leak[] {
  const shown = shownTexts(scenario)
  const templates = Object.entries(spec.tasks).flatMap(([name, task]) => expandTemplate(name, task, new Site([], [])))
  return templates.flatMap((template) => [...expressionLeaks(template), ...constantLeaks(template, shown)])
}

function expressionLeaks({ name: task, spec }: Template): Leak[] {
  const golds = goldsOf(spec)
  const shown = [spec.instruction].flat().flatMap((text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, expression]) => expression!))
  return [
    ...shown.filter((expression) => golds.has(plain(expression))).map((expression) => ({ task, found: `the instruction shows \${${expression}}, which is the answer` })),
    ...Object.entries(spec.difficulty).filter(([, expression]) => golds.has(plain(expression))).map(([axis, expression]) => ({ task, found: `difficulty.${axis} is public and is the answer: ${expression}` })),
  ]
}

function constantLeaks({ name: task, spec }: Template, shown: readonly Shown[]): Leak[] {
  const described = spec.answer ? describedParts(spec.answer, 'the answer').map(([place, text]) => ({ place, words: spokenWords(text) })) : []
  const asked = [spec.instruction].flat().map((text) => ({ place: 'the instruction', words: spokenWords(text) }))
  return constantsOf(spec).flatMap(({ what, text }) => placesOf(text, [...shown, ...described, ...asked]).map((place) => ({ task, found: `'${text}' stands in ${place} and is ${what}, whatever the seed: word it otherwise there, or let it follow from the world` })))
}

/** An answer that all seeds of a task share though it is computed, and that stands in what every agent is shown. */
export function sameAnswerLeaks(task: string, episodes: readonly Episode[], scenario: CompiledScenario): Leak[] {
  const answers = episodes.map(answerOf)
  const [first] = answers
  if (first === undefined || first.length < SHORTEST || answers.length < SEEDS_ALIKE || !answers.every((answer) => answer === first)) return []
  return placesOf(first, shownTexts(scenario)).map((place) => ({ task, found: `'${first.slice(0, 100)}' stands in ${place} and is the answer in each of ${answers.length} seeds: let the answer differ by seed` }))
}
