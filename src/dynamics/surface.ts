/** How faults look to an agent: like the real system, never like an injected fault. */
import { formatHttpDate } from '../core/calendar.ts'

/** How a failure shows itself. */
export type Failure = { readonly status: number; readonly surface: 'tool_error' | 'transport' | 'protocol_error'; readonly retryable?: boolean }

const JSON_RPC_INTERNAL = -32603

/** An error of the service, of the connection, or of the protocol. */
export function failureContent({ status, surface, retryable = true }: Failure, message: string, more: Readonly<Record<string, unknown>> = {}): string {
  switch (surface) {
    case 'transport': return `Connection error: ${message}`
    case 'protocol_error': return JSON.stringify({ code: status < 0 ? status : JSON_RPC_INTERNAL, message })
    default: return errorContent(status, message, { ...more, ...(retryable ? {} : { retryable: false }) })
  }
}

/** A status with a body. */
export function errorContent(status: number, error: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ error, status, ...more })
}

/** What a caller is told to wait: as the answer says it, and in milliseconds from the call. */
export type StatedWait = { readonly stated: { readonly retry_after?: number | string }; readonly ms: number | undefined }

/** A Retry-After that is true, in the form that a limit states it; both forms know whole seconds only. */
export function retryAfter(form: 'seconds' | 'date' | 'absent', waitMs: number, nowMs: number): StatedWait {
  if (form === 'absent') return { stated: {}, ms: undefined }
  if (form === 'seconds') return { stated: { retry_after: Math.ceil(waitMs / 1000) }, ms: Math.ceil(waitMs / 1000) * 1000 }
  const until = Math.ceil((nowMs + waitMs) / 1000) * 1000
  return { stated: { retry_after: formatHttpDate(until) }, ms: until - nowMs }
}

/** A deadline that passed without an answer. */
export function timeoutContent(deadlineMs: number): string {
  return `Timeout: no response within ${deadlineMs} ms`
}

/** A connection that broke. */
export const RESET_CONTENT = 'Connection error: connection reset by peer'
