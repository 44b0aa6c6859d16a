/** Plots as SVG text, without a browser. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** Colours that people with any colour vision can tell apart (Okabe and Ito). */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#595959', '#000000', '#a6761d', '#7570b3'] as const

const TITLE_HEIGHT = 26
const LETTERS = 'DejaVu Sans, Verdana, Segoe UI, Arial, sans-serif'

export type Drawing = { readonly svg: string; readonly width: number; readonly height: number }

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** One plot with a title above it. Ids and class names are the caller's, so that the same data gives the same bytes. */
export function plot(title: string, options: Plot.PlotOptions & { readonly width: number; readonly height: number }): Drawing {
  const { document } = parseHTML('<html><body></body></html>')
  const { width, height } = options
  const made = Plot.plot({ document, className: 'plot', ...options, color: { range: [...COLOURS], ...options.color } } as Plot.PlotOptions)
  // With a legend it is a figure of which the plot is the last part.
  const svg = made.tagName.toLowerCase() === 'svg' ? made : [...made.children].findLast(({ tagName }) => tagName.toLowerCase() === 'svg')!
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('y', String(TITLE_HEIGHT))
  svg.setAttribute('fill', '#1a1a1a')
  svg.setAttribute('font-family', LETTERS)
  // Style sheets inside would hold for the whole page that the plot is put into.
  for (const style of svg.querySelectorAll('style')) style.remove()
  const head = `<text x="12" y="17" font-family="${LETTERS}" font-size="13" font-weight="bold" fill="#1a1a1a">${escaped(title)}</text>`
  return { svg: head + svg.outerHTML, width, height: height + TITLE_HEIGHT }
}

/** Drawings side by side, in rows of so many, as one file. */
export function page(drawings: readonly Drawing[], columns = 1): string {
  const width = Math.max(...drawings.map((each) => each.width))
  const height = Math.max(...drawings.map((each) => each.height))
  const [across, down] = [Math.min(columns, drawings.length), Math.ceil(drawings.length / columns)]
  const placed = drawings.map(({ svg }, i) => `<g transform="translate(${(i % columns) * width},${Math.floor(i / columns) * height})">${svg}</g>`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across * width} ${down * height}" width="${across * width}" height="${down * height}"><rect width="100%" height="100%" fill="#ffffff"/>${placed.join('\n')}</svg>\n`
}
