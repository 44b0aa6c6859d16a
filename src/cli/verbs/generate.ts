/** `fractal-gym generate`: a sentence and a seed become a spec that a person can edit and register. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { AXES, type AxisName } from '../../generate/axis.ts'
import { type GenReference, GENERATOR_VERSION, parseReference, printReference } from '../../generate/reference.ts'
import { PATTERNS } from '../../generate/grammar-request.ts'
import { admittedPart, type LeftOut } from '../../supply/admitted-part.ts'
import { printDocuments } from '../../spec/print-documents.ts'
import type { Endpoint } from '../../llm/endpoint.ts'
import type { Documents } from '../../generate/documents.ts'
import { seedNumber, wholeNumber } from '../arguments.ts'
import { readModel } from '../endpoints.ts'
import { byModel } from '../model-builder.ts'
import { orderOf, requireRoom, wishText } from '../model-options.ts'
import { heldTable, writePage } from '../../audit/generation-page.ts'
import { holds } from '../../audit/generation-report.ts'
import { auditGeneration } from '../generation-audit.ts'
import { progressBar } from '../progress-bar.ts'
import { embeddedProfiles, embeddedSupply } from '../embedded-supply.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { note, print } from '../print.ts'
import { writeNew } from '../write-new.ts'

type Options = { seed: number; output?: string; force?: boolean; theme: string; axis?: Map<string, string>; pattern?: string; agents?: number; profile?: string; reference?: boolean; audit?: number; llm?: Endpoint; llmTimeout: number; transcript?: string }

/** Seconds that a model may take for one answer: a blueprint is long. */
const LLM_TIMEOUT = 600

function readAxis(text: string, before: Map<string, string> = new Map()): Map<string, string> {
  const [, name, value] = /^([a-z]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || !Object.hasOwn(AXES, name)) throw new InvalidArgumentError(`expected AXIS=VALUE with one of ${Object.keys(AXES).join(', ')}.`)
  return new Map([...before, [name, value!]])
}

/** The reference that sentence and options make; its own reader says what is wrong with it. */
function referenceOf(sentence: string | undefined, { theme, axis = new Map(), pattern, agents, profile }: Options): GenReference {
  const axes = Object.fromEntries([...axis].map(([name, value]) => [name as AxisName, Number(value)]))
  return parseReference(printReference({ version: GENERATOR_VERSION, theme, axes, ...(pattern && { pattern: pattern as (typeof PATTERNS)[number] }), ...(agents && { agents }), ...(profile && { profile }), ...(sentence !== undefined && { sentence }) }), 'sentence')
}

export function generateVerb(): Command {
  return new Command('generate')
    .description('Write the spec of a world, its tools, its team and its tasks from a sentence and a seed; what it holds is admitted as it stands.')
    .argument('[sentence]', 'what is wanted, such as "a clinic that books and bills appointments; three layers; flaky network"')
    .option('--seed <n>', 'another seed, another environment', seedNumber, 0)
    .option('--theme <name>', 'a theme pack, or any', 'any')
    .option('--axis <axis=value>', `a point on an axis (repeatable): ${Object.keys(AXES).join(', ')}`, readAxis)
    .addOption(new Option('--pattern <pattern>', 'how the team works').choices([...PATTERNS]))
    .option('--agents <n>', 'agents of the team, about', wholeNumber(1, 64))
    .option('--profile <name>', 'dynamics profile')
    .option('-o, --output <file>', 'where to write it; default: on standard output')
    .option('--force', 'overwrite a file that exists')
    .option('--reference', 'print the gen: reference instead, for env/reset')
    .option('--llm <url,model>', 'have a model write the blueprint, at an OpenAI-compatible endpoint (…/v1); its key comes from FRACTAL_GYM_ENDPOINT_KEY_LLM or FRACTAL_GYM_ENDPOINT_KEY', readModel)
    .option('--llm-timeout <seconds>', 'how long one answer may take', wholeNumber(1, 3600), LLM_TIMEOUT)
    .option('--transcript <file>', 'where to keep what the model said; default: beside the output. Without --llm: the transcript to build from')
    .option('--audit <n>', 'instead, draw so many of gen:1/any and report whether all that must hold does; with -o, as a page with plots in that folder', wholeNumber(1, 100_000))
    .addHelpText('after', '\nExample:\n  $ fractal-gym generate "a clinic that books, reschedules and bills appointments; three layers; flaky network" --seed 7 -o clinic.yaml\n  $ fractal-gym validate clinic.yaml\n  $ fractal-gym generate "a beekeeping cooperative" --llm http://127.0.0.1:8000/v1,my-model --seed 7 -o bees.yaml')
    .action((sentence: string | undefined, options: Options, command: Command) => {
      const given = new Set(Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'cli'))
      if (options.llm !== undefined || options.transcript !== undefined) return modelled(sentence, options, given)
      if (given.has('llmTimeout')) throw new UsageError('--llm-timeout is for --llm URL,MODEL')
      if (options.audit !== undefined) return audit(options.audit, options.output)
      const reference = referenceOf(sentence, options)
      const name = printReference(reference)
      if (options.reference) return print(name)
      const { documents, rejections } = embeddedSupply().find(name, options.seed)
      if (rejections.length) note(`${rejections.length} drafts were refused before this one: ${rejections.map(({ reason }) => reason).join(', ')}`)
      const { documents: part, left, whole } = admittedPart(documents, embeddedProfiles())
      if (!part) throw new WorkFailed(`seed ${options.seed} gives nothing that stands by itself${whole ?? left[0]?.found ? `: ${whole ?? left[0]?.found}` : ''}; try another --seed`)
      give(part, left, `Generated from seed ${options.seed} and\n${name}${sentence === undefined ? '' : `\n"${sentence}"`}`, options)
    })
}

/** Prints or writes what was made. */
function give({ world, framework, scenario }: Documents, left: readonly LeftOut[], how: string, { output, force = false }: Options): void {
  for (const { task, found } of left) note(`left out is '${task}', which not every seed would have sound: ${found.slice(0, 200)}`)
  const text = printDocuments([{ value: world, comment: how }, { value: framework }, { value: scenario }])
  if (output === undefined) return print(text.trimEnd())
  writeNew(output, text, force)
  note(`${output} is written: ${Object.keys(world.tables).length} tables, ${Object.keys(world.tools).length} tools, ${Object.keys(framework.agents).length} agents, ${Object.keys(scenario.tasks).length} tasks. Check it with: fractal-gym validate ${output}`)
}

/** By a model, or by the transcript of one. */
async function modelled(sentence: string | undefined, options: Options, given: ReadonlySet<string>): Promise<void> {
  const order = orderOf(sentence, options, given)
  const { output, force = false } = options
  for (const file of [output, ...(order.llm ? [order.file] : [])]) if (file !== undefined) requireRoom(file, force)
  const { documents, left, transcript } = await byModel(order, force)
  const wishes = wishText(order.wishes)
  // Quoted, so that neither of them ends the comment.
  give(documents, left, `Generated from seed ${options.seed} and a blueprint by ${JSON.stringify(transcript.model).slice(1, -1)}${wishes && `, with${wishes}`}\n${JSON.stringify(transcript.sentence)}`, options)
}

/** Audits the generator; fails where something does not hold. */
async function audit(draws: number, folder: string | undefined): Promise<void> {
  const bar = progressBar(`drawing ${draws}`)
  const { report, speed } = await auditGeneration(draws, bar.show).finally(bar.clear)
  print(heldTable(report))
  if (folder !== undefined) {
    // Plots take a while to load, and nothing else needs them.
    const { figuresOf } = await import('../../audit/generation-figures.ts')
    const figures = figuresOf(report)
    mkdirSync(folder, { recursive: true })
    for (const [name, svg] of Object.entries(figures)) writeFileSync(join(folder, name), svg)
    writeFileSync(join(folder, 'README.md'), writePage(report, figures, speed))
    note(`${join(folder, 'README.md')} is written, with its plots`)
  }
  if (!holds(report)) throw new WorkFailed('not all that must hold does')
}
