/** Which variables a template reads that it does not set itself. */
import type { Node, Syntax } from './syntax.ts'

const ALWAYS = new Set(['true', 'false', 'none', 'True', 'False', 'None', 'range', 'namespace', 'dict', 'loop', 'caller', 'varargs', 'kwargs'])

/** Names that are read, without those that the template sets and those that it asks about with `is defined` or `default`. */
export function freeNames({ body, raw }: Syntax): Set<string> {
  const [read, set, asked] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const target = (node: Node): void => {
    if (node.type === 'Identifier') set.add(node.value as string)
    else if (node.type === 'TupleLiteral') for (const item of node.value as Node[]) target(item)
  }
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (value instanceof Map) return [...value].forEach(walk)
    if (value === null || typeof value !== 'object' || !('type' in value)) return
    const node = value as Node
    switch (node.type) {
      case 'Identifier':
        read.add(node.value as string)
        return
      case 'For':
        target(node.loopvar as Node)
        break
      case 'Set':
        target(node.assignee as Node)
        walk([node.value, node.body])
        return
      case 'Macro':
        target(node.name as Node)
        for (const one of node.args as Node[]) target(one.type === 'Identifier' ? one : one.key as Node)
        walk([(node.args as Node[]).filter(({ type }) => type !== 'Identifier'), node.body])
        return
      case 'CallStatement':
        for (const one of (node.callerArgs as Node[] | null) ?? []) target(one.type === 'Identifier' ? one : one.key as Node)
        walk([node.call, node.body])
        return
      case 'KeywordArgumentExpression':
        walk(node.value)
        return
      case 'MemberExpression':
        walk([node.object, node.computed === true ? node.property : []])
        return
      case 'TestExpression':
        if (isName(node.test as Node, ['defined', 'undefined'])) note(node.operand as Node, asked)
        walk(node.operand)
        return
      case 'FilterExpression': {
        const { filter } = node as unknown as { filter: Node }
        if (isName(filter.type === 'CallExpression' ? filter.callee as Node : filter, ['default', 'd'])) note(node.operand as Node, asked)
        walk([node.operand, filter.type === 'CallExpression' ? filter.args : []])
        return
      }
      case 'FilterStatement':
        walk(node.body)
        return
    }
    for (const [key, inside] of Object.entries(node)) if (key !== 'type' && key !== 'operator') walk(inside)
  }
  try {
    walk(body)
  } catch {
    // Too deep to walk is too deep to render, which says so.
    return new Set()
  }
  return new Set([...read].filter((name) => !set.has(name) && !asked.has(name) && !ALWAYS.has(name) && !raw.has(name)))
}

const isName = (node: Node, names: readonly string[]): boolean => node.type === 'Identifier' && names.includes(node.value as string)

function note(node: Node, into: Set<string>): void {
  let at = node
  while (at.type === 'MemberExpression') at = at.object as Node
  if (at.type === 'Identifier') into.add(at.value as string)
}
