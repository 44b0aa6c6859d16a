/** Transcripts of a model that wrote a blueprint, as files. */
import { z } from 'zod'
import { GymError } from '../core/gym-error.ts'
import type { Authoring } from './blueprint-author.ts'

/** Characters of a transcript that are read. */
const MOST = 20_000_000

const Transcript = z.strictObject({
  format: z.literal('fractal-gym.authoring/1'),
  sentence: z.string(),
  model: z.string(),
  prompt: z.string(),
  rounds: z.array(z.strictObject({ reply: z.string(), complaints: z.array(z.string()) })),
})

export function printTranscript(transcript: Authoring): string {
  return `${JSON.stringify(transcript, null, 2)}\n`
}

/** @throws GymError GYM_INVALID_PARAMS that names the place */
export function readTranscript(text: string, file: string): Authoring {
  const refuse = (why: string, at = ''): never => {
    throw new GymError('GYM_INVALID_PARAMS', `${file} is no transcript: ${at && `${at}: `}${why}; it is what generate --llm writes beside the specification`, { path: file })
  }
  if (text.length > MOST) return refuse(`longer than ${MOST} characters`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return refuse((error as Error).message)
  }
  const read = Transcript.safeParse(json)
  return read.success ? read.data : refuse(read.error.issues[0]!.message, read.error.issues[0]!.path.join('.'))
}
