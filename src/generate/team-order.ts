/** Fixed orders of work: nodes that run agents, what they are told of each other, and how it ends. */
import type { Workflow, WorkflowNode } from '../../protocol/spec/framework.ts'
import { keyOf } from '../core/keyed.ts'
import { pickOne } from './pick.ts'
import type { Duty } from './team-prompt.ts'
import { type Roster, staff } from './team-roster.ts'
import type { Shape } from './team-shape.ts'

export type Nodes = Record<string, WorkflowNode>

export const INPUT = '${input}'

/** Words that mean something in expressions. */
const TAKEN = new Set(['input', 'as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop', 'null', 'package', 'namespace', 'return', 'true', 'var', 'void', 'while', 'item', 'way', 'rounds', 'outcome', 'seen', 'reply', 'declined', 'size', 'type', 'has', 'map', 'filter', 'all', 'exists'])

/** A node's name, after the agent that it runs. */
export function nodeName(agent: string): string {
  const name = agent.replaceAll('-', '_')
  return TAKEN.has(name) ? `${name}_desk` : name
}

/** What is passed on of an earlier node. */
export function told(node: string, what: string): string {
  return `${what}: \${${node}}`
}

/** The last of a fixed order: it has all tools, so what those before it could not do in their turn is not lost. */
export function staffCloser(roster: Roster, shape: Shape, gets: string): string {
  const duty: Duty = { form: 'json', gets, answers: true, called: ['closing desk', 'finisher', 'back office', 'completion desk', 'last desk'], is: 'Does what is left of a request, and answers it.', extra: [pickOne(roster.key, 'closer', ['Nobody comes after you: see to it that all of the request is done, and nothing twice.', 'You are the last: what is left is yours to do. What others have done already is not to be done again.'])] }
  return staff(roster, shape, roster.outline.tools, duty, 'closer')
}

/** An order that ends with what the last one gives, or with its reason why that is nothing. */
export function endedBy(nodes: Nodes, last: string): Workflow {
  nodes['declined'] = { end: { unable: `\${${last}.unable}` }, if: `has(${last}.unable)`, after: [last] }
  return { nodes, result: `${last}.answer` }
}

/** What the order itself is called. */
export function orderName({ key }: Roster, words: readonly string[]): string {
  return pickOne(keyOf(['order name'], key), 'word', words)
}
