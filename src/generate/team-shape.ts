/** Trees of agents before anybody has a name: how many are below whom. */
import { below, type Key, keyOf, weighted } from '../core/keyed.ts'

export type Shape = { readonly below: readonly Shape[] }

/** What a tree is to have: so many nodes and levels with the root, and so many right below the root. */
export type Growth = { readonly agents: number; readonly layers: number; readonly least?: number; readonly most?: number }

type Node = { readonly depth: number; readonly below: Node[] }

/** Below one agent at most: 64 is what the world language allows, and more than anybody wants to lead where there are levels between. */
const WIDEST = 64
const WIDE = 16

/** Grows a tree: one branch reaches the last level, the rest hang where the key likes them. Fewer levels where there are too few agents. */
export function growShape({ agents, layers, least = 1, most = WIDEST }: Growth, key: Key): Shape {
  const root: Node = { depth: 0, below: [] }
  const nodes = [root]
  const add = (above: Node): Node => {
    const node: Node = { depth: above.depth + 1, below: [] }
    above.below.push(node)
    nodes.push(node)
    return node
  }
  const levels = Math.max(agents > 1 ? 2 : 1, Math.min(layers, agents - least + 1))
  for (let at = root, depth = 1; depth < levels && nodes.length < agents; depth++) at = add(at)
  while (nodes.length < agents && root.below.length < least) add(root)
  const taste = tasteOf(levels, key)
  while (nodes.length < agents) {
    const open = nodes.filter((node) => node.depth < levels - 1 && node.below.length < (levels <= 2 ? most : node === root ? Math.min(most, Math.max(least, WIDE)) : WIDE))
    if (!open.length) break
    let sum = 0
    const weights = open.map((node) => (sum += taste.weigh(node)))
    add(open[weighted(keyOf(['next', nodes.length], key), weights)]!)
  }
  return frozen(root, keyOf(['order'], key))
}

/** What a tree likes: wide or narrow, deep or flat, many leads or few. */
function tasteOf(levels: number, key: Key): { weigh(node: Node): number } {
  const draw = (name: string, n: number, i = 0) => below(keyOf([name, i], key), n)
  const ofDepth = Array.from({ length: levels }, (_, depth) => [1, 2, 4, 8][draw('depth', 4, depth)]!)
  const crowd = [0, 1, 3][draw('crowd', 3)]!
  const promotion = [0.05, 0.2, 0.6, 1.5][draw('promotion', 4)]!
  return {
    // A lead of one is lonely: a second one is welcome.
    weigh: ({ depth, below: { length } }) => ofDepth[depth]! * (length === 0 ? promotion : length === 1 ? 3 : 1 + crowd * (length - 1)),
  }
}

/** The tree with each node's branches in another order, so that the deep one is not always the first. */
function frozen({ below: nodes }: Node, key: Key): Shape {
  const left = nodes.map((node, i) => frozen(node, keyOf([i], key)))
  const out: Shape[] = []
  while (left.length) out.push(left.splice(below(key, left.length, left.length), 1)[0]!)
  return { below: out }
}

/** Those without anybody below them. */
export function leavesOf({ below: nodes }: Shape): number {
  return nodes.length === 0 ? 1 : nodes.reduce((sum, node) => sum + leavesOf(node), 0)
}
