/** A framework as boxes and arrows: what Mermaid and SVG both draw. */
import type { AgentView, FrameworkView, LinkKind, NodeView } from './framework-view.ts'
import { conditionWords } from './node-words.ts'
import { factsOf } from './tree-text.ts'

/** A box: an agent, a node of a workflow, or the sign that an agent comes again. */
export type Box = { readonly id: string; readonly kind: 'agent' | 'workflow' | 'again' | NodeBoxKind; readonly title: string; readonly lines: readonly string[]; readonly about?: string; /** The workflow that it is a node of. */ readonly within?: string }
type NodeBoxKind = 'node' | 'choice'
/** An arrow; `next` leads from node to node. */
export type Arrow = { readonly from: string; readonly to: string; readonly kind: LinkKind | 'next' | 'again'; readonly label?: string }
/** Boxes in the order in which they are met from the root; no way along the arrows comes back. */
export type Figure = { readonly boxes: readonly Box[]; readonly arrows: readonly Arrow[] }

/** The boxes and arrows of a framework; where an agent leads back to itself, a box says so instead of an arrow back. */
export function drawFigure({ root, agents }: FrameworkView, listsTools = false): Figure {
  const boxes: Box[] = []
  const arrows: Arrow[] = []
  const ids = new Map<string, string>()
  const on: string[] = []

  /** Draws an agent, or finds it drawn, and gives the box to point at. */
  function visit(name: string): { id: string; again: boolean } {
    if (on.includes(name) || !agents.has(name)) {
      const id = `r${boxes.length}`
      boxes.push({ id, kind: 'again', title: `↺ ${name}`, lines: [] })
      return { id, again: true }
    }
    const known = ids.get(name)
    if (known !== undefined) return { id: known, again: false }
    const agent = agents.get(name)!
    const id = `a${boxes.length}`
    ids.set(name, id)
    boxes.push({ id, kind: agent.nodes.length ? 'workflow' : 'agent', title: name, lines: linesOf(agent, listsTools), ...(agent.description !== undefined && { about: agent.description }) })
    on.push(name)
    drawNodes(agent.nodes, id, name)
    for (const { to, kind, sendBack } of agent.links) if (kind !== 'runs') point(id, to, kind, sendBack === undefined ? undefined : `at most ${sendBack} back`)
    on.pop()
    return { id, again: false }
  }

  function point(from: string, to: string, kind: LinkKind, label?: string): void {
    const { id, again } = visit(to)
    arrows.push({ from, to: id, kind: again ? 'again' : kind, ...(label !== undefined && { label }) })
  }

  function drawNodes(nodes: readonly NodeView[], owner: string, within: string): void {
    const own = new Map<string, string>()
    for (const node of nodes) {
      const id = `n${boxes.length}`
      own.set(node.name, id)
      boxes.push({ id, kind: node.kind === 'branch' ? 'choice' : 'node', title: node.name, lines: [...(node.kind === 'agent' ? [] : [node.kind === 'loop' ? `loop: ${node.does}` : node.does]), ...(node.if === undefined ? [] : [conditionWords(node.if)])], within })
      const before = node.after.filter((name) => own.has(name) && name !== node.name)
      if (!before.length) arrows.push({ from: owner, to: id, kind: 'next' })
      for (const name of before) arrows.push({ from: own.get(name)!, to: id, kind: 'next' })
      if (node.nodes) drawNodes(node.nodes, id, within)
      if (node.agent !== undefined) point(id, node.agent, 'runs')
    }
  }

  visit(root)
  return { boxes, arrows }
}

function linesOf(agent: AgentView, listsTools: boolean): string[] {
  const facts = factsOf(agent, listsTools)
  const lines = facts.length > 2 ? [facts.slice(0, 2).join(' · '), ...facts.slice(2)] : facts.length ? [facts.join(' · ')] : []
  return [...lines, ...(listsTools ? agent.tools : [])]
}
