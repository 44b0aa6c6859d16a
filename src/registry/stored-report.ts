/** Reports as the store has them: written by this version of the server, or by an older one with other checks. */
import { AdmissionReport } from '../../protocol/report.ts'

/** What lists and searches need of a report. */
export type ReportHead = Pick<AdmissionReport, 'scenario' | 'tasks' | 'tools'>

const Head = AdmissionReport.pick({ scenario: true, tasks: true, tools: true }).loose()

/** The report, or undefined for one that today's schema does not know: whoever asks is admitted anew. */
export function readReport(stored: unknown): AdmissionReport | undefined {
  const parsed = AdmissionReport.safeParse(stored)
  return parsed.success ? parsed.data : undefined
}

/** What can be told of a version; a report that cannot be read hides its text, not the scenario. */
export function readHead(stored: unknown, name: string, digest: string): ReportHead {
  const parsed = Head.safeParse(stored)
  if (parsed.success) return parsed.data
  return { scenario: { name, digest, title: name, description: '', tags: [], tasks: 0, tools: 0 }, tasks: [], tools: [] }
}
