/** Pieces of SVG as text. */
import { harmless } from '../../record/paint.ts'

export type Attributes = Readonly<Record<string, string | number | undefined>>

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as XML may hold it. */
export function escapeXml(text: string): string {
  return harmless(text.toWellFormed()).replaceAll('\n', ' ').replaceAll(/[\ufffe\uffff]/g, '\ufffd').replaceAll(/[&<>"]/g, (char) => NAMES[char]!)
}

const written = (value: string | number): string => (typeof value === 'number' ? String(Math.round(value * 100) / 100) : escapeXml(value))

/** An element; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, ...inside: readonly string[]): string {
  const text = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${written(value)}"`])).join('')
  return inside.length ? `<${name}${text}>${inside.join('')}</${name}>` : `<${name}${text}/>`
}

/** A line of text at a place; its style is a class of the page. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(text))
}

/** A group that is moved. */
export function moved(x: number, y: number, ...inside: readonly string[]): string {
  return element('g', { transform: `translate(${written(x)} ${written(y)})` }, ...inside)
}

/** Width of an average character, as a share of the size of the letters. */
const LETTER = 0.57

/** How many characters of a size fit a width, cautiously. */
export function lettersIn(width: number, size: number): number {
  return Math.max(0, Math.floor(width / (size * LETTER)))
}

/** About how wide a text is. */
export function widthOf(text: string, size: number): number {
  return text.length * size * LETTER
}

/** A text that fits a width; empty where not even a few letters do. */
export function fitting(text: string, width: number, size: number): string {
  const most = lettersIn(width, size)
  return text.length <= most ? text : most < 4 ? '' : `${text.slice(0, most - 1)}…`
}

/** Something drawn, with the room that it takes. */
export type Drawing = { readonly width: number; readonly height: number; readonly svg: string }

/** Drawings below each other. */
export function below(gap: number, ...drawings: readonly Drawing[]): Drawing {
  let height = -gap
  const parts = drawings.map((drawing) => {
    const y = height + gap
    height = y + drawing.height
    return moved(0, y, drawing.svg)
  })
  return { width: Math.max(...drawings.map(({ width }) => width)), height, svg: parts.join('') }
}
