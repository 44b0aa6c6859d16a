/** The command line: one file a verb, exit codes 0 (done), 1 (the work failed), 2 (usage). */
import { Command, CommanderError, type OutputConfiguration } from 'commander'
import { GymError } from '../core/gym-error.ts'
import { harmless } from '../record/paint.ts'
import { UsageError, WorkFailed } from './failure.ts'
import { packageVersion } from './package-root.ts'
import { note } from './print.ts'

/** The verbs, in the order of the help. Each is read when it is named: most commands need a third of the modules. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./verbs/serve.ts')).serveVerb(),
  mcp: async () => (await import('./verbs/mcp.ts')).mcpVerb(),
  scenarios: async () => (await import('./verbs/scenarios.ts')).scenariosVerb(),
  sample: async () => (await import('./verbs/sample.ts')).sampleVerb(),
  play: async () => (await import('./verbs/play.ts')).playVerb(),
  replay: async () => (await import('./verbs/replay.ts')).replayVerb(),
  verify: async () => (await import('./verbs/verify.ts')).verifyVerb(),
  explain: async () => (await import('./verbs/explain.ts')).explainVerb(),
  groups: async () => (await import('./verbs/groups.ts')).groupsVerb(),
  validate: async () => (await import('./verbs/validate.ts')).validateVerb(),
  register: async () => (await import('./verbs/register.ts')).registerVerb(),
  new: async () => (await import('./verbs/new.ts')).newVerb(),
  generate: async () => (await import('./verbs/generate.ts')).generateVerb(),
  show: async () => (await import('./verbs/show.ts')).showVerb(),
  import: async () => (await import('./verbs/import.ts')).importVerb(),
  dynamics: async () => (await import('./verbs/dynamics.ts')).dynamicsVerb(),
  sweep: async () => (await import('./verbs/sweep.ts')).sweepVerb(),
  tools: async () => (await import('./verbs/tools.ts')).toolsVerb(),
}

/** The program with the verb that is named, or with all: for help, and for a name that is none. It throws instead of exiting. */
async function buildProgram(named: string | undefined, output: OutputConfiguration): Promise<Command> {
  const program = new Command('fractal-gym')
    .configureOutput(output)
    .description('A reinforcement-learning gym server for LLM agents.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', '\nExample:\n  $ fractal-gym serve\n  $ fractal-gym play retail --policy oracle')
  const verbs = named !== undefined && Object.hasOwn(VERBS, named) ? [VERBS[named]!] : Object.values(VERBS)
  for (const verb of await Promise.all(verbs.map((read) => read()))) program.addCommand(verb)
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
    const program = await buildProgram(args[0], output)
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    return codeFor(error)
  }
}
