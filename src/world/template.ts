/** Text with `${…}`, and structures whose leaves are such text. */
import type { TemplateTree } from '../../protocol/spec/notation.ts'
import { charge, type Evaluation } from './evaluation.ts'
import { measure } from './measure.ts'
import type { Scope } from './expression/scope.ts'
import { textOf } from './json-value.ts'
import type { Site } from './site.ts'

type Part = string | { readonly source: string; readonly offset: number }

/** Splits a template into text and expressions; braces and quotes inside expressions are respected. */
export function splitTemplate(template: string): Part[] | undefined {
  const parts: Part[] = []
  let from = 0
  for (;;) {
    const start = template.indexOf('${', from)
    if (start < 0) return [...parts, template.slice(from)]
    parts.push(template.slice(from, start))
    const end = endOfExpression(template, start + 2)
    if (end < 0) return undefined
    parts.push({ source: template.slice(start + 2, end), offset: start + 2 })
    from = end + 1
  }
}

function endOfExpression(text: string, from: number): number {
  let depth = 0
  let quote = ''
  for (let i = from; i < text.length; i++) {
    const c = text[i]!
    if (quote) {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === "'" || c === '"') quote = c
    else if (c === '{') depth++
    else if (c === '}' && depth-- === 0) return i
  }
  return -1
}

/** Compiles a template into a function that gives its text. */
export function compileTemplate(template: string, scope: Scope, site: Site): (cx: Evaluation) => string {
  const parts = splitTemplate(template)
  if (!parts) {
    site.complain('template', '${ without its }', { expected: '${expression}' })
    return () => ''
  }
  const runs = parts.filter((part) => part !== '').map((part) => {
    if (typeof part === 'string') return () => part
    const at = site.further(part.offset)
    const compiled = at.expression(part.source, scope)
    if (compiled.type.k === 'table') at.complain('expression', 'a table is no value', { offset: 0 })
    const text = textOf(compiled.type)
    return (cx: Evaluation) => text(measure(cx, compiled.run(cx)))
  })
  if (runs.length === 1) return runs[0]!
  return (cx) => {
    let text = ''
    for (const run of runs) text += run(cx)
    charge(cx, text.length >> 4)
    return text
  }
}

/** Compiles a structure of templates; text becomes text, the rest stays. */
export function compileTemplateTree(tree: TemplateTree, scope: Scope, site: Site): (cx: Evaluation) => unknown {
  if (typeof tree === 'string') return compileTemplate(tree, scope, site)
  if (tree === null || typeof tree !== 'object') return () => tree
  if (Array.isArray(tree)) {
    const items = tree.map((item, i) => compileTemplateTree(item, scope, site.at(i)))
    return (cx) => items.map((item) => item(cx))
  }
  const fields = Object.entries(tree).map(([name, value]) => [name, compileTemplateTree(value, scope, site.at(name))] as const)
  return (cx) => Object.fromEntries(fields.map(([name, run]) => [name, run(cx)]))
}
