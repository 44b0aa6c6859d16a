/** A framework as one SVG file: boxes in columns from the root to the right, in light and in dark. */
import { arrange, type Edge } from './layers.ts'
import type { Arrow, Box, Figure } from './figure.ts'
import { spread } from './spread.ts'
import { LINE, STYLE, TITLE } from './style.ts'
import { element, escapeXml, written } from './xml.ts'

/** Width of a character as a share of its size, with room for wide fonts. */
const [BOLD_LETTER, LETTER] = [0.66, 0.6]
const PAD = { x: 12, y: 9 }
const GAP = { x: 70, y: 14 }
const MARGIN = 24
/** Characters of a line of a box; longer ones go on below. */
const MOST_LETTERS = 34
const HEAD = 44
const LEGEND = 34

type Sized = { readonly box: Box; readonly title: readonly string[]; readonly lines: readonly string[]; readonly width: number; readonly height: number }

/** Lines of at most so many characters, broken at blanks, dashes and underscores. */
export function wrapLetters(text: string, most = MOST_LETTERS): string[] {
  const lines = ['']
  for (const part of text.match(/[^\s_/-]+[\s_/-]*|[\s_/-]+/g) ?? []) {
    for (let rest = part; rest !== '';) {
      if ((lines.at(-1) + rest.trimEnd()).length <= most) {
        lines.push(lines.pop()! + rest)
        break
      }
      if (lines.at(-1) !== '') lines.push('')
      else {
        lines.splice(-1, 1, rest.slice(0, most), '')
        rest = rest.slice(most)
      }
    }
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '')
}

function sized(box: Box): Sized {
  const title = wrapLetters(box.title)
  const lines = box.lines.flatMap((line) => wrapLetters(line))
  const width = Math.max(60, ...title.map((line) => [...line].length * TITLE * BOLD_LETTER), ...lines.map((line) => [...line].length * LINE * LETTER)) + 2 * PAD.x
  return { box, title, lines, width: Math.ceil(width), height: title.length * (TITLE + 4) + lines.length * (LINE + 4) + 2 * PAD.y - 2 }
}

/** Draws a figure under a title. */
export function figureSvg({ boxes, arrows }: Figure, title: string, about: string): string {
  const all = new Map(boxes.map((box) => [box.id, sized(box)]))
  const edges = new Map<Edge, Arrow>(arrows.map((arrow) => [{ from: arrow.from, to: arrow.to }, arrow]))
  const layers = arrange(boxes.map(({ id }) => id), [...edges.keys()])
  const heightOf = (id: string): number => all.get(id)?.height ?? 2
  const middles = spread(layers, heightOf, GAP.y)
  const widths = layers.columns.map((column) => Math.max(0, ...column.map(({ id }) => all.get(id)?.width ?? 0)))
  const labelled = [...edges.values()].some(({ label }) => label !== undefined)
  const gap = GAP.x + (labelled ? 40 : 0)
  const lefts = widths.map((_, i) => MARGIN + widths.slice(0, i).reduce((sum, width) => sum + width + gap, 0))
  const columnOf = new Map(layers.columns.flatMap((column, i) => column.map(({ id }) => [id, i] as const)))
  const yOf = (id: string): number => middles.get(id)! + HEAD + MARGIN
  const lines = [...edges].map(([edge, arrow]) => {
    const ids = layers.ways.get(edge)!
    const points = ids.map((id, i): { from: number; to: number; y: number } => {
      const left = lefts[columnOf.get(id)!]!
      const width = widths[columnOf.get(id)!]!
      return { from: i === 0 ? left + all.get(id)!.width : left, to: i === 0 ? left + all.get(id)!.width : left + width, y: yOf(id) }
    })
    return arrowSvg(points, arrow)
  })
  // Words stand over all lines.
  const drawn = [...lines.map(({ line }) => line), ...lines.map(({ words }) => words)]
  const bodies = [...all.values()].map((one) => boxSvg(one, lefts[columnOf.get(one.box.id)!]!, yOf(one.box.id)))
  const legend = legendOf(boxes, arrows)
  const heads = [[title, 18 * BOLD_LETTER], [about, LINE * LETTER]] as const
  const width = Math.ceil(Math.max(lefts.at(-1)! + widths.at(-1)! + MARGIN, ...heads.map(([text, letter]) => 2 * MARGIN + [...text].length * letter), 2 * MARGIN + legend.width))
  const height = Math.ceil(HEAD + MARGIN + Math.max(0, ...[...all.values()].map(({ box, height: own }) => middles.get(box.id)! + own / 2)) + LEGEND + MARGIN)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('svg', { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' },
    element('title', {}, escapeXml(title)), element('style', {}, STYLE), element('rect', { width, height, class: 'paper' }),
    element('text', { x: MARGIN, y: 34, class: 'head' }, escapeXml(title)), element('text', { x: MARGIN, y: 54, class: 'faint' }, escapeXml(about)),
    ...drawn, ...bodies, element('g', { transform: `translate(${MARGIN} ${height - MARGIN})` }, legend.svg))}\n`
}

function boxSvg({ box, title, lines, width, height }: Sized, x: number, middle: number): string {
  const y = middle - height / 2
  const rx = box.kind === 'again' ? height / 2 : box.kind === 'node' || box.kind === 'choice' ? 12 : 4
  const texts = [
    ...title.map((line, i) => element('text', { x: x + PAD.x, y: y + PAD.y + 11 + i * (TITLE + 4), class: 'title' }, escapeXml(line))),
    ...lines.map((line, i) => element('text', { x: x + PAD.x, y: y + PAD.y + 10 + title.length * (TITLE + 4) + i * (LINE + 4), class: 'faint' }, escapeXml(line))),
  ]
  return element('g', { 'data-box': box.id }, ...(box.about === undefined ? [] : [element('title', {}, escapeXml(box.about))]), element('rect', { x, y, width, height, rx, class: box.kind }), ...texts)
}

/** A line from slot to slot: level inside a column, curved between columns. */
function arrowSvg(points: readonly { from: number; to: number; y: number }[], { kind, label }: Arrow): { line: string; words: string } {
  const [first, ...rest] = points
  const tip = rest.at(-1)!
  let path = `M${written(first!.to)} ${written(first!.y)}`
  let at = first!
  for (const [i, point] of rest.entries()) {
    const end = i === rest.length - 1 ? point.from - 7 : point.from
    const middle = (at.to + end) / 2
    path += `C${written(middle)} ${written(at.y)} ${written(middle)} ${written(point.y)} ${written(end)} ${written(point.y)}`
    if (i < rest.length - 1) path += `H${written(point.to)}`
    at = point
  }
  const head = element('path', { d: `M${written(tip.from)} ${written(tip.y)}l-8 -4v8z`, class: kind === 'next' ? 'tip-next' : 'tip' })
  const words = label === undefined ? '' : element('text', { x: tip.from - 10, y: tip.y - 5, class: 'faint label' }, escapeXml(label))
  return { line: element('g', { 'data-arrow': kind }, element('path', { d: path, class: `arrow ${kind}` }), head), words }
}

const MEANINGS: readonly [Arrow['kind'], string][] = [['calls', 'calls'], ['hands_off', 'hands off'], ['next', 'next node'], ['runs', 'runs']]
const BOX_MEANINGS: readonly [Box['kind'], string][] = [['agent', 'agent'], ['workflow', 'workflow'], ['node', 'node'], ['again', 'comes again: recursion']]

/** What the boxes and lines of this figure mean. */
function legendOf(boxes: readonly Box[], arrows: readonly Arrow[]): { svg: string; width: number } {
  let x = 0
  const parts: string[] = []
  const add = (mark: string, words: string): void => {
    parts.push(element('g', { transform: `translate(${written(x)} 0)` }, mark, element('text', { x: 26, y: 4, class: 'faint' }, words)))
    x += 26 + words.length * LINE * LETTER + 18
  }
  for (const [kind, words] of BOX_MEANINGS) if (boxes.some((box) => box.kind === kind)) add(element('rect', { x: 0, y: -6, width: 20, height: 12, rx: kind === 'again' ? 6 : kind === 'node' ? 5 : 2, class: kind }), words)
  for (const [kind, words] of MEANINGS) if (arrows.some((arrow) => arrow.kind === kind)) add(element('path', { d: 'M0 0H20', class: `arrow ${kind}` }), words)
  return { svg: parts.join(''), width: x }
}
