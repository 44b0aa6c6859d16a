/** What a simulated user did in answer to one message: journalled, so that a replay never asks the script again. */
import { z } from 'zod'
import { secret } from './scalars.ts'

export const UserMemory = z
  .strictObject({
    turn: z.int().min(0).describe('Messages heard so far.'),
    mind: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])),
    spent: z.array(z.int().min(0)).describe('Cases that fit only once and have been taken, by position.'),
  })
  .meta({ id: 'UserMemory' })
export type UserMemory = z.infer<typeof UserMemory>

export const UserAnswer = z
  .strictObject({
    said: z.string(),
    leaves: z.enum(['user_satisfied', 'user_left']).optional(),
    taken: secret(z.string().optional()).describe('The part of the script that answered.'),
    did: secret(z.array(z.strictObject({ call: z.string(), with: z.record(z.string(), z.unknown()) })).optional()).describe("Calls of the user's own tools."),
    memory: secret(UserMemory.optional()).describe('What the user remembers from here on.'),
  })
  .meta({ id: 'UserAnswer', description: 'Without its private part a replay asks the script again, which must say the same.' })
export type UserAnswer = z.infer<typeof UserAnswer>
