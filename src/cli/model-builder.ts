/** The builder that asks a model for the blueprint, or takes it from a transcript of one. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import { authorBlueprint, type Authoring, type Inspect, recallBlueprint } from '../llm/blueprint-author.ts'
import type { Endpoint } from '../llm/endpoint.ts'
import { printTranscript, readTranscript } from '../llm/transcript.ts'
import { fromBlueprint } from '../supply/from-blueprint.ts'
import { embeddedProfiles } from './embedded-supply.ts'
import { WorkFailed } from './failure.ts'
import { note } from './print.ts'
import type { Documents } from '../generate/documents.ts'
import type { LeftOut } from '../supply/admitted-part.ts'

export type Modelled = { readonly documents: Documents; readonly left: readonly LeftOut[]; readonly transcript: Authoring }

/** Looks at blueprints, and keeps what became of the one that was taken. */
function inspector(seed: number): { inspect: Inspect; taken(): Omit<Modelled, 'transcript'> } {
  let made: Omit<Modelled, 'transcript'> | undefined
  const inspect = (blueprint: Blueprint): readonly string[] => {
    const result = fromBlueprint(blueprint, seed, embeddedProfiles())
    if ('complaints' in result) return result.complaints
    made = result
    return []
  }
  return { inspect, taken: () => made! }
}

/** Asks a model; the transcript is written whatever came of it. @throws WorkFailed */
export async function askModel(sentence: string, seed: number, endpoint: Endpoint, transcriptFile: string): Promise<Modelled> {
  const { inspect, taken } = inspector(seed)
  const { outside } = await import('./outside.ts')
  const { transcript, blueprint, failed } = await authorBlueprint(sentence, inspect, endpoint, outside)
  writeFileSync(transcriptFile, printTranscript(transcript))
  note(`${transcriptFile} is written: ${transcript.rounds.length} ${transcript.rounds.length === 1 ? 'answer' : 'answers'} of ${endpoint.model}. It gives the same without the model: fractal-gym generate --transcript ${transcriptFile}`)
  if (!blueprint) throw new WorkFailed(`${endpoint.model} wrote no blueprint that can be built: ${failed}`)
  return { ...taken(), transcript }
}

/** Takes the blueprint of a transcript. @throws WorkFailed, GymError GYM_INVALID_PARAMS */
export function recall(seed: number, transcriptFile: string): Modelled {
  const transcript = readTranscript(readText(transcriptFile), transcriptFile)
  const { inspect, taken } = inspector(seed)
  const { blueprint, complaints } = recallBlueprint(transcript, inspect)
  if (!blueprint) throw new WorkFailed(`the last answer in ${transcriptFile} cannot be built: ${complaints.slice(0, 5).join('; ')}`)
  return { ...taken(), transcript }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new WorkFailed(`${file} cannot be read: ${(error as Error).message}`)
  }
}
