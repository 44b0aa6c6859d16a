/** `generate --llm` and `--transcript`: which options go together, and whether there is room for the files. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Team } from '../../protocol/spec/blueprint.ts'
import type { Wishes } from '../generate/wishes.ts'
import type { Endpoint } from '../llm/endpoint.ts'
import { nearest } from '../core/nearest.ts'
import { embeddedProfiles } from './embedded-supply.ts'
import { UsageError, WorkFailed } from './failure.ts'

export type ModelOptions = { readonly seed: number; readonly output?: string; readonly force?: boolean; readonly pattern?: string; readonly agents?: number; readonly profile?: string; readonly llm?: Endpoint; readonly llmTimeout: number; readonly transcript?: string }

/** What only the grammar understands, and what to do instead. */
const GRAMMAR_OPTIONS: Readonly<Record<string, string>> = {
  theme: 'say it in the sentence, as the model knows no theme packs',
  axis: 'say in the sentence how long, wide or faulty it shall be',
  reference: 'references are for what the grammar draws; keep the transcript instead',
  audit: 'audits are of what the grammar draws',
}

/** Characters of a sentence that a model is asked for. */
const MOST_SENTENCE = 4000

/** What the options ask for. */
export type Order = { readonly seed: number; readonly wishes: Wishes; readonly file: string } & ({ readonly llm: Endpoint; readonly sentence: string } | { readonly llm?: undefined })

/**
 * What a model, or its transcript, is asked for.
 * @param given names of the options that the command line states
 * @throws UsageError that says what to do
 */
export function orderOf(sentence: string | undefined, options: ModelOptions, given: ReadonlySet<string>): Order {
  const { seed, llm, llmTimeout, transcript, output } = options
  const by = llm === undefined ? '--transcript' : '--llm'
  for (const [name, remedy] of Object.entries(GRAMMAR_OPTIONS)) if (given.has(name)) throw new UsageError(`--${name} cannot be used with ${by}: ${remedy}, or leave ${by} out`)
  const wishes = wishesOf(options)
  if (llm === undefined) {
    if (sentence !== undefined) throw new UsageError('a transcript has its sentence: leave yours out, or ask a model with --llm URL,MODEL')
    if (given.has('llmTimeout')) throw new UsageError('--llm-timeout is for --llm: a transcript is read without asking anybody')
    requireApart(output, transcript!)
    return { seed, wishes, file: transcript! }
  }
  if (sentence === undefined || sentence.trim() === '') throw new UsageError('a model needs a sentence that says what is wanted: fractal-gym generate "a clinic that bills its patients" --llm URL,MODEL')
  if (sentence.length > MOST_SENTENCE) throw new UsageError(`the sentence has ${sentence.length} characters; at most ${MOST_SENTENCE} are sent`)
  const file = transcript ?? (output === undefined ? undefined : `${output.replace(/\.ya?ml$/, '')}.transcript.json`)
  if (file === undefined) throw new UsageError('--llm needs a place for the transcript: --output FILE, beside which it is put, or --transcript FILE')
  requireApart(output, file)
  return { seed, wishes, file, sentence, llm: { ...llm, timeoutMs: llmTimeout * 1000 } }
}

function requireApart(output: string | undefined, transcript: string): void {
  if (output !== undefined && resolve(output) === resolve(transcript)) throw new UsageError(`--output and the transcript are both ${output}; give one of them another name`)
}

function wishesOf({ pattern, agents, profile }: ModelOptions): Wishes {
  if (pattern === 'single' && agents !== undefined && agents > 1) throw new UsageError(`--pattern single is one agent; leave --agents ${agents} out, or choose another pattern`)
  if (pattern !== undefined && pattern !== 'single' && agents === 1) throw new UsageError(`--pattern ${pattern} needs at least 2 agents; raise --agents, or choose --pattern single`)
  const profiles = profile === undefined ? [] : [...embeddedProfiles().keys()]
  if (profile !== undefined && !profiles.includes(profile)) throw new UsageError(`there is no dynamics profile '${profile}'; did you mean ${nearest(profile, profiles) ?? 'realistic'}? fractal-gym dynamics lists them`)
  return { ...(pattern !== undefined && { pattern: pattern as Team['pattern'] }), ...(agents !== undefined && { agents }), ...(profile !== undefined && { profile }) }
}

/** The options of these wishes, as somebody would type them. */
export function wishText(wishes: Wishes): string {
  return Object.entries(wishes).map(([name, value]) => ` --${name} ${value}`).join('')
}

/** Refuses a file that could not be written later: answers of a model cost too much to be lost. @throws WorkFailed */
export function requireRoom(file: string, force: boolean): void {
  if (!force && existsSync(file)) throw new WorkFailed(`${file} exists; write elsewhere with --output and --transcript, or over it with --force`)
  if (!existsSync(dirname(resolve(file)))) throw new WorkFailed(`${file}: there is no folder ${dirname(file)}`)
}
