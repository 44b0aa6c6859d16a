/** A framework as the text of a Mermaid flowchart. */
import type { Arrow, Box, Figure } from './figure.ts'

/** Signs that mean something inside a quoted label. */
const ENTITIES: Readonly<Record<string, string>> = { '"': '#quot;', '#': '#35;', '<': '#lt;', '>': '#gt;', '&': '#amp;', '`': '#96;', '\\': '#92;', '{': '#123;', '}': '#125;', '%': '#37;', ';': '#59;' }

function quote(...lines: readonly string[]): string {
  // eslint-disable-next-line no-control-regex
  const safe = lines.map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').replace(/["#<>&`\\{}%;]/g, (sign) => ENTITIES[sign]!))
  return `"${safe.join('<br/>')}"`
}

const SHAPES: Readonly<Record<Box['kind'], readonly [string, string]>> = { agent: ['[', ']'], workflow: ['[[', ']]'], again: ['([', '])'], node: ['(', ')'], choice: ['{{', '}}'] }
const ARROWS: Readonly<Record<Arrow['kind'], string>> = { calls: '-->', hands_off: '-.->', runs: '-.->', next: '==>', again: '-.->' }
const WORDS: Readonly<Partial<Record<Arrow['kind'], string>>> = { hands_off: 'hands off', runs: 'runs' }

/** Lines of a flowchart; ids are ours, so that no name of an agent can be a word of Mermaid. */
export function mermaidText({ boxes, arrows }: Figure): string {
  const box = ({ id, kind, title, lines }: Box, indent: string): string => `${indent}${id}${SHAPES[kind][0]}${quote(title, ...lines)}${SHAPES[kind][1]}`
  const workflows = [...new Set(boxes.flatMap(({ within }) => within ?? []))]
  const groups = workflows.flatMap((name, i) => [`  subgraph w${i} [${quote(`workflow of ${name}`)}]`, ...boxes.filter(({ within }) => within === name).map((one) => box(one, '    ')), '  end'])
  const links = arrows.map(({ from, to, kind, label }) => {
    const words = [WORDS[kind], label].filter((word) => word !== undefined).join(', ')
    return `  ${from} ${ARROWS[kind]}${words === '' ? '' : `|${quote(words)}|`} ${to}`
  })
  return ['flowchart LR', ...boxes.filter(({ within }) => within === undefined).map((one) => box(one, '  ')), ...groups, ...links, ''].join('\n')
}
