/** What a request says, as the parameters of a method. */
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { MethodRoute } from '../../protocol/http.ts'
import { METHODS } from '../../protocol/methods.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import { readPlain } from '../spec/read-plain.ts'
import { jsonCodec } from './json-codec.ts'

type Params = Record<string, unknown>
type Def = { type: string; innerType?: z.ZodType }

function kindOf(schema: z.ZodType): string {
  const def = schema.def as unknown as Def
  return def.innerType ? kindOf(def.innerType) : def.type
}

/** Text of a query string as the schema wants it; what is no number stays text, and the schema says so. */
function readText(text: string | string[], kind: string): unknown {
  if (kind === 'array') return [text].flat()
  const last = Array.isArray(text) ? text.at(-1)! : text
  return kind === 'number' && /^-?\d+$/.test(last) ? Number(last) : last
}

/**
 * Parameters of the path and the query string.
 * @throws GymError GYM_INVALID_PARAMS for a name that the route does not know
 */
export function paramsOf({ calls, query = [] }: MethodRoute, request: FastifyRequest): Params {
  const shape = (METHODS[calls].params as z.ZodObject).shape as Record<string, z.ZodType>
  const given = Object.entries(request.query as Record<string, string | string[]>).map(([name, text]) => {
    if (!query.includes(name)) {
      const near = nearest(name, query)
      throw new GymError('GYM_INVALID_PARAMS', `params.${name} is no known field${near ? `; did you mean ${near}?` : ''}`, { path: `params.${name}`, ...(near && { nearest: near }) })
    }
    return [name, readText(text, kindOf(shape[name]!))] as const
  })
  return { ...Object.fromEntries(given), ...(request.params as Params) }
}

/**
 * Whether a specification is only to be tried. What is neither yes nor no is refused: it must not register by mistake.
 * @throws GymError GYM_INVALID_PARAMS
 */
export function onlyTries(request: FastifyRequest): boolean {
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    if (name !== 'validate') throw new GymError('GYM_INVALID_PARAMS', `${name} is no known parameter of this route`, { path: name, nearest: 'validate' })
    if (value !== 'true' && value !== 'false') throw new GymError('GYM_INVALID_PARAMS', 'validate is true or false', { path: 'validate', expected: ['true', 'false'] })
    return value === 'true'
  }
  return false
}

/** A body of parameters (`{source, files}`), as over the WebSocket; undefined for a document in JSON. */
function asParams(body: Buffer): Params | undefined {
  try {
    const value = jsonCodec.decode(body)
    const wrapped = value !== null && typeof value === 'object' && Object.hasOwn(value, 'source') && !Object.hasOwn(value, 'kind')
    return wrapped ? (value as Params) : undefined
  } catch {
    // Whoever reads it as a specification says what is wrong, and where.
    return undefined
  }
}

/**
 * The specification in a body.
 * @throws GymError GYM_PARSE for what is no UTF-8
 */
export function readSpecification(request: FastifyRequest): Params {
  const body = request.body as Buffer | undefined
  if (!body) return { source: '' }
  const isJson = /^application\/json/i.test(request.headers['content-type'] ?? '')
  return (isJson ? asParams(body) : undefined) ?? { source: textOf(body) }
}

/**
 * The document in a body of YAML or JSON.
 * @throws GymError GYM_PARSE for what is neither
 */
export function readDocument(request: FastifyRequest): unknown {
  const read = readPlain(textOf(request.body as Buffer | undefined))
  if ('complaint' in read) throw new GymError('GYM_PARSE', `the body: ${read.complaint}`, { path: 'body', expected: 'one document in YAML or JSON' })
  return read.value
}

function textOf(body: Buffer | undefined): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new GymError('GYM_PARSE', 'the body is not UTF-8', { path: 'body', expected: 'UTF-8' })
  }
}
