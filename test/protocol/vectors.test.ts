/** The conformance vectors hold for the schemas and the frame decoders; the Python tests read the same files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { z } from 'zod'
import type { GymCode } from '../../protocol/errors.ts'
import { Event } from '../../protocol/event.ts'
import { METHODS, type MethodName } from '../../protocol/methods.ts'
import { publicView } from '../../protocol/public-view.ts'
import { publish, PUBLISHED } from '../../protocol/published.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { kindList } from '../../src/dynamics/kind-table.ts'
import { open } from '../../src/server/envelope.ts'
import { jsonCodec } from '../../src/server/json-codec.ts'
import { msgpackCodec } from '../../src/server/msgpack-codec.ts'
import { refusalOf } from '../../src/server/refusal.ts'

type Rejected = { value: unknown; code?: GymCode; path: string }
type Vectors = { schema: string; valid: unknown[]; rejected: Rejected[] }

const FOLDER = join(import.meta.dirname, '../../protocol/vectors')

/** Undefined when the value is accepted, otherwise the error that a server gives. */
type Check = (value: unknown, code: GymCode) => GymError | undefined

function bySchema(schema: z.ZodType): Check {
  return (value, code) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? undefined : refusalOf(code, '', schema, value, parsed.error.issues)
  }
}

function byCodec(codec: typeof jsonCodec, bytesOf: (text: string) => Buffer): Check {
  return (value) => {
    try {
      const message = codec.decode(bytesOf(value as string))
      if (Array.isArray(message) && message.length === 0) return new GymError('GYM_INVALID_REQUEST', 'an empty batch', { path: '' })
      for (const each of Array.isArray(message) ? message : [message]) open(each)
      return undefined
    } catch (error) {
      if (error instanceof GymError) return error
      throw error
    }
  }
}

function checkOf(name: string): Check {
  if (name === `frame:${jsonCodec.subprotocol}`) return byCodec(jsonCodec, (text) => Buffer.from(text))
  if (name === `frame:${msgpackCodec.subprotocol}`) return byCodec(msgpackCodec, (text) => Buffer.from(text, 'hex'))
  if (name.startsWith('params:')) return bySchema(METHODS[name.slice('params:'.length) as MethodName].params)
  return bySchema(PUBLISHED[name as keyof typeof PUBLISHED])
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const seen = new Set<string>()

for (const file of files) {
  t.test(file, async (t) => {
    const { schema, valid, rejected } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Vectors
    seen.add(schema)
    const check = checkOf(schema)
    for (const [index, value] of valid.entries()) t.equal(check(value, 'GYM_INTERNAL')?.message, undefined, `valid ${index}`)
    for (const [index, { value, code, path }] of rejected.entries()) {
      const error = check(value, code ?? 'GYM_INVALID_PARAMS')
      t.match(error, { gymCode: code ?? 'GYM_INVALID_PARAMS', data: { path } }, `rejected ${index}: ${JSON.stringify(value)?.slice(0, 100)}`)
    }
    t.ok(valid.length > 0 && rejected.length > 0, 'both sides are shown')
  })
}

t.test('every method has vectors', async (t) => {
  for (const name of Object.keys(METHODS)) t.ok(seen.has(`params:${name}`), name)
})

t.test('every kind of dynamics entry has a vector', async (t) => {
  const { valid } = JSON.parse(readFileSync(join(FOLDER, 'dynamics.json'), 'utf8')) as { valid: { entries?: { kind: string }[] }[] }
  const shown = new Set(valid.flatMap(({ entries = [] }) => entries.map(({ kind }) => kind)))
  t.same([...shown].sort(), kindList().map(({ kind }) => kind).sort())
})

t.test('what is published as private is exactly what an unprivileged reader does not get', async (t) => {
  const strip = publicView(Event) as (event: Record<string, unknown>) => Record<string, unknown>
  const { $defs } = publish(Event, 'output') as { $defs: Record<string, { properties?: Record<string, { private?: boolean; type?: string; const?: string }> }> }
  let secrets = 0
  for (const { properties = {} } of Object.values($defs)) {
    const tag = properties.type?.const
    if (tag === undefined) continue
    for (const [name, { private: secret = false, type }] of Object.entries(properties)) {
      const event = { [name]: type === 'array' ? [] : {}, type: tag }
      t.equal(name in strip(event), !secret, `${tag}.${name}`)
      if (secret) secrets += 1
    }
  }
  t.ok(secrets > 20, `${secrets} private fields`)
})
