/** A report of admission as a person reads it. */
import type { AdmissionReport } from '../../protocol/report.ts'
import { harmless } from '../record/paint.ts'

function indent(text: string, by: string): string {
  return text.trimEnd().split('\n').map((line) => `${by}${harmless(line)}`.trimEnd()).join('\n')
}

/** The verdict, a line for each check, below a failed one its counter-examples with the transcript of the first, and what calls cost. */
export function writeReport({ ok, name, digest, episodes, seeds, checks, costs, check_costs, mutations }: AdmissionReport): string {
  const lines = [`${ok ? 'ok ' : 'bad'} ${name}@${digest.slice(0, 8)} (${episodes} episodes, ${seeds} seeds a task)`]
  for (const check of checks) {
    lines.push(`  ${check.ok ? 'ok ' : check.skipped === undefined ? 'bad' : '-  '} ${check.id}: ${check.about}: ${harmless(check.detail)}`)
    for (const { task, seed, policy, dynamics, found, transcript } of check.examples) {
      const place = [task, seed !== undefined && `seed ${seed}`, policy, dynamics].filter(Boolean).join(', ')
      lines.push(`      ${[place, harmless(found)].filter(Boolean).join(': ')}`)
      if (transcript !== undefined) lines.push(indent(transcript, '      | '))
    }
  }
  return [...lines, ...mutations.map(mutationLine), ...costs.flatMap(costLines), ...checkCostLines(check_costs)].join('\n')
}

/** Checks that are shown with what they cost; the rest are in the report. */
const MOST_CHECKS = 8

/** What the dearest checks cost after the witness, a line for the rest, and what a step of progress shaping costs at most. */
function checkCostLines(all: AdmissionReport['check_costs']): string[] {
  const [shaping, checks] = [all.filter(({ kind }) => kind === 'shaping'), all.filter(({ kind }) => kind !== 'shaping')]
  if (!checks.length) return []
  const shown = checks.slice(0, MOST_CHECKS).map(({ task, check, kind, units, most, scans }) =>
    `      ${task}.${check} (${kind}): ${units} units after the witness${most > units ? `, at most ${most}` : ''}${scans.length ? `; goes through ${scans.join(', ')}` : ''}`)
  const rest = checks.slice(MOST_CHECKS)
  const more = rest.length ? [`      ${rest.length} more checks: at most ${Math.max(...rest.map(({ most }) => most))} units each`] : []
  const step = shaping.length ? [`      progress shaping: at most ${Math.max(...shaping.map(({ most }) => most))} units a step`] : []
  return [...shown, ...more, ...step]
}

function mutationLine({ id, must, played, held, mean }: AdmissionReport['mutations'][number]): string {
  return `      ${id}: ${must === 'reported' ? `${played} played` : `${held} of ${played} as they must`}, reward ${mean.toFixed(3)} on average`
}

/** Reasons that are shown for a tool without a bound; the rest are in the report. */
const MOST_REASONS = 2
/** Units that a call may spend. */
const CALL_UNITS = 200_000

function costLines({ tool, bound, unbounded = [] }: AdmissionReport['costs'][number]): string[] {
  if (bound !== undefined) return [`      ${tool}: at most ${bound} units a call${bound > CALL_UNITS ? `, of which ${CALL_UNITS} may be spent` : ''}`]
  const shown = unbounded.slice(0, MOST_REASONS).map(({ because, remedy }) => `        ${harmless(because)}: ${harmless(remedy)}`)
  const more = unbounded.length > MOST_REASONS ? [`        and ${unbounded.length - MOST_REASONS} more`] : []
  return [`      ${tool}: no bound of its cost is proved`, ...shown, ...more]
}
