/** What a node of a workflow does, in words. */
import type { WorkflowNode } from '../../protocol/spec/framework.ts'
import type { NodeView } from './framework-view.ts'

/** Characters of an expression that are shown. */
const MOST_EXPRESSION = 200

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MOST_EXPRESSION ? `${line.slice(0, MOST_EXPRESSION - 1)}…` : line
}

/** The kind of a node, what it does, and the agent that it runs. */
export function nodeWords(node: WorkflowNode): Pick<NodeView, 'kind' | 'does' | 'agent'> {
  if ('agent' in node) return { kind: 'agent', does: `runs ${node.agent}`, agent: node.agent }
  if ('tool' in node) return { kind: 'tool', does: `calls ${node.tool}` }
  if ('map' in node) return { kind: 'map', does: `runs ${node.map.agent} for each ${node.map.as} of ${short(node.map.over)}`, agent: node.map.agent }
  if ('merge' in node) return { kind: 'merge', does: `merges ${short(node.merge)}` }
  if ('ask' in node) return { kind: 'ask', does: `asks the user: ${short(node.ask)}` }
  if ('loop' in node) return { kind: 'loop', does: `at most ${node.loop.most} rounds, until ${short(node.loop.until)}` }
  if ('end' in node) return { kind: 'end', does: node.end.unable === undefined ? 'ends with an answer' : 'ends: it cannot be done' }
  const ways = Object.entries(node.branch).map(([way, when]) => `${way} if ${short(when)}`)
  return { kind: 'branch', does: [...ways, ...(node.else === undefined ? [] : [`else ${node.else}`])].join('; ') }
}

/** A condition in words, cut where it is long. */
export function conditionWords(condition: string): string {
  return `if ${short(condition)}`
}
