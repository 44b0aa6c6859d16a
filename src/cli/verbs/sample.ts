/** `fractal-gym sample`: rows that a trainer loads as its dataset. */
import { Command, Option } from 'commander'
import { METHODS, type Params } from '../../../protocol/methods.ts'
import { sampleTasks } from '../../episode/sample.ts'
import { seedNumber, several, wholeNumber } from '../arguments.ts'
import { UsageError } from '../failure.ts'
import { scenarioFor } from '../find-scenario.ts'
import { print, table } from '../print.ts'

type Options = { seed: number; count: number; split?: string; task?: string; tag?: string[]; include?: string[]; json?: boolean }

export function sampleVerb(): Command {
  return new Command('sample')
    .description('Draw tasks of a scenario: the same request gives the same rows for ever.')
    .argument('<scenario>', 'name, or name@digest')
    .option('--seed <n>', 'where the sample begins', seedNumber, 0)
    .option('--count <n>', 'how many rows', wholeNumber(1, 10_000), 10)
    .addOption(new Option('--split <split>', 'only seeds of this split').choices(['train', 'validation', 'test']))
    .option('--task <name>', 'only this task template')
    .option('--tag <tag>', 'only tasks with this tag (repeatable)', several)
    .addOption(new Option('--include <part...>', 'add prompt or tools to each row').choices(['prompt', 'tools']))
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  $ fractal-gym sample retail --seed 1 --count 5 --split train --json')
    .action((ref: string, { json, tag, ...options }: Options) => {
      const parsed = METHODS['task/sample'].params.safeParse({ scenario: ref, ...options, ...(tag && { tags: tag }) })
      if (!parsed.success) throw new UsageError(`${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`)
      const rows = sampleTasks(scenarioFor(ref), parsed.data as Params<'task/sample'>)
      if (json) {
        for (const row of rows) print(JSON.stringify(row))
        return
      }
      print(table([
        ['SEED', 'SPLIT', 'TASK', 'DIFFICULTY', 'TAGS'],
        ...rows.map(({ seed, split, task, difficulty, tags }) => [String(seed), split, task, Object.entries(difficulty).map(([axis, value]) => `${axis}=${value}`).join(' '), tags.join(' ')]),
      ]))
    })
}
