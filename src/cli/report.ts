/** A report of admission as a person reads it. */
import type { AdmissionReport } from '../../protocol/report.ts'
import { harmless } from '../record/paint.ts'

function indent(text: string, by: string): string {
  return text.trimEnd().split('\n').map((line) => `${by}${harmless(line)}`.trimEnd()).join('\n')
}

/** The verdict, a line for each check, and below a failed one its counter-examples with the transcript of the first. */
export function writeReport({ ok, name, digest, episodes, seeds, checks }: AdmissionReport): string {
  const lines = [`${ok ? 'ok ' : 'bad'} ${name}@${digest.slice(0, 8)} (${episodes} episodes, ${seeds} seeds a task)`]
  for (const check of checks) {
    lines.push(`  ${check.ok ? 'ok ' : check.skipped === undefined ? 'bad' : '-  '} ${check.id}: ${check.about}: ${harmless(check.detail)}`)
    for (const { task, seed, policy, dynamics, found, transcript } of check.examples) {
      const place = [task, seed !== undefined && `seed ${seed}`, policy, dynamics].filter(Boolean).join(', ')
      lines.push(`      ${[place, harmless(found)].filter(Boolean).join(': ')}`)
      if (transcript !== undefined) lines.push(indent(transcript, '      | '))
    }
  }
  return lines.join('\n')
}
