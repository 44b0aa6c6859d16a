/** How faults look to an agent: like the real system, never like an injected fault. */
import type { DynamicsEntry } from '../../protocol/spec/dynamics.ts'
import { formatHttpDate } from '../core/calendar.ts'

type Entry<K extends DynamicsEntry['kind']> = Extract<DynamicsEntry, { kind: K }>

/** An error of the service, of the connection, or of the protocol. */
export function abortContent(entry: Entry<'error.abort'>, message: string): string {
  switch (entry.surface) {
    case 'transport': return `Connection error: ${message}`
    case 'protocol_error': return JSON.stringify({ code: -32603, message })
    default: return JSON.stringify({ error: message, status: entry.status, ...(entry.retryable ? {} : { retryable: false }) })
  }
}

/** A refusal with a Retry-After that is true. */
export function rateLimitContent(entry: Entry<'rate_limit.token_bucket'>, waitMs: number, nowMs: number): string {
  const retry = entry.retry_after === 'absent' ? {} : { retry_after: entry.retry_after === 'date' ? formatHttpDate(nowMs + waitMs) : Math.ceil(waitMs / 1000) }
  return JSON.stringify({ error: 'Too many requests', status: entry.status, ...retry })
}

/** A deadline that passed without an answer. */
export function timeoutContent(entry: Entry<'timeout.post_commit'>): string {
  return `Timeout: no response within ${entry.deadline_ms} ms`
}
