/** A report on a sweep as one page that needs nothing else: no script, no picture, no request. */
import type { SweepReport } from '../../../protocol/sweep-report.ts'
import { breakdownSection } from './breakdown-section.ts'
import { curveSection } from './curve-plot.ts'
import { differenceSection } from './difference-plot.ts'
import { countOf, writeWhole } from './figure-text.ts'
import { frameSection } from './frame-table.ts'
import { scenarioSection } from './heat-map.ts'
import { escapeHtml, type Section } from './html.ts'
import { intervalSection } from './interval-plot.ts'
import { failureSection, issueSection } from './issue-table.ts'
import { policySection } from './policy-table.ts'
import { provenanceSection } from './provenance-section.ts'
import { STYLE } from './style.ts'
import { timelineSection } from './timeline-figure.ts'
import { verdictOn } from './verdict.ts'

/** Whatever a report holds, the page runs nothing and fetches nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

function tiles({ counts, policies, scenarios, dynamics, spec }: SweepReport): string {
  const tile = (n: number, what: string, many?: string): string => `<li><b>${writeWhole(n)}</b> ${countOf(n, what, many).replace(/^\S+ /, '')}</li>`
  const lost = counts.env_errors + counts.failed
  return `<ul class="counts">${[
    tile(counts.scored, 'episode scored', 'episodes scored'), tile(counts.tasks, 'task'), tile(spec.repeats, 'repeat of each', 'repeats of each'), tile(policies.length, 'policy', 'policies'), tile(scenarios.length, 'scenario'), tile(dynamics.length, 'dynamics', 'dynamics'),
    ...(lost ? [tile(lost, 'not scored', 'not scored')] : []), ...(counts.left ? [tile(counts.left, 'not played', 'not played')] : []),
  ].join('')}</ul>`
}

function head(report: SweepReport): string {
  const { found, careful } = verdictOn(report)
  return [
    `<header><p class="under">Fractal Gym, report on a sweep</p><h1>${escapeHtml(report.name)}</h1>`,
    `<div class="verdict">${found.map((sentence) => `<p>${sentence}</p>`).join('\n')}</div>`,
    ...careful.map((sentence) => `<p class="warning">${sentence}</p>`),
    tiles(report), '</header>',
  ].join('\n')
}

/** The page of a report; the same report gives the same bytes. */
export function sweepPage(report: SweepReport): string {
  const sections = [
    policySection(report), intervalSection(report), differenceSection(report), curveSection(report), scenarioSection(report), breakdownSection(report),
    issueSection(report), failureSection(report), timelineSection(report), frameSection(report), provenanceSection(report),
  ].filter((section): section is Section => section !== undefined)
  return [
    '<!DOCTYPE html>', '<html lang="en">', '<head>', '<meta charset="utf-8">', `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`, '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(report.name)}: report on a sweep</title>`, `<style>${STYLE}</style>`, '</head>', '<body>', head(report),
    `<nav>${sections.map(({ id, title }) => `<a href="#${id}">${title}</a>`).join(' ')}</nav>`, '<main>',
    ...sections.map(({ id, title, html }) => `<section id="${id}"><h2>${title}</h2>\n${html}\n</section>`), '</main>', '</body>', '</html>', '',
  ].join('\n')
}
