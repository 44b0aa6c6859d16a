/** An OpenAI-compatible endpoint for tests, on loopback: it answers as it is told, well or badly. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Endpoint, EndpointFault, Outside } from '../../src/llm/endpoint.ts'

export type Asked = { readonly headers: IncomingMessage['headers']; readonly url: string; readonly body: any }

/** How the endpoint answers the n-th request, from 0. */
export type Behaviour = (response: ServerResponse, asked: Asked, n: number) => void | Promise<void>

export type Model = { readonly url: string; readonly asked: Asked[]; behave(behaviour: Behaviour): void; endpoint(more?: Partial<Endpoint>): Endpoint }

/** A well-formed completion. */
export function complete(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }))
}

/** A completion with a message of any shape. */
export function reply(response: ServerResponse, message: unknown, usage?: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message }], usage }))
}

/** One entry of `tool_calls` as endpoints write it. */
export function called(name: unknown, args: unknown, id: unknown = 'c1'): Record<string, unknown> {
  return { id, type: 'function', function: { name, arguments: args } }
}

/** Ways to answer badly, with what each is called. */
export const MISBEHAVIOURS: Readonly<Record<string, readonly [Behaviour, EndpointFault]>> = {
  'never answers': [() => {}, 'timeout'],
  'sends headers and nothing': [(response) => void response.writeHead(200).flushHeaders(), 'timeout'],
  'drips for ever': [(response) => { const timer = setInterval(() => response.write(' '), 20); response.on('close', () => clearInterval(timer)) }, 'timeout'],
  'floods': [(response) => { const more = (): void => { while (response.write('x'.repeat(65_536)) && !response.destroyed); }; response.on('drain', more); more() }, 'too_large'],
  'breaks off': [(response) => { response.writeHead(200, { 'content-length': '500' }); response.write('{"choices": ['); setTimeout(() => response.destroy(), 20) }, 'unreachable'],
  'ends too early': [(response) => void response.end('{"choices": [{"message": {"content": "hel'), 'not_an_answer'],
  'no JSON': [(response) => void response.end('<html>'), 'not_an_answer'],
  'null': [(response) => void response.end('null'), 'not_an_answer'],
  'no choices': [(response) => void response.end('{"choices": []}'), 'not_an_answer'],
  'another shape': [(response) => void response.end('{"choices": [{"text": "hello"}]}'), 'not_an_answer'],
  'a message that is a list': [(response) => void response.end('{"choices": [{"message": []}]}'), 'not_an_answer'],
  'elsewhere': [(response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), 'unreachable'],
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
