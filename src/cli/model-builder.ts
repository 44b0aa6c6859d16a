/** The builder that asks a model for the blueprint, or takes it from a transcript of one. */
import { writeFileSync } from 'node:fs'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Documents } from '../generate/documents.ts'
import { withWishes } from '../generate/wishes.ts'
import { authorBlueprint, type Authoring, type Inspect, recallBlueprint } from '../llm/blueprint-author.ts'
import { printTranscript, readTranscript } from '../llm/transcript.ts'
import type { LeftOut } from '../supply/admitted-part.ts'
import { fromBlueprint } from '../supply/from-blueprint.ts'
import { embeddedProfiles } from './embedded-supply.ts'
import { WorkFailed } from './failure.ts'
import { type Order, wishText } from './model-options.ts'
import { outside } from './outside.ts'
import { note } from './print.ts'
import { readText } from './read-text.ts'

export type Modelled = { readonly documents: Documents; readonly left: readonly LeftOut[]; readonly transcript: Authoring }

/** Complaints about a transcript that are shown. */
const MOST_SHOWN = 5

/** Looks at blueprints, and keeps what became of the one that was taken. */
function inspector({ seed, wishes }: Order): { inspect: Inspect; taken(): Omit<Modelled, 'transcript'> } {
  const profiles = embeddedProfiles()
  let made: Omit<Modelled, 'transcript'> | undefined
  const inspect = (blueprint: Blueprint): readonly string[] => {
    const result = fromBlueprint(withWishes(blueprint, wishes), seed, profiles)
    if ('complaints' in result) return result.complaints
    made = result
    return []
  }
  return { inspect, taken: () => made! }
}

/** Asks a model; the transcript is written whatever came of it. @throws WorkFailed */
async function askModel(order: Extract<Order, { sentence: string }>, force: boolean): Promise<Modelled> {
  const { seed, wishes, file, sentence, llm } = order
  const { inspect, taken } = inspector(order)
  const { transcript, blueprint, failed } = await authorBlueprint(sentence, inspect, llm, outside)
  writeFileSync(file, printTranscript(transcript), { flag: force ? 'w' : 'wx' })
  const answers = `${transcript.rounds.length} ${transcript.rounds.length === 1 ? 'answer' : 'answers'} of ${llm.model}`
  if (!blueprint) throw new WorkFailed(`${llm.model} wrote no blueprint that can be built: ${failed}\n${file} is written: ${answers}, with what was wrong with each`)
  note(`${file} is written: ${answers}. It gives the same without the model: fractal-gym generate --transcript ${file} --seed ${seed}${wishText(wishes)}`)
  return { ...taken(), transcript }
}

/** Takes the blueprint of a transcript. @throws WorkFailed, GymError GYM_INVALID_PARAMS */
function recall(order: Order): Modelled {
  const { seed, file } = order
  const transcript = readTranscript(readText(file), file)
  const { inspect, taken } = inspector(order)
  const { blueprint, complaints } = recallBlueprint(transcript, inspect)
  if (blueprint) return { ...taken(), transcript }
  const last = transcript.rounds.length - 1
  if (last < 0) throw new WorkFailed(`${file}: rounds: ${complaints[0]}; ask a model with --llm`)
  throw new WorkFailed(`${file}: rounds[${last}].reply cannot be built with seed ${seed}:\n${complaints.slice(0, MOST_SHOWN).map((each) => `- ${each}`).join('\n')}\nask again with --llm, try another --seed, or mend it there`)
}

/** The documents that a model, or its transcript, gives. @throws WorkFailed, GymError GYM_INVALID_PARAMS */
export async function byModel(order: Order, force: boolean): Promise<Modelled> {
  return order.llm === undefined ? recall(order) : askModel(order, force)
}
