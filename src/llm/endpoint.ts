/** One question to an OpenAI-compatible endpoint: bounded in time, in bytes and in tries. */
import { readBody } from './read-body.ts'

/** Where a model answers, and how long it may take. */
export type Endpoint = {
  /** Base address as such endpoints have it, up to `/v1`. */
  readonly url: string
  readonly model: string
  readonly key?: string
  /** Milliseconds for one try, the body included. */
  readonly timeoutMs: number
  /** Tries after the first, of what can come right by itself. */
  readonly retries: number
  /** Bytes of an answer that are read. */
  readonly mostBytes: number
}

export const ENDPOINT_DEFAULTS = { timeoutMs: 60_000, retries: 3, mostBytes: 1_000_000 } as const

/** What this room is handed of the machine. */
export type Outside = {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Ends early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }

export type ChatRequest = {
  readonly messages: readonly ChatMessage[]
  /** JSON Schema that the answer has to fit; endpoints that do not know it are asked again without. */
  readonly schema?: { readonly name: string; readonly schema: Record<string, unknown> }
}

export type ChatReply = { readonly content: string; readonly tries: number }

export type EndpointFault = 'unreachable' | 'timeout' | 'status' | 'too_large' | 'not_an_answer' | 'abandoned'

/** Why there is no answer. */
export class EndpointError extends Error {
  readonly fault: EndpointFault
  readonly status: number | undefined
  /** What the endpoint asked to wait, in milliseconds. */
  readonly pauseMs: number | undefined

  constructor(fault: EndpointFault, message: string, status?: number, pauseMs?: number) {
    super(message)
    this.name = 'EndpointError'
    this.fault = fault
    this.status = status
    this.pauseMs = pauseMs
  }
}

const RETRYABLE: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504])
/** Statuses by which endpoints refuse a parameter that they do not know. */
const REFUSES_PARAMETER: ReadonlySet<number> = new Set([400, 404, 415, 422, 501])
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 20_000

/** What is posted, and how an answer is read. */
export type Question<A> = {
  /** Without the model's name; the later ones are for endpoints that refuse a parameter of those before. */
  readonly bodies: readonly [Record<string, unknown>, ...Record<string, unknown>[]]
  /** Reads a message of the first choice; undefined where it is no answer. */
  read(message: Record<string, unknown>, usage: unknown): A | undefined
}

/**
 * Asks for one answer.
 * @throws EndpointError when there is none in time
 */
export async function askChat(endpoint: Endpoint, { messages, schema }: ChatRequest, outside: Outside): Promise<ChatReply> {
  const plain = { messages, temperature: 0 }
  const { answer, tries } = await askEndpoint(endpoint, {
    bodies: schema ? [{ ...plain, response_format: { type: 'json_schema', json_schema: { ...schema, strict: true } } }, plain] : [plain],
    read: ({ content }) => (typeof content === 'string' ? content : undefined),
  }, outside)
  return { content: answer, tries }
}

/**
 * Asks until there is an answer, or no use in asking.
 * @param gone aborted when nobody waits for the answer any more
 * @throws EndpointError when there is none in time
 */
export async function askEndpoint<A>(endpoint: Endpoint, { bodies, read }: Question<A>, outside: Outside, gone: AbortSignal = new AbortController().signal): Promise<{ readonly answer: A; readonly tries: number }> {
  let form = 0
  for (let tries = 1; ; tries++) {
    const outcome = await tryOnce(endpoint, bodies[form]!, read, outside, gone)
    if ('answer' in outcome) return { answer: outcome.answer, tries }
    const { error } = outcome
    if (form + 1 < bodies.length && error.status !== undefined && REFUSES_PARAMETER.has(error.status)) form++
    else if (!mayComeRight(error) || tries > endpoint.retries) throw error
    else await outside.sleep(Math.min(LONGEST_PAUSE_MS, error.pauseMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1)), gone)
  }
}

/** An endpoint that was too slow once will be again: only what says that it is busy is asked again. */
function mayComeRight({ fault, status }: EndpointError): boolean {
  return fault === 'unreachable' || (status !== undefined && RETRYABLE.has(status))
}

type Outcome<A> = { readonly answer: A } | Failure
type Failure = { readonly error: EndpointError }

async function tryOnce<A>({ url, model, key, timeoutMs, mostBytes }: Endpoint, body: Record<string, unknown>, read: Question<A>['read'], { fetch, sleep }: Outside, gone: AbortSignal): Promise<Outcome<A>> {
  if (gone.aborted) return failed(abandoned())
  const limit = new AbortController()
  const done = new AbortController()
  gone.addEventListener('abort', () => limit.abort(), { once: true, signal: done.signal })
  void sleep(timeoutMs, done.signal).then(() => limit.abort())
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST', signal: limit.signal, redirect: 'error',
      headers: { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, ...body }),
    })
    const text = await readBody(response, mostBytes)
    if (text === undefined) return failed(new EndpointError('too_large', `the answer has more than ${mostBytes} bytes`))
    if (!response.ok) return failed(new EndpointError('status', `the endpoint answers ${response.status}: ${start(text)}`, response.status, pauseIn(response.headers.get('retry-after'))))
    const answer = readCompletion(text, read)
    return answer === undefined ? failed(new EndpointError('not_an_answer', `the endpoint sends no chat completion: ${start(text)}`)) : { answer }
  } catch (error) {
    if (gone.aborted) return failed(abandoned())
    if (limit.signal.aborted) return failed(new EndpointError('timeout', `no answer within ${timeoutMs} ms`))
    const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string }
    return failed(new EndpointError('unreachable', `the endpoint cannot be reached: ${cause?.code ?? cause?.message ?? message}`))
  } finally {
    // Frees the connection of an answer that was not read to its end.
    limit.abort()
    done.abort()
  }
}

function abandoned(): EndpointError {
  return new EndpointError('abandoned', 'nobody waits for the answer any more')
}

function start(text: string): string {
  return text.slice(0, 200).toWellFormed()
}

function failed(error: EndpointError): Failure {
  return { error }
}

/** Milliseconds in a `Retry-After` of seconds; a date is not looked at. */
function pauseIn(retryAfter: string | null): number | undefined {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

/** Reads the first choice of a completion; undefined where there is none. */
function readCompletion<A>(text: string, read: Question<A>['read']): A | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  const { choices, usage } = (body ?? {}) as { choices?: { message?: unknown }[]; usage?: unknown }
  const message = choices?.[0]?.message
  return message !== null && typeof message === 'object' && !Array.isArray(message) ? read(message as Record<string, unknown>, usage) : undefined
}
