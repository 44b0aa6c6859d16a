/** `fractal-gym replay`: plays a recorded trajectory again and compares. */
import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { Trajectory } from '../../../protocol/event.ts'
import { replayTrajectory } from '../../record/replay.ts'
import { WorkFailed } from '../failure.ts'
import { scenarioFor } from '../find-scenario.ts'
import { print } from '../print.ts'

function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new WorkFailed(`${file}: ${(error as Error).message}`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new WorkFailed(`${file}: not JSON: ${(error as Error).message}`)
  }
}

export function replayVerb(): Command {
  return new Command('replay')
    .description('Play a trajectory again; events, reward and state hash have to come out the same.')
    .argument('<file>', 'a trajectory in JSON, or - for stdin')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  $ fractal-gym play retail --seed 7 --policy oracle --save run.json\n  $ fractal-gym replay run.json')
    .action((file: string, { json }: { json?: boolean }) => {
      const parsed = Trajectory.safeParse(readJson(file))
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!
        throw new WorkFailed(`${file}: ${issue.path.join('.') || 'trajectory'}: ${issue.message}`)
      }
      const replay = replayTrajectory(scenarioFor(parsed.data.identity.scenario), parsed.data)
      if (json) print(JSON.stringify(replay, null, 2))
      else print(`${replay.ok ? 'the same' : 'different'}: ${replay.steps} steps, reward ${replay.reward ?? 'void'}, state ${replay.state_hash.slice(0, 16)}`)
      if (replay.ok) return
      throw new WorkFailed(replay.differences.map(({ what, recorded, replayed }) => `${what}: recorded ${clip(recorded)}, replayed ${clip(replayed)}`).join('\n'))
    })
}

function clip(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
