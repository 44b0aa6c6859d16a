/** Paths and trees over a table that declares `tree: {parent, name}`; each node that is visited costs a unit. */
import { charge, type Evaluation, type Row } from '../evaluation.ts'
import { SpecFault } from '../fault.ts'
import { listOf, nullable, STRING } from '../type.ts'
import { convert } from './conversion.ts'
import { type Compiled, ExpressionError, type Run, type TableShape, type TreeColumns } from './scope.ts'
import { chargeText } from './signature.ts'

export const TREE_METHODS: ReadonlySet<string> = new Set(['child', 'resolve', 'path', 'up', 'under'])

/** Nodes above one another; copy_tree ends at the same depth. */
export const MAX_TREE_DEPTH = 64

const USES: Readonly<Record<string, string>> = {
  child: 'child(dir, name)', resolve: 'resolve(dir, path)', path: 'path(key) or path(key, top)', up: 'up(key)', under: 'under(key)',
}

/** A table as a tree of nodes. */
type Tree = TreeColumns & { readonly table: string; readonly position: number; readonly key: string }

function tooDeep(tree: Tree): SpecFault {
  return new SpecFault(`${tree.table} is deeper than ${MAX_TREE_DEPTH}, or its tree has a circle`)
}

function nodeAt(cx: Evaluation, tree: Tree, key: unknown): Row | undefined {
  charge(cx, 1)
  return key === null || key === undefined ? undefined : cx.view.get(tree.position, key as string)
}

/** The nodes directly below, in the order of the table; below null are those at the top. */
function childrenOf(cx: Evaluation, tree: Tree, key: unknown): readonly Row[] {
  const children = cx.view.lookup(tree.position, tree.parent, key)
  charge(cx, 1 + children.length)
  return children
}

function childOf(cx: Evaluation, tree: Tree, key: unknown, name: unknown): Row | null {
  return childrenOf(cx, tree, key).find((row) => row[tree.name] === name) ?? null
}

/** The nodes above one, nearest first. */
function above(cx: Evaluation, tree: Tree, node: Row): Row[] {
  const found: Row[] = []
  for (let at = nodeAt(cx, tree, node[tree.parent]); at; at = nodeAt(cx, tree, at[tree.parent])) {
    if (found.push(at) > MAX_TREE_DEPTH) throw tooDeep(tree)
  }
  return found
}

/**
 * Walks a path from a node: `.` and empty parts stay, `..` goes up (at the top it stays), a leading `/` starts at the
 * top above the node. Null when a part has no node.
 */
function resolve(cx: Evaluation, tree: Tree, dir: unknown, path: string): Row | null {
  charge(cx, path.length >> 1)
  let at = nodeAt(cx, tree, dir) ?? null
  if (at && path.startsWith('/')) at = above(cx, tree, at).at(-1) ?? at
  for (const part of path.split('/')) {
    if (!at) return null
    if (part === '' || part === '.') continue
    at = part === '..' ? nodeAt(cx, tree, at[tree.parent]) ?? at : childOf(cx, tree, at[tree.key], part)
  }
  return at
}

/** Names from the top to a node, or from below another node above it; a top that is called `/` begins with it. */
function pathOf(cx: Evaluation, tree: Tree, key: unknown, top: unknown): string | null {
  const node = nodeAt(cx, tree, key)
  if (!node) return null
  const chain = [node, ...above(cx, tree, node)]
  const end = top === undefined ? chain.length : chain.findIndex((row) => row[tree.key] === top)
  if (end < 0) return null
  const names = chain.slice(0, end).map((row) => String(row[tree.name] ?? '')).toReversed()
  chargeText(cx, names.reduce((sum, name) => sum + name.length + 1, 0))
  if (top !== undefined || (names[0] !== '/' && names[0] !== '')) return names.join('/')
  return `/${names.slice(1).join('/')}`
}

/** Everything below a node, each before what is below it, siblings in the order of the table. */
function under(cx: Evaluation, tree: Tree, key: unknown): Row[] {
  const found: Row[] = []
  const visit = (parent: unknown, depth: number): void => {
    for (const child of childrenOf(cx, tree, parent)) {
      if (depth > MAX_TREE_DEPTH) throw tooDeep(tree)
      found.push(child)
      visit(child[tree.key], depth + 1)
    }
  }
  visit(key, 1)
  return found
}

/** Compiles `T.child(dir, name)` and its kind. */
export function compileTreeMethod(name: string, shape: TableShape, args: (Compiled & { offset: number })[], offset: number): Compiled {
  const columns = shape.spec.tree
  const expected = `${shape.name}.${USES[name]!}`
  if (!columns) throw new ExpressionError(`${shape.name} declares no tree`, offset, { expected: 'tree: {parent, name}' })
  const most = name === 'up' || name === 'under' ? 1 : 2
  if (args.length > most || args.length < (name === 'path' ? 1 : most)) throw new ExpressionError(`${name} takes ${most === 1 ? 'a key' : name === 'path' ? 'a key and perhaps the key of a node above' : 'a key and a text'}`, offset, { expected })
  const tree: Tree = { ...columns, table: shape.name, position: shape.position, key: shape.key }
  const [key, second] = args.map((arg, i): Run => convert(arg, i === 0 ? nullable(STRING) : STRING, arg.offset, i === 0 || name === 'path' ? `the key of ${shape.name}` : `${name}()`).run)
  switch (name) {
    case 'child': return { type: nullable(shape.row), run: (cx) => childOf(cx, tree, key!(cx), second!(cx)) }
    case 'resolve': return { type: nullable(shape.row), run: (cx) => resolve(cx, tree, key!(cx), second!(cx) as string) }
    case 'path': return { type: nullable(STRING), run: (cx) => pathOf(cx, tree, key!(cx), second?.(cx)) }
    case 'up': return { type: listOf(shape.row), run: (cx) => { const node = nodeAt(cx, tree, key!(cx)); return node ? above(cx, tree, node) : [] } }
    default: return { type: listOf(shape.row), run: (cx) => under(cx, tree, key!(cx)) }
  }
}
