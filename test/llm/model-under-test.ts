/** An OpenAI-compatible endpoint for tests, on loopback: it answers as it is told, well or badly. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Endpoint, Outside } from '../../src/llm/endpoint.ts'

export type Asked = { readonly headers: IncomingMessage['headers']; readonly url: string; readonly body: any }

/** How the endpoint answers the n-th request, from 0. */
export type Behaviour = (response: ServerResponse, asked: Asked, n: number) => void | Promise<void>

export type Model = { readonly url: string; readonly asked: Asked[]; behave(behaviour: Behaviour): void; endpoint(more?: Partial<Endpoint>): Endpoint }

/** A well-formed completion. */
export function complete(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }))
}

/** Starts one for a test. */
export async function startModel(t: { teardown(end: () => unknown): void }): Promise<Model> {
  const asked: Asked[] = []
  let behaviour: Behaviour = (response) => complete(response, 'hello')
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one: Asked = { headers: request.headers, url: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString() || 'null') }
      asked.push(one)
      void behaviour(response, one, asked.length - 1)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    url, asked,
    behave(next) {
      asked.length = 0
      behaviour = next
    },
    endpoint: (more = {}) => ({ url, model: 'judge', timeoutMs: 2000, retries: 2, mostBytes: 100_000, ...more }),
  }
}

/** The machine's fetch; pauses are noted, and a hundred times shorter. */
export function outsideOf(pauses: number[] = []): Outside {
  return {
    fetch: (url, init) => fetch(url, init),
    sleep(ms, signal) {
      pauses.push(ms)
      return pause(ms / 100, undefined, { signal }).catch(() => {})
    },
  }
}

/** The same with real limits, for what is about time. */
export const REAL: Outside = { fetch: (url, init) => fetch(url, init), sleep: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}) }
