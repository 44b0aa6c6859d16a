/** Who may come in: tokens, and the Host and Origin checks that keep web pages of strangers out. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { Caller } from './gym.ts'

export type Access = {
  /** Makes a connection privileged. */
  readonly adminToken: string
  /** When there are any, every connection must present one of them (or the admin token). */
  readonly tokens: readonly string[]
  /** Host names that clients may call this server by, besides localhost and IP addresses. */
  readonly hosts: readonly string[]
  /** Origins of web pages that may connect; none by default. */
  readonly origins: readonly string[]
}

export type Judgement = { readonly caller: Caller } | { readonly status: 401 | 403; readonly why: string }

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** Whether only this machine can reach an interface of that name. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Compares in constant time, whatever the lengths. */
function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b))
}

/** The name in a Host header, without port and brackets. */
function nameIn(host: string): string {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(host)
  return (bracketed ? bracketed[1]! : host.replace(/:\d*$/, '')).toLowerCase()
}

/** An IP address cannot be rebound by a name server, so it needs no list. */
function isKnownHost(header: string | undefined, access: Access): boolean {
  if (header === undefined) return false
  const name = nameIn(header)
  return name === 'localhost' || isIP(name) !== 0 || access.hosts.includes(name)
}

function judgeToken(authorization: string | undefined, access: Access): Judgement {
  if (authorization === undefined) {
    if (access.tokens.length > 0) return { status: 401, why: 'this server wants a token: Authorization: Bearer <token>' }
    return { caller: { privileged: false, principal: 'anonymous' } }
  }
  const presented = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (presented === undefined) return { status: 401, why: 'Authorization has to read: Bearer <token>' }
  if (sameSecret(presented, access.adminToken)) return { caller: { privileged: true, principal: 'admin' } }
  // All are compared, so that the time says nothing about which one matched.
  const known = access.tokens.map((token) => sameSecret(presented, token)).includes(true)
  if (!known) return { status: 401, why: 'unknown token' }
  return { caller: { privileged: false, principal: digestOf(presented).toString('hex', 0, 8) } }
}

/** Why the name that the server was called by, or the page that calls it, is not let in; undefined when both are. */
export function whyStrange(headers: IncomingHttpHeaders, access: Access): string | undefined {
  if (!isKnownHost(headers.host, access)) return `this server does not answer to the host ${JSON.stringify(headers.host ?? '')}; allow it with --allow-host`
  if (headers.origin !== undefined && !access.origins.includes(headers.origin)) return `the origin ${JSON.stringify(headers.origin)} is not allowed; allow it with --allow-origin`
  return undefined
}

/** Judges a request by its headers: a caller, or the status that refuses it. */
export function judge(headers: IncomingHttpHeaders, access: Access): Judgement {
  const why = whyStrange(headers, access)
  return why === undefined ? judgeToken(headers.authorization, access) : { status: 403, why }
}
