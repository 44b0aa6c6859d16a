/** Leaks: what the agent is shown must not hold what it is asked for. */
import type { Scenario } from '../../protocol/spec/scenario.ts'
import { expandTemplate } from '../compile/variant.ts'
import type { Episode } from '../episode/episode.ts'
import { Site } from '../world/site.ts'

/** Shorter answers stand everywhere and say nothing. */
const SHORTEST = 4

/** Whether the whole answer stands in the first messages. */
export function holdsAnswer(episode: Episode): boolean {
  const end = episode.events().at(-1)
  if (end?.type !== 'end' || end.answer === undefined) return false
  const text = typeof end.answer === 'string' ? end.answer : JSON.stringify(end.answer)
  return text.length >= SHORTEST && episode.task.instruction.includes(text)
}

function plain(expression: string): string {
  return expression.replace(/\s+/g, '')
}

/** Whether an expression names something that differs by seed: a literal may stand anywhere. */
function isDrawn(expression: string): boolean {
  return /[a-z_]/i.test(expression.replace(/'[^']*'|"[^"]*"/g, '').replace(/\b(true|false|null)\b/g, ''))
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

/**
 * What the text of a specification itself gives away, whatever the seed: an instruction or a public difficulty that
 * is computed by the very expression that the answer is graded by.
 */
export function staticLeaks(spec: Scenario): { task: string; found: string }[] {
  const templates = Object.entries(spec.tasks).flatMap(([name, task]) => expandTemplate(name, task, new Site([], [])))
  return templates.flatMap(({ name: task, spec: { instruction, difficulty, checks, finish } }) => {
    const expected = checks.flatMap((check) => (check.kind === 'answer.typed' ? [check.expect] : check.kind === 'communicated' ? alternatives(check.text) : []))
    const golds = new Set([...expected, ...(finish.answer === undefined ? [] : [finish.answer])].filter(isDrawn).map(plain))
    const shown = [instruction].flat().flatMap((text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, expression]) => expression!))
    return [
      ...shown.filter((expression) => golds.has(plain(expression))).map((expression) => ({ task, found: `the instruction shows \${${expression}}, which is the answer` })),
      ...Object.entries(difficulty).filter(([, expression]) => golds.has(plain(expression))).map(([axis, expression]) => ({ task, found: `difficulty.${axis} is public and is the answer: ${expression}` })),
    ]
  })
}
