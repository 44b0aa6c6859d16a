/** How many episodes of each policy succeed, as bars. */
import { writeShare, writeTime } from '../figure.ts'
import type { Trial } from '../trial-survey.ts'
import { type Drawing, element, label, moved } from './element.ts'
import { PALETTE } from './palette.ts'
import { BELOW_GRID } from './scale.ts'

const NAME = 320
const ROW = 18
const BAR = 12
const FIGURE = 170
const TICKS = [0, 0.5, 1]

export function outcomePanel(trials: readonly Trial[], width: number): Drawing {
  const plot = width - NAME - FIGURE
  const height = trials.length * ROW
  const grid = TICKS.map((share) => element('line', { x1: share * plot, x2: share * plot, y1: 0, y2: height, stroke: PALETTE.grid }) + label(share * plot, height + 16, writeShare(share), { class: 'faint middle' }))
  const bars = trials.map(({ policy, episodes, successes, calls, ms }, i) => {
    const share = successes / Math.max(1, episodes)
    const y = i * ROW + (ROW - BAR) / 2
    return element('g', { 'data-trial': policy },
      label(-10, y + 10, policy, { class: 'end' }),
      element('rect', { x: 0, y, width: share * plot, height: BAR, fill: PALETTE.blue }),
      label(plot + 10, y + 10, `${writeShare(share)}; ${(calls / Math.max(1, episodes)).toFixed(1)} calls, ${writeTime(ms)}`, { class: 'faint' }),
    )
  })
  return {
    width,
    height: 28 + height + BELOW_GRID,
    svg: label(0, 14, 'Episodes that succeed', { class: 'head' }) + moved(NAME, 28, ...grid, label(plot / 2, height + 33, 'share of episodes; mean calls and virtual time of one', { class: 'faint middle' }), ...bars),
  }
}
