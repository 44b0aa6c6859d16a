/** `fractal-gym replay`: plays a recorded trajectory again and compares. */
import { Command } from 'commander'
import { replayTrajectory } from '../../record/replay.ts'
import { WorkFailed } from '../failure.ts'
import { print } from '../print.ts'
import { readTrajectory, scenarioOf } from '../read-trajectory.ts'

export function replayVerb(): Command {
  return new Command('replay')
    .description('Play a trajectory again; events, reward and state hash have to come out the same.')
    .argument('<file>', 'a trajectory in JSON, or - for stdin')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  $ fractal-gym play retail --seed 7 --policy oracle --save run.json\n  $ fractal-gym replay run.json')
    .option('--scenario <file>', 'the spec file that it was played from, where it is not of the catalogue')
    .action((file: string, { json, scenario }: { json?: boolean; scenario?: string }) => {
      const recording = readTrajectory(file)
      const replay = replayTrajectory(scenarioOf(recording, scenario), recording)
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
