/** The hierarchy of a framework as a tree for the terminal. */
import type { AgentView, FrameworkView, LinkKind, NodeView } from './framework-view.ts'
import { conditionWords } from './node-words.ts'

export type TreeOptions = {
  /** Whether tools are listed instead of counted. */
  readonly tools?: boolean
  /** Columns of a line. */
  readonly width?: number
  /** Makes names stand out. */
  readonly bold?: (text: string) => string
  /** Makes what is beside the point stand back. */
  readonly dim?: (text: string) => string
}

/** A line with those below it. */
type Branch = { readonly head: string; readonly about: string; readonly below: readonly Branch[] }

const LINK_WORDS: Readonly<Record<LinkKind, string>> = { calls: '', hands_off: 'hands off to ', runs: '' }
const plain = (text: string): string => text

/** Lines of the tree: each agent once in full; where it comes again it is named alone. */
export function treeText(view: FrameworkView, { tools = false, width = 140, bold = plain, dim = plain }: TreeOptions = {}): string[] {
  const { agents, levels, name, pattern, description } = view
  const counts = [`${agents.size} ${agents.size === 1 ? 'agent' : 'agents'}`, `${levels} ${levels === 1 ? 'level' : 'levels'}`, ...(pattern === undefined ? [] : [pattern])].join(', ')
  const lines = [`${bold(name)}: ${counts}`, ...(description === undefined ? [] : [dim(cut(description, width))])]
  const write = ({ head, about, below }: Branch, first: string, further: string): void => {
    const room = width - first.length - head.length - 2
    lines.push(`${dim(first)}${bold(head)}${about !== '' && room > 8 ? `  ${dim(cut(about, room))}` : ''}`)
    below.forEach((branch, i) => {
      const isLast = i === below.length - 1
      write(branch, `${further}${isLast ? '└─ ' : '├─ '}`, `${further}${isLast ? '   ' : '│  '}`)
    })
  }
  write(agentBranch(view.root, '', new Set(), new Set(), agents, tools), '', '')
  return lines
}

function agentBranch(name: string, before: string, above: ReadonlySet<string>, shown: Set<string>, agents: FrameworkView['agents'], tools: boolean): Branch {
  const head = `${before}${name}`
  const agent = agents.get(name)
  if (!agent) return { head, about: 'no such agent', below: [] }
  if (above.has(name)) return { head: `${head} ↺`, about: 'recursion', below: [] }
  if (shown.has(name)) return { head, about: 'shown above', below: [] }
  shown.add(name)
  const within = new Set([...above, name])
  const inside = (to: string, words: string): Branch => agentBranch(to, words, within, shown, agents, tools)
  const links = agent.links.filter(({ kind }) => kind !== 'runs').map(({ to, kind, sendBack }) => {
    const branch = inside(to, LINK_WORDS[kind])
    return sendBack === undefined ? branch : { ...branch, about: [`sent back at most ${sendBack} times`, branch.about].filter(Boolean).join(' · ') }
  })
  const listed = tools ? agent.tools.map((tool): Branch => ({ head: `· ${tool}`, about: '', below: [] })) : []
  return { head, about: aboutAgent(agent, tools), below: [...listed, ...agent.nodes.map((node) => nodeBranch(node, inside)), ...links] }
}

/** Facts of an agent in a line. */
export function factsOf({ tools, nodes, marks }: AgentView, listsTools = false): string[] {
  return [
    ...(nodes.length ? [`workflow of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`] : []),
    ...(tools.length && !listsTools ? [`${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`] : []),
    ...marks,
  ]
}

function aboutAgent(agent: AgentView, listsTools: boolean): string {
  return [...factsOf(agent, listsTools), ...(agent.description === undefined ? [] : [agent.description])].join(' · ')
}

function nodeBranch(node: NodeView, inside: (to: string, words: string) => Branch): Branch {
  const when = [
    ...(node.after.length ? [`after ${node.after.join(', ')}`] : []),
    ...(node.if === undefined ? [] : [conditionWords(node.if)]),
  ].join(' ')
  // A node that only runs an agent is that agent's line.
  if (node.kind === 'agent') {
    const branch = inside(node.agent!, `[${node.name}] runs `)
    return { ...branch, about: [when, branch.about].filter(Boolean).join(' · ') }
  }
  const below = [...(node.agent === undefined ? [] : [inside(node.agent, '')]), ...(node.nodes ?? []).map((one) => nodeBranch(one, inside))]
  return { head: `[${node.name}] ${node.kind}`, about: [node.does, when].filter(Boolean).join(' · '), below }
}

function cut(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > width ? `${line.slice(0, Math.max(1, width - 1))}…` : line
}
