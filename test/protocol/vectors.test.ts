/** The conformance vectors hold for the schemas and the frame decoders; the Python tests read the same files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { z } from 'zod'
import type { GymCode } from '../../protocol/errors.ts'
import { METHODS, type MethodName } from '../../protocol/methods.ts'
import { PUBLISHED } from '../../protocol/published.ts'
import { GymError } from '../../src/core/gym-error.ts'
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
