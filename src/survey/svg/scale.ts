/** Axes, grids and legends of panels. */
import type { Axis } from '../axis.ts'
import { type Drawing, element, label, moved, widthOf } from './element.ts'
import { BODY, PALETTE } from './palette.ts'

/** Labels nearer than this many pixels to the one before are left out. */
const LEAST_GAP = 10

/** A grid over the height of a plot with the labels of its ticks below, and what is measured below them. */
export function timeGrid(axis: Axis, width: number, height: number, about: string): string {
  let free = -Infinity
  const ticks = axis.ticks.map(({ ms, label: text }) => {
    const x = axis.place(ms) * width
    const half = widthOf(text, BODY) / 2
    const isFree = x - half >= free
    if (isFree) free = x + half + LEAST_GAP
    return element('line', { x1: x, x2: x, y1: 0, y2: height, stroke: PALETTE.grid }) + (isFree ? label(x, height + 16, text, { class: 'faint middle' }) : '')
  })
  return ticks.join('') + label(width / 2, height + 33, about, { class: 'faint middle' })
}

/** Height of what timeGrid writes below a plot. */
export const BELOW_GRID = 40

export type LegendEntry = { readonly mark: string; readonly text: string }

const MARK = 22
const GAP = 14
export const LEGEND_LINE = 20

/** Marks, each about 14 by 10 pixels around (7, 0), with what they mean; as many lines as the width needs. */
export function legend(entries: readonly LegendEntry[], width: number): Drawing {
  let [x, y] = [0, 0]
  const parts = entries.map(({ mark, text }) => {
    const wide = MARK + widthOf(text, BODY) + GAP
    if (x > 0 && x + wide > width) [x, y] = [0, y + LEGEND_LINE]
    const part = moved(x, y, mark, label(MARK, 4, text))
    x += wide
    return part
  })
  return { width, height: entries.length ? y + LEGEND_LINE : 0, svg: parts.join('') }
}

/** A small filled box for legends. */
export function swatch(fill: string, stroke?: string): string {
  return element('rect', { x: 0, y: -5, width: 14, height: 10, fill, stroke })
}

export function diamond(x: number, y: number, size: number, fill: string): string {
  return element('path', { d: `M${x} ${y - size}L${x + size} ${y}L${x} ${y + size}L${x - size} ${y}Z`, fill, stroke: PALETTE.ink })
}

export function triangle(x: number, y: number, size: number, fill: string): string {
  return element('path', { d: `M${x - size} ${y + size}L${x + size} ${y + size}L${x} ${y - size}Z`, fill, stroke: PALETTE.ink })
}
