/** Scalars that every other schema of the protocol is built from. */
import { z } from 'zod'

/** Seeds and luck: integers from 0 to 2^53-1. */
export const Seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({ id: 'Seed', description: 'Integer from 0 to 2^53-1.' })

/** Virtual time in whole milliseconds since the start of the episode. */
export const Millis = z.int().min(0).meta({ id: 'Millis', description: 'Virtual milliseconds since the start of the episode.' })

/** `name` (the newest version), `gen:VERSION/THEME?axis=value` (generated from a seed), each with `@digest` for exactly that content. */
export const ScenarioRef = z
  .string()
  .regex(/^([a-z][a-z0-9_.-]{0,99}|gen:[0-9]{1,6}\/[a-z][a-z0-9-]{1,39}(\?[!$%&'()*+,\-./0-9:;=A-Z_a-z~]{0,1200})?)(@[0-9a-f]{8,64})?$/, 'a name, or gen:VERSION/THEME?axis=value&s=SENTENCE, with @digest for exactly that content')
  .meta({ id: 'ScenarioRef', description: '`name`, or `gen:VERSION/THEME?axis=value&s=SENTENCE` for one that is generated from the seed; with `@digest` for exactly that content.' })

/** 128 random bits as 32 hexadecimal digits; appears in no observation and no hash. */
export const EpisodeId = z.string().regex(/^[0-9a-f]{32}$/).meta({ id: 'EpisodeId', description: '32 hexadecimal digits.' })

export const Split = z.enum(['train', 'validation', 'test']).meta({ id: 'Split' })
export type Split = z.infer<typeof Split>

/** A client's own name for a creating call; repeating it returns the first answer. */
export const RequestKey = z.string().min(1).max(128).meta({ id: 'RequestKey' })

/** Marks a schema field that only a privileged caller may read (see `public-view.ts`). */
export function secret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), private: true }) as T
}

/** Meta data of a schema: items of lists in which these fields have these values are for privileged callers only. */
export const SECRET_WHERE = 'privateWhere'
