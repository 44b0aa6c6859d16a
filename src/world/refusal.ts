/** Refusals: what a tool itself answers with an error, and not what is at fault on the way to it. */
import type { CallEvent } from '../../protocol/event.ts'
import { TOO_EXPENSIVE } from './fault.ts'

/** Whether a call reached its tool and the agent saw the tool's own error; one that was too dear was not answered. */
export function wasRefused({ is_error, committed, rejected, faults, tool, content }: CallEvent): boolean {
  return is_error && !committed && rejected === undefined && !faults.some(({ phase }) => phase !== 'response') && !content.startsWith(`${tool}: ${TOO_EXPENSIVE}`)
}
