/** The graph of a NexGAP framework: as a fixed order of nodes, or as who calls whom. */
import type { z } from 'zod'
import type { Workflow } from '../../protocol/spec/framework.ts'
import { nearest } from '../core/nearest.ts'
import { translateCondition } from './condition.ts'
import { circlesOf, type Graph, inOrder, reachedFrom } from './graph.ts'
import { EDGE_KEYS, NODE_KEYS, WORKFLOW_KEYS } from './key-tables.ts'
import type { Loading } from './loading.ts'
import type { Mapping } from './mapping.ts'
import { freeName, snakeOf } from '../core/foreign-name.ts'
import type { Place } from './remark.ts'

export type WorkflowDraft = z.input<typeof Workflow>
type NodeDraft = WorkflowDraft['nodes'][string]

/** A node of the foreign graph. */
export type ForeignNode = { readonly id: string; readonly type: 'agent' | 'tool' | 'mcp'; readonly place: Place }
/** An edge of it. */
export type ForeignEdge = { readonly from: string; readonly to: string; readonly condition: string | undefined; readonly place: Place }
/** The graph as it stands in the file, without edges to nowhere. */
export type ForeignGraph = { readonly nodes: ReadonlyMap<string, ForeignNode>; readonly edges: readonly ForeignEdge[]; readonly circles: readonly (readonly string[])[]; readonly place: Place }

const TYPES = ['agent', 'tool', 'mcp']
/** Words of CEL, and what expressions of a workflow know already. */
const RESERVED = new Set(['input', 'in', 'true', 'false', 'null', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while', 'constructor', 'prototype', 'int', 'double', 'string', 'bool', 'bytes', 'list', 'map', 'type', 'now', 'draw', 'size', 'has', 'json', 'round', 'time', 'min', 'max', 'sum'])

/** Reads `workflow`; what is wrong in it is remarked. */
export function readGraph(stated: Mapping, { remarks }: Loading): ForeignGraph {
  const workflow = stated.checkKeys('a workflow', WORKFLOW_KEYS)
  const nodes = new Map<string, ForeignNode>()
  for (const mapping of workflow.mappings('nodes')) {
    const node = mapping.checkKeys('a node', NODE_KEYS)
    const id = node.text('id')
    const type = node.text('type') ?? 'agent'
    if (id === undefined) remarks.error('missing', 'a node has no id', node.place(), { expected: 'id: …' })
    else if (nodes.has(id)) remarks.error('duplicate', `a second node '${id}'`, node.place('id'))
    else if (!TYPES.includes(type)) remarks.error('value', `no type of node is called '${type}'`, node.place('type'), { expected: TYPES.join(', '), nearest: nearest(type, TYPES) })
    else nodes.set(id, { id, type: type as ForeignNode['type'], place: node.place('id') })
  }
  const edges = workflow.mappings('edges').flatMap((mapping): ForeignEdge[] => {
    const edge = mapping.checkKeys('an edge', EDGE_KEYS)
    const ends = ['from', 'to'].map((end) => {
      const id = edge.text(end)
      if (id === undefined) remarks.error('missing', `an edge has no '${end}'`, edge.place(), { expected: `${end}: …` })
      else if (!nodes.has(id)) remarks.error('name', `no node '${id}'`, edge.place(end), { nearest: nearest(id, nodes.keys()), expected: [...nodes.keys()].join(', ') })
      return id !== undefined && nodes.has(id) ? id : undefined
    })
    return ends[0] === undefined || ends[1] === undefined ? [] : [{ from: ends[0], to: ends[1], condition: edge.text('condition'), place: edge.place('from') }]
  })
  const circles = circlesOf(targetsOf(nodes, edges))
  for (const circle of circles) {
    const edge = edges.find(({ from, to }) => from === circle.at(-2) && to === circle.at(-1))!
    remarks.warn('cycle', `edges go in a circle: ${circle.join(' -> ')}`, edge.place)
  }
  for (const { id, place } of nodes.values()) if (nodes.size > 1 && !edges.some(({ from, to }) => from === id || to === id)) remarks.warn('orphan', `no edge leads to or from the node '${id}'`, place)
  return { nodes, edges, circles, place: workflow.place() }
}

/** Ids by id, along the edges. */
export function targetsOf(nodes: ForeignGraph['nodes'], edges: readonly ForeignEdge[]): Graph {
  return new Map([...nodes.keys()].map((id) => [id, edges.filter(({ from }) => from === id).map(({ to }) => to)]))
}

/**
 * Whether the edges say who calls whom: from the entrance down, each agent below one other, with several ends and no conditions.
 * Published files draw the hierarchy so.
 */
export function isHierarchy({ nodes, edges, circles }: ForeignGraph, entrance: string): boolean {
  if (circles.length || edges.some(({ condition }) => condition !== undefined) || [...nodes.values()].some(({ type }) => type !== 'agent')) return false
  const targets = targetsOf(nodes, edges)
  const reached = [...reachedFrom(entrance, targets)]
  const isBelowOne = reached.every((id) => new Set(edges.filter(({ to }) => to === id).map(({ from }) => from)).size === (id === entrance ? 0 : 1))
  return nodes.has(entrance) && isBelowOne && reached.filter((id) => !targets.get(id)!.length).length > 1
}

/** What agents and tools are called here, by their foreign names. */
export type Names = { agent(id: string): string | undefined; tool(id: string, place: Place): string | undefined }

/** The nodes that the entrance leads to as a workflow in our language; undefined where nothing is left of it. */
export function orderedWorkflow({ nodes, edges }: ForeignGraph, entrance: string, names: Names, loading: Loading): WorkflowDraft | undefined {
  const { remarks } = loading
  const starts = nodes.has(entrance) ? [entrance] : [...nodes.keys()].filter((id) => !edges.some(({ to }) => to === id))
  const targets = targetsOf(nodes, edges)
  const reached = new Set(starts.flatMap((start) => [...reachedFrom(start, targets)]))
  for (const { id, place } of nodes.values()) if (!reached.has(id)) remarks.warn('orphan', `'${entrance}' does not lead to the node '${id}'; it is left out`, place)
  const called = new Map<string, string>()
  for (const id of inOrder(targets)) {
    const { type, place } = nodes.get(id)!
    if (!reached.has(id)) continue
    if (type === 'mcp') {
      remarks.warn('unsupported', `the node '${id}' asks an MCP server, which is not reached; it is left out`, place)
      continue
    }
    const slug = snakeOf(id) ?? 'node'
    const name = freeName(RESERVED.has(slug) ? `${slug}_node` : slug, { has: (one) => [...called.values()].includes(one) }, '_')
    if (name !== id) remarks.note('renamed', `the node '${id}' is called '${name}' here`, place)
    called.set(id, name)
  }
  const before = (id: string, seen = new Set<string>()): ForeignEdge[] => edges.filter((edge) => edge.to === id && reached.has(edge.from) && !seen.has(edge.from))
    // Through what is left out, to what stands before it.
    .flatMap((edge) => (called.has(edge.from) ? [edge] : before(edge.from, seen.add(edge.from)).map((further) => ({ ...further, condition: further.condition ?? edge.condition }))))
  const drafts: Record<string, NodeDraft> = {}
  for (const [id, name] of called) {
    const incoming = before(id)
    const node = bodyOf(nodes.get(id)!, [...new Set(incoming.map(({ from }) => called.get(from)!))], names, loading)
    if (!node) continue
    const condition = conditionOf(incoming, called, drafts, loading)
    drafts[name] = { ...node, after: [...new Set(incoming.map(({ from }) => called.get(from)!))].filter((one) => Object.hasOwn(drafts, one)), ...(condition !== undefined && { if: condition }) }
  }
  const last = Object.keys(drafts).filter((name) => !Object.values(drafts).some(({ after }) => after?.includes(name)))
  if (!last.length) return undefined
  return { nodes: drafts, ...(last.length > 1 ? { result: `{${last.map((name) => `'${name}': ${name}`).join(', ')}}` } : last[0] === Object.keys(drafts).at(-1) ? {} : { result: last[0]! }) }
}

/** What a node does: an agent is told the input and what came before it. */
function bodyOf({ id, type, place }: ForeignNode, before: readonly string[], names: Names, { remarks }: Loading): NodeDraft | undefined {
  if (type === 'tool') {
    const tool = names.tool(id, place)
    if (tool !== undefined) remarks.warn('arguments', `nothing says what the tool '${id}' is called with; it is called without arguments`, place, { expected: `with: {…} at the node` })
    return tool === undefined ? undefined : { tool }
  }
  const agent = names.agent(id)
  if (agent === undefined) {
    remarks.error('name', `the node '${id}' is no agent`, place)
    return undefined
  }
  return { agent, message: ['${input}', ...before.map((name) => `What ${name} gave:\n\${${name}}`)].join('\n\n') }
}

/** When a node runs: when some edge to it holds from a node that ran. */
function conditionOf(incoming: readonly ForeignEdge[], called: ReadonlyMap<string, string>, drafts: Readonly<Record<string, NodeDraft>>, { remarks }: Loading): string | undefined {
  const ways = incoming.map(({ from, condition, place }) => {
    const name = called.get(from)!
    const words = (word: string): string | undefined => (['output', 'result', 'value', 'it'].includes(word) ? name : word === 'input' ? 'input' : called.get(word) ?? ([...called.values()].includes(word) ? word : undefined))
    const cel = condition === undefined ? undefined : translateCondition(condition, words)
    if (condition !== undefined && cel === undefined) remarks.warn('condition', `the condition '${condition}' is not plain enough; the edge always holds`, place, { expected: `a comparison of what a node gave with a plain value, such as ${name}.status == 'ok'` })
    const ran = drafts[name]?.if === undefined ? undefined : `${name} != null`
    return [ran, cel].filter((one) => one !== undefined).map((one, _, all) => (all.length > 1 && one.includes('||') ? `(${one})` : one)).join(' && ')
  })
  if (!ways.length || ways.some((way) => way === '')) return undefined
  return [...new Set(ways)].map((way, _, all) => (all.length > 1 && way.includes('&&') ? `(${way})` : way)).join(' || ')
}
