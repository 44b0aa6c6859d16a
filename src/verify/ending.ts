/** The check that every task has: saying that it cannot be done is no way to end a task that can. */
import { type CompiledCheck, PASSED } from './compiled-check.ts'

export const ENDING: CompiledCheck = {
  id: 'ending',
  kind: 'ending',
  gate: true,
  weight: 1,
  run({ declined, events }) {
    if (!declined) return PASSED
    const event = events.length - 1
    return { score: 0, evidence: [{ event, pointer: '/arguments/reason', expected: 'finish', found: 'report_unable' }], category: 'false_claim', event }
  },
}
