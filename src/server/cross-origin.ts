/**
 * Answers that web pages of allowed origins may read: browsers ask for leave before they send JSON, and hide what is not exposed.
 * Not a plugin of Fastify: those set headers on its replies, and MCP answers are written past them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Headers of answers that a page has to see. */
const EXPOSED = 'mcp-session-id, mcp-protocol-version, retry-after, www-authenticate'
const METHODS = 'GET, POST, DELETE'
/** How long a browser may go by what it was told, in seconds. */
const REMEMBERED_S = 600

/**
 * Tells a browser that the page may read the answer; pages of other origins never get this far.
 * @param origin of the page, which the access rules allow
 */
export function allowPage(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', EXPOSED)
  response.setHeader('vary', 'origin')
}

/** Whether a browser asks what the page of an origin may send; it sends no token with that. */
export function asksLeave({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

/** Says that it may send what it asks for. */
export function giveLeave(response: ServerResponse, { headers }: IncomingMessage): void {
  response.setHeader('access-control-allow-methods', METHODS)
  response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '')
  response.setHeader('access-control-max-age', REMEMBERED_S)
}
