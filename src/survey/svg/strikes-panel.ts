/** What share of the calls each entry does something to, as bars. */
import type { EntryAccount } from '../entry-account.ts'
import { writeShare } from '../figure.ts'
import type { Strikes, Trial } from '../trial-survey.ts'
import { type Drawing, element, fitting, label, moved } from './element.ts'
import { BODY, PALETTE } from './palette.ts'
import { BELOW_GRID, legend, swatch } from './scale.ts'

const NAME = 320
const ROW = 18
const BAR = 12
/** Room for the figure behind a bar. */
const FIGURE = 130
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5]
const MOST_TICKS = 5

const shareOf = ({ met, struck }: Strikes): number => (met ? struck / met : 0)

/** Undefined where no entry of the profile is a fault. */
export function strikesPanel({ strikes, policy, episodes }: Trial, entries: readonly EntryAccount[], width: number): Drawing | undefined {
  const known = strikes.flatMap((one) => entries.filter(({ id, kind, phase }) => id === one.entry && (phase.length || kind === 'deadline')).map((entry) => ({ ...one, kind: entry.kind })))
  if (!known.length) return undefined
  const plot = width - NAME - FIGURE
  // Calls and episodes have no axis in common.
  const isBarred = ({ of }: Strikes): boolean => of !== 'episodes' || known.every((one) => one.of === 'episodes')
  const most = Math.max(...known.filter(isBarred).map(shareOf), 0.001)
  const step = STEPS.find((one) => most / one <= MOST_TICKS) ?? 0.5
  const top = Math.ceil(most / step - 1e-9) * step
  const height = known.length * ROW
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step)
  const grid = ticks.map((share) => {
    const x = (share / top) * plot
    return element('line', { x1: x, x2: x, y1: 0, y2: height, stroke: PALETTE.grid }) + label(x, height + 16, `${Number((share * 100).toFixed(1))}%`, { class: 'faint middle' })
  })
  const bars = known.map((one, i) => {
    const y = i * ROW + (ROW - BAR) / 2
    const [loud, all] = isBarred(one) ? [one.met ? one.failed / one.met : 0, shareOf(one)].map((share) => (share / top) * plot) as [number, number] : [0, 0]
    return element('g', { 'data-entry': one.entry },
      label(-10, y + 10, fitting(`${one.entry} · ${one.kind}`, NAME - 12, BODY), { class: 'end' }),
      loud > 0 ? element('rect', { x: 0, y, width: loud, height: BAR, fill: PALETTE.red }) : '',
      all > loud ? element('rect', { x: loud, y, width: all - loud, height: BAR, fill: PALETTE.pink }) : '',
      label(all + 6, y + 10, one.met ? `${isBarred(one) ? '' : 'in '}${writeShare(shareOf(one))} of ${one.met} ${one.of}` : 'never met', { class: 'faint' }),
    )
  })
  const key = legend([
    ...(known.some(({ failed }) => failed) ? [{ mark: swatch(PALETTE.red), text: 'the agent sees an error' }] : []),
    ...(known.some(({ failed, struck }) => struck > failed) ? [{ mark: swatch(PALETTE.pink), text: 'it sees none' }] : []),
  ], width)
  const head = 34 + key.height + 8
  return {
    width,
    height: head + height + BELOW_GRID,
    svg: label(0, 14, `Faults in ${episodes} episodes of ${policy}`, { class: 'head' }) + moved(0, 36, key.svg)
      + moved(NAME, head, ...grid, label(plot / 2, height + 33, 'share of what an entry is about', { class: 'faint middle' }), ...bars),
  }
}
