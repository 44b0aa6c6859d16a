/** `fractal-gym sample`: rows that a trainer loads as its dataset. */
import { Command, Option } from 'commander'
import { METHODS, type Params, type TaskRow } from '../../../protocol/methods.ts'
import { toEnd } from '../../core/to-end.ts'
import { sampleAny } from '../../supply/sample-any.ts'
import { seedNumber, several, wholeNumber } from '../arguments.ts'
import { writeJsonLines, writeParquet } from '../dataset.ts'
import { UsageError } from '../failure.ts'
import { localFinder } from '../local-finder.ts'
import { note, print, table } from '../print.ts'
import { readData } from '../read-data.ts'

type Options = { seed: number; count: number; split?: string; task?: string; tag?: string[]; include?: string[]; json?: boolean; distribution?: string; jsonl?: string; parquet?: string }

/** What a dataset holds so that a trainer needs nothing else. */
const WHOLE = ['prompt', 'tools']

export function sampleVerb(): Command {
  return new Command('sample')
    .description('Draw tasks of a scenario, of a generated supply, or of a distribution: the same request gives the same rows for ever.')
    .argument('[scenario]', 'name, name@digest, or gen:1/THEME?axis=value')
    .option('--distribution <file>', 'instead of a scenario: a YAML or JSON file with weighted scenarios under `of`')
    .option('--seed <n>', 'where the sample begins', seedNumber, 0)
    .option('--count <n>', 'how many rows', wholeNumber(1, 10_000), 10)
    .addOption(new Option('--split <split>', 'only seeds of this split').choices(['train', 'validation', 'test']))
    .option('--task <name>', 'only this task template')
    .option('--tag <tag>', 'only tasks with this tag (repeatable)', several)
    .addOption(new Option('--include <part...>', 'add prompt or tools to each row').choices(WHOLE))
    .option('--json', 'print one JSON object a line')
    .option('--jsonl <file>', 'write a dataset of JSON lines, with prompt and tools')
    .option('--parquet <file>', 'write a dataset in Parquet, with prompt and tools; structures as JSON text')
    .addHelpText('after', '\nExample:\n  $ fractal-gym sample retail --seed 1 --count 5 --split train --json\n  $ fractal-gym sample "gen:1/any?depth=3" --count 1000 --split train --parquet train.parquet')
    .action((ref: string | undefined, { json, jsonl, parquet, tag, distribution, include, ...options }: Options) => {
      const files = jsonl !== undefined || parquet !== undefined
      const parsed = METHODS['task/sample'].params.safeParse({
        ...(ref !== undefined && { scenario: ref }), ...(distribution !== undefined && { distribution: readData(distribution) }), ...options,
        ...(tag && { tags: tag }), ...((include || files) && { include: files ? WHOLE : include }),
      })
      if (!parsed.success) throw new UsageError(`${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`)
      const rows = sample(parsed.data as Params<'task/sample'>)
      if (jsonl !== undefined) writeJsonLines(jsonl, rows)
      if (parquet !== undefined) writeParquet(parquet, rows)
      if (files) return note(`${rows.length} rows are written to ${[jsonl, parquet].filter((file) => file !== undefined).join(' and ')}`)
      if (json) {
        for (const row of rows) print(JSON.stringify(row))
        return
      }
      print(table([
        ['SCENARIO', 'SEED', 'SPLIT', 'TASK', 'DIFFICULTY', 'TAGS'],
        ...rows.map(({ scenario, seed, split, task, difficulty, tags }) => [scenario.split('@')[0]!.slice(0, 60), String(seed), split, task, Object.entries(difficulty).map(([axis, value]) => `${axis}=${value}`).join(' '), tags.join(' ')]),
      ]))
    })
}

function sample(params: Params<'task/sample'>): TaskRow[] {
  return toEnd(sampleAny(params, localFinder()))
}
