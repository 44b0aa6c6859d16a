/** `scenario/validate` and `scenario/register`: strangers' specifications, tried off the event loop. */
import type { AdmissionReport } from '../../../protocol/report.ts'
import { Job, type Methods } from '../method.ts'

function answerOf(report: AdmissionReport): { name: string; digest: string; report: AdmissionReport } {
  return { name: report.name, digest: report.digest, report }
}

export const registrationMethods: Methods<'scenario/validate' | 'scenario/register'> = {
  'scenario/validate': (params, { gym }) => new Job(async (gone) => answerOf(await gym.scenarios.validate(params, gone))),
  'scenario/register': (params, { gym, caller }) => new Job(async (gone) => answerOf(await gym.scenarios.register(params, caller, gone))),
}
