/** `fractal-gym tools calibrate`: fits a dynamics profile to recordings and says how well it fits. */
import { Command, Option } from 'commander'
import { DocumentName } from '../../../protocol/spec/notation.ts'
import { holdOut } from '../../mcp/held-out.ts'
import { recordedCalls } from '../../mcp/recorded-call.ts'
import { errorText, fitText, heldOutText, profileText } from '../calibration-text.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { note, print } from '../print.ts'
import { cassetteOf } from '../read-cassettes.ts'
import { writeNew } from '../write-new.ts'

type Options = { output?: string; name: string; by: 'tool' | 'effect'; json?: boolean; force?: boolean }

/** Columns where there is no terminal. */
const PAGE = 140

function calibrateFiles(files: readonly string[], { output, name, by, json = false, force = false }: Options): void {
  if (!DocumentName.safeParse(name).success) throw new UsageError(`--name ${name}: expected lower case letters, digits, - _ .`)
  const cassettes = files.map(cassetteOf)
  const calls = recordedCalls(cassettes)
  const servers = [...new Set(cassettes.map(({ server }) => server.package ?? `${server.name} ${server.version}`))].join(', ')
  let held
  try {
    held = holdOut(calls, { name, by, description: `As measured of ${servers} in ${calls.length} recorded calls.` })
  } catch (error) {
    if (error instanceof RangeError) throw new WorkFailed(error.message)
    throw error
  }
  const { calibration, ok, judged, rows } = held
  const text = profileText(calibration.profile)
  if (json) print(JSON.stringify({ ok, judged, profile: calibration.profile, rows, errors: calibration.errors.map((one) => ({ ...one, calls: one.calls.size })), remarks: calibration.remarks }))
  else {
    const width = process.stdout.columns ?? PAGE
    for (const part of [[text.trimEnd()], fitText(held, width), errorText(held, width), ['held out : played', ...heldOutText(held, width)]]) if (part.length) print(`${part.join('\n')}\n`)
    for (const remark of calibration.remarks) note(remark)
    note(judged === 0 ? 'too few calls to judge any number by those held out' : ok ? `all of ${judged} numbers that can be judged are within the tolerance` : `of ${judged} numbers that can be judged some are out of tolerance: they have a !`)
  }
  if (output === undefined) return
  writeNew(output, text, force)
  note(`written to ${output}`)
}

/** Adds `calibrate` to the verb `tools`. */
export function addToolsCalibrate(tools: Command): void {
  tools.command('calibrate')
    .description('Fit a dynamics profile to two thirds of the calls of recordings, and compare it, played, with the others.')
    .argument('<cassette...>', 'recordings, of one server as a rule')
    .option('-o, --output <file>', 'write the profile there')
    .option('--name <name>', 'what it is called', 'recorded')
    .addOption(new Option('--by <what>', 'latencies by tool, or by effect: reads and writes, so that the profile fits any world').choices(['tool', 'effect']).default('tool'))
    .option('--force', 'write over a file that exists')
    .option('--json', 'print {ok, judged, profile, rows, errors, remarks}')
    .addHelpText('after', '\nExample:\n  $ fractal-gym tools calibrate files.json --name files -o files.yaml')
    .action(calibrateFiles)
}
