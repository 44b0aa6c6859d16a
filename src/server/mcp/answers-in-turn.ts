/** Arrays of messages, which revisions before 2025-06-18 may send: answered one after another, as fast as they are read. */
import { isInitializeRequest, isJSONRPCRequest, parseJSONRPCMessage } from '@modelcontextprotocol/server'

/** As many as the SDK takes. */
const MOST_MESSAGES = 100

function isMessage(value: unknown): boolean {
  try {
    parseJSONRPCMessage(value)
    return true
  } catch {
    return false
  }
}

/** Whether it is an array that can be answered at all; the SDK says what is wrong with any other. */
export function isAnswerable(body: unknown): body is readonly unknown[] {
  return Array.isArray(body) && body.length <= MOST_MESSAGES && body.some(isJSONRPCRequest) && body.every((each) => isMessage(each) && !isInitializeRequest(each))
}

/** An answer that came as JSON, as an event of a stream. */
async function asEvent(response: Response): Promise<Uint8Array> {
  return new TextEncoder().encode(`event: message\ndata: ${await response.text()}\n\n`)
}

/**
 * One stream of the answers to all messages. A message is begun when all answers before it have been read: answers
 * can be ten thousand times as large as what asks for them, and the SDK would keep them all for a client that reads none.
 * @param answer answers one message: with a stream, with an error as JSON, or with nothing
 */
export async function answerInTurn(messages: readonly unknown[], answer: (message: unknown) => Promise<Response>): Promise<Response> {
  const first = await answer(messages[0])
  if (!first.ok) return first
  const rest = messages.slice(1).values()
  let reader = first.body?.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        if (reader) {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
        }
        const { done, value: message } = rest.next()
        if (done) return controller.close()
        const response = await answer(message)
        reader = response.ok ? response.body?.getReader() : undefined
        if (!response.ok) return controller.enqueue(await asEvent(response))
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  }, { highWaterMark: 0 })
  const headers = new Headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' })
  const session = first.headers.get('mcp-session-id')
  if (session !== null) headers.set('mcp-session-id', session)
  return new Response(body, { headers })
}
