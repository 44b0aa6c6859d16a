/** Plots of the plot room as parts of the page. */
import { COLOURS, type Drawing } from '../../plot/plot.ts'
import { escapeHtml } from './html.ts'

/** Width of one of several plots beside each other: it fits a phone. */
export const PANEL = 344

/** A drawing as an element of its own; what it shows is told to those who cannot see it. */
export function svgFigure({ svg, width, height }: Drawing, about: string): string {
  return `<svg role="img" aria-label="${escapeHtml(about)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${svg}</svg>`
}

/** Figures beside each other, as many as fit. */
export function panels(figures: readonly string[]): string {
  return `<div class="panels">${figures.map((figure) => `<div class="scroll">${figure}</div>`).join('\n')}</div>`
}

/** The colour of the nth policy, the same all over the page. */
export function colourOf(n: number): string {
  return COLOURS[n % COLOURS.length]!
}

/** Ticks of shares as per cent. */
export function percentTick(share: number): string {
  return `${Math.round(share * 100)}`
}
