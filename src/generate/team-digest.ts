/** The shape of a hierarchy without its names: who causes whom to run, and how. */
import type { Agent, Framework, WorkflowNode } from '../../protocol/spec/framework.ts'
import { joined, type Key, keyOf } from '../core/keyed.ts'
import { bag, hex } from './bag.ts'

type Colours = ReadonlyMap<string, Key>

/** The nodes of a workflow in their order: what each is, and whom it runs. */
function nodeShape(nodes: Readonly<Record<string, WorkflowNode>>, colours: Colours): Key {
  return Object.values(nodes).map((node) => {
    if ('loop' in node) return joined(keyOf(['loop']), nodeShape(node.loop.nodes, colours))
    if ('agent' in node) return joined(keyOf(['agent', node.after?.length ?? -1]), colours.get(node.agent)!)
    if ('map' in node) return joined(keyOf(['map']), colours.get(node.map.agent)!)
    return keyOf(['tool' in node ? 'tool' : 'branch' in node ? 'branch' : 'merge' in node ? 'merge' : 'ask' in node ? 'ask' : 'end'])
  }).reduce(joined, keyOf(['nodes', Object.keys(nodes).length]))
}

function agentShape({ sub_agents, hand_offs, workflow }: Agent, own: Key, colours: Colours): Key {
  const called = bag('calls', sub_agents.map((one) => colours.get(typeof one === 'string' ? one : one.agent)!))
  const over = bag('hands over', hand_offs.map((one) => colours.get(one)!))
  return joined(joined(own, called), joined(over, workflow ? nodeShape(workflow.nodes, colours) : keyOf(['model'])))
}

/** Agents, calls, hand-offs and nodes up to isomorphism, with the pattern, as 16 hexadecimal digits. Tools, prompts and limits do not count. */
export function hierarchyDigest({ pattern, root, agents }: Framework): string {
  const names = Object.keys(agents)
  let colours: Colours = new Map(names.map((name) => [name, keyOf([name === root ? 'root' : 'agent'])]))
  // Colours are refined until none can tell more: as often as there are classes, which grow in every useful round.
  for (let classes = 0; ;) {
    const before = colours
    colours = new Map(names.map((name) => [name, agentShape(agents[name]!, before.get(name)!, before)]))
    const now = new Set([...colours.values()].map(({ a, b }) => `${a} ${b}`)).size
    if (now <= classes) break
    classes = now
  }
  return hex(joined(keyOf([pattern ?? 'none']), bag('agents', [...colours.values()])))
}
