/** How wide texts are in plots, where nothing breaks or clips them. */
import { clipped } from './figure-text.ts'
import { plain } from './html.ts'

/** Widths of letters of ten pixels, in pixels, a little more than those of the usual fonts. */
const WIDTHS: readonly (readonly [letters: RegExp, width: number])[] = [[/[^ -\u02ff–—…−‘’“”]/u, 11], [/[mwMW@%…—\\]/, 10.2], [/[A-HJ-Z<>=+~&#$_–−“”]/, 8.4], [/[ijlftrI.,:;'|!()[\]{}\-/ "`‘’]/, 5]]
const OTHER = 6.8

/** About how wide a text of a size is, in pixels; rather too wide than too narrow. */
export function widthOf(text: string, size = 10): number {
  let sum = 0
  for (const letter of text) sum += WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? OTHER
  return (sum * size) / 10
}

/** A text of a report as a plot may show it: in one line, to be seen, and no wider than so many pixels. @param end share of what is kept that is its end */
export function fitted(text: string, width: number, size = 10, end?: number): string {
  const whole = plain(text)
  for (let most = whole.length; most > 0; most--) {
    const shown = clipped(whole, most, end)
    if (widthOf(shown, size) <= width) return shown
  }
  return '…'
}

/** The title of a plot of a width: letters of 13 pixels, bold. */
export function plotTitle(text: string, width: number): string {
  return fitted(text, width - 24, 14.5)
}
