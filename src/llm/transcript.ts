/** Transcripts of a model that wrote a blueprint, as files. */
import { z } from 'zod'
import { GymError } from '../core/gym-error.ts'
import { type Authoring, MOST_ROUNDS, PROMPT_DIGEST } from './blueprint-author.ts'

/** Characters of a transcript that are read. */
const MOST = 20_000_000

const Transcript = z.strictObject({
  format: z.literal('fractal-gym.authoring/1'),
  sentence: z.string().min(1),
  model: z.string().min(1),
  prompt: z.string(),
  rounds: z.array(z.strictObject({ reply: z.string(), complaints: z.array(z.string()) })).max(MOST_ROUNDS),
})

export function printTranscript(transcript: Authoring): string {
  return `${JSON.stringify(transcript, null, 2)}\n`
}

/** @throws GymError GYM_INVALID_PARAMS that names the place, also for answers to other instructions */
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
  if (!read.success) return refuse(read.error.issues[0]!.message, read.error.issues[0]!.path.join('.'))
  const { prompt } = read.data
  if (prompt !== PROMPT_DIGEST) throw new GymError('GYM_INVALID_PARAMS', `${file}: prompt: it answers other instructions (${prompt.slice(0, 16)}) than this version gives (${PROMPT_DIGEST}); ask again with --llm, or read it with the version that wrote it`, { path: file })
  return read.data
}
