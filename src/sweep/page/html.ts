/** Pieces of HTML as text; everything that comes from a report goes through escapeHtml. */
import { escapeXml } from '../../survey/svg/element.ts'

/** Control characters, and marks that turn the direction of what follows so that a text reads as something else. */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g

/** Text in one line with every character to be seen, not escaped yet: plots escape their texts themselves. */
export function plain(text: string): string {
  return text.toWellFormed().replace(/[\n\t]/g, ' ').replace(UNSEEN, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Text as HTML may hold it, in content and in attributes with double quotes; lines become one. */
export function escapeHtml(text: string): string {
  return escapeXml(plain(text))
}

/** The same, with its lines. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeHtml).join('\n')
}

/** A name that was made elsewhere, as code. */
export function nameTag(name: string): string {
  return `<b class="name">${escapeHtml(name)}</b>`
}

/** A cell: what stands in it is HTML already. */
export type TableCell = string | { readonly html: string; readonly head?: boolean; readonly kind?: string; readonly style?: string; readonly title?: string; readonly span?: number }

/** A column; its title is HTML already. That of an upright one is written upwards, so that many fit. */
export type Column = { readonly title: string; readonly kind?: 'number' | 'text' | 'plot' | 'upright'; readonly about?: string }

function cellTag(cell: TableCell, { kind = 'text' }: Column, isFirst: boolean): string {
  const given = typeof cell === 'string' ? { html: cell } : cell
  const tag = given.head ?? isFirst ? 'th' : 'td'
  const attributes = [
    tag === 'th' ? ' scope="row"' : '',
    ` class="${[kind, given.kind ?? ''].join(' ').trim()}"`,
    given.style ? ` style="${given.style}"` : '',
    given.title ? ` title="${escapeHtml(given.title)}"` : '',
    given.span ? ` colspan="${given.span}"` : '',
  ]
  return `<${tag}${attributes.join('')}>${given.html}</${tag}>`
}

/** About how many letters of HTML are seen. */
function lettersOf(html: string): number {
  return html.replace(/<[^>]*>/g, '').replace(/&\w+;/g, '.').length
}

const MOST_LETTERS = 20

/** The least width of a head, so that short names are not broken and long ones are. */
function leastWidth(...heads: readonly string[]): string {
  return `min-width:min(calc(${Math.min(MOST_LETTERS, Math.max(...heads.map(lettersOf))) + 1}ch + 20px),38vw)`
}

/** A table in a box of its own that scrolls where the page is too narrow; the first cell of a row is its head. */
export function table(columns: readonly Column[], rows: readonly (readonly TableCell[])[], { kind = '', foot = '' } = {}): string {
  const firsts = rows.map(([first = '']) => (typeof first === 'string' ? first : first.html))
  const head = columns.map(({ title, kind: own = 'text', about }, i) => `<th scope="col" class="${own}"${own === 'text' ? ` style="${leastWidth(title, ...(i === 0 ? firsts : []))}"` : ''}${about ? ` title="${escapeHtml(about)}"` : ''}>${own === 'upright' ? `<span>${title}</span>` : title}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellTag(cell, columns[i]!, i === 0)).join('')}</tr>`).join('\n')
  return `<div class="scroll" tabindex="0"><table${kind ? ` class="${kind}"` : ''}><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody>${foot ? `<tfoot>${foot}</tfoot>` : ''}</table></div>`
}

/** Something that opens; its summary is HTML already. */
export function fold(summary: string, inside: string, isOpen = false): string {
  return `<details${isOpen ? ' open' : ''}><summary>${summary}</summary>\n${inside}\n</details>`
}

/** What a plot or a table shows, above it. */
export function caption(title: string, about = ''): string {
  return `<h3>${title}</h3>${about ? `<p class="about">${about}</p>` : ''}`
}

/** A part of the page; nothing where it has nothing to show. */
export type Section = { readonly id: string; readonly title: string; readonly html: string }
