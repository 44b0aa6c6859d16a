/** A survey as one SVG file: latencies, faults, and the episodes of one seed. */
import { wrapWords } from '../text-table.ts'
import type { ProfileSurvey } from '../profile-survey.ts'
import { below, element, escapeXml, label, lettersIn, moved } from './element.ts'
import { latencyPanel } from './latency-panel.ts'
import { outcomePanel } from './outcome-panel.ts'
import { BODY, PALETTE, STYLE } from './palette.ts'
import { strikesPanel } from './strikes-panel.ts'
import { timelinePanel } from './timeline-panel.ts'

const WIDTH = 1280
const MARGIN = 32
const GUTTER = 40
const LINE = 18

/** The whole file; it needs nothing else. */
export function surveySvg({ profile, scenario, digest, intensity, changed, description, entries, latency, trials, timelines }: ProfileSurvey): string {
  const inner = WIDTH - 2 * MARGIN
  const left = inner * 0.46
  const rest = inner - left - GUTTER
  const title = `${profile} on ${scenario}`
  const facts = `${scenario}@${digest.slice(0, 8)}, intensity ${intensity}${changed ? ', changed' : ''}, ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}${timelines[0] ? `, luck ${timelines[0].luck}` : ''}`
  const about = wrapWords(description, lettersIn(inner, BODY))
  const parts = [label(0, 20, title, { class: 'title' }), ...about.map((line, i) => label(0, 44 + i * LINE, line)), label(0, 44 + about.length * LINE, facts, { class: 'faint' })]
  let y = 44 + about.length * LINE + 28
  const strikes = trials[0] && strikesPanel(trials[0], entries, rest)
  const times = latencyPanel(latency, strikes ? left : inner)
  parts.push(moved(0, y, times.svg))
  const right = strikes ? below(24, strikes, outcomePanel(trials, rest)) : undefined
  if (right) parts.push(moved(left + GUTTER, y, right.svg))
  y += Math.max(times.height, right?.height ?? 0) + 28
  const lines = timelinePanel(timelines, trials, inner)
  parts.push(moved(0, y, lines.svg))
  const height = y + lines.height + 2 * MARGIN
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    element('svg', { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${Math.ceil(height)}`, width: WIDTH, height: Math.ceil(height), role: 'img', 'aria-label': title },
      element('title', {}, escapeXml(title)),
      element('style', {}, escapeXml(STYLE)),
      element('rect', { width: WIDTH, height: Math.ceil(height), fill: PALETTE.paper }),
      moved(MARGIN, MARGIN, ...parts)),
    '',
  ].join('\n')
}
