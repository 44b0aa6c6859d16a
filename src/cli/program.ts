/** The command line: one file a verb, exit codes 0 (done), 1 (the work failed), 2 (usage). */
import { Command, CommanderError, type OutputConfiguration } from 'commander'
import { GymError } from '../core/gym-error.ts'
import { harmless } from '../record/paint.ts'
import { UsageError, WorkFailed } from './failure.ts'
import { packageVersion } from './package-root.ts'
import { note } from './print.ts'
import { dynamicsVerb } from './verbs/dynamics.ts'
import { generateVerb } from './verbs/generate.ts'
import { groupsVerb } from './verbs/groups.ts'
import { importVerb } from './verbs/import.ts'
import { mcpVerb } from './verbs/mcp.ts'
import { newVerb } from './verbs/new.ts'
import { playVerb } from './verbs/play.ts'
import { registerVerb } from './verbs/register.ts'
import { replayVerb } from './verbs/replay.ts'
import { sampleVerb } from './verbs/sample.ts'
import { scenariosVerb } from './verbs/scenarios.ts'
import { serveVerb } from './verbs/serve.ts'
import { showVerb } from './verbs/show.ts'
import { explainVerb } from './verbs/explain.ts'
import { toolsVerb } from './verbs/tools.ts'
import { validateVerb } from './verbs/validate.ts'
import { sweepVerb } from './verbs/sweep.ts'
import { verifyVerb } from './verbs/verify.ts'

/** The program with all its verbs; it throws instead of exiting. */
function buildProgram(output: OutputConfiguration): Command {
  const program = new Command('fractal-gym')
    .configureOutput(output)
    .description('A reinforcement-learning gym server for LLM agents.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', '\nExample:\n  $ fractal-gym serve\n  $ fractal-gym play retail --policy oracle')
  for (const verb of [serveVerb(), mcpVerb(), scenariosVerb(), sampleVerb(), playVerb(), replayVerb(), verifyVerb(), explainVerb(), groupsVerb(), validateVerb(), registerVerb(), newVerb(), generateVerb(), showVerb(), importVerb(), dynamicsVerb(), sweepVerb(), toolsVerb()]) program.addCommand(verb)
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) command.exitOverride().copyInheritedSettings(program)
  return program
}

/** What the exit code is for whatever ended the program early. */
function codeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError) {
    note(`error: ${error.message}`)
    return 2
  }
  if (error instanceof WorkFailed) {
    note(harmless(error.message))
    return 1
  }
  if (error instanceof GymError) {
    const { nearest: near, expected, path } = error.data
    const where = error.gymCode === 'GYM_INVALID_PARAMS' && path ? `${String(path)}: ` : ''
    note(harmless(`error: ${where}${error.message}${near ? `; did you mean ${String(near)}?` : ''} (${error.gymCode})`))
    if (!near && Array.isArray(expected)) note(harmless(`known: ${expected.join(', ')}`))
    return 1
  }
  // What the system refused (a folder, a file) says enough without a stack.
  const known = error instanceof Error && 'syscall' in error
  note(known ? `error: ${error.message}` : error instanceof Error ? error.stack : String(error))
  return 1
}

/**
 * Runs one command line and returns its exit code.
 * @param output where help and usage errors go; default: the terminal
 */
export async function run(args: readonly string[], output: OutputConfiguration = {}): Promise<number> {
  try {
    await buildProgram(output).parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    return codeFor(error)
  }
}
