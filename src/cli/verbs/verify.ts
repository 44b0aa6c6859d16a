/** `fractal-gym verify`: judges recorded episodes once more. */
import { Command } from 'commander'
import type { Trajectory } from '../../../protocol/event.ts'
import { GymError } from '../../core/gym-error.ts'
import { harmless } from '../../record/paint.ts'
import { type Reverification, verifyAgain } from '../../record/verify-again.ts'
import { WorkFailed } from '../failure.ts'
import { print } from '../print.ts'
import { progressBar } from '../progress-bar.ts'
import { readTrajectories, scenarioOf } from '../read-trajectory.ts'

type Options = { scenario?: string; json?: boolean }

const MOST_SHOWN = 10

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function writeVerification(name: string, { ok, identity, differences, changes, verifier, reward }: Reverification): string {
  const who = `${name}: ${identity.scenario} ${identity.task} seed ${identity.seed}`
  if (differences.length) return [`${who}: the episode comes out differently, so its verdict cannot be compared`, ...differences.slice(0, MOST_SHOWN).map(({ what, recorded, replayed }) => `  ${what}: recorded ${show(recorded)}, now ${show(replayed)}`)].join('\n')
  if (verifier.recorded === null) return `${who}: recorded without a verdict; as it stands the reward is ${reward.now ?? 'void'}`
  if (!changes.length) return `${who}: the same verdict, reward ${reward.now ?? 'void'}`
  const head = ok ? `verifier ${verifier.recorded} -> ${verifier.now} changes the verdict` : `the verdict is not what was recorded (verifier ${verifier.now})`
  return [`${who}: ${head}`, ...changes.slice(0, MOST_SHOWN).map(({ what, recorded, now }) => `  ${what}: ${show(recorded)} -> ${show(now)}`)].join('\n')
}

/** Verifies one recording; one that cannot be rebuilt here is a problem of its own. */
function verifyOrSay(trajectory: Trajectory, scenario: string | undefined): Reverification | { readonly problem: Error } {
  try {
    return verifyAgain(scenarioOf(trajectory, scenario), trajectory)
  } catch (error) {
    if (error instanceof WorkFailed || error instanceof GymError) return { problem: error }
    throw error
  }
}

function verify(files: readonly string[], { scenario, json }: Options): void {
  const recordings = files.flatMap(readTrajectories)
  const bar = progressBar('verifying')
  let wrong = 0
  for (const [i, { name, trajectory }] of recordings.entries()) {
    bar.show(i / recordings.length)
    const verification = verifyOrSay(trajectory, scenario)
    bar.clear()
    if ('problem' in verification) {
      // One that cannot be rebuilt says nothing about the others.
      if (recordings.length === 1) throw verification.problem
      wrong++
      print(json ? JSON.stringify({ name, ok: false, error: verification.problem.message }) : harmless(`${name}: ${verification.problem.message}`))
      continue
    }
    if (!verification.ok) wrong++
    print(json ? JSON.stringify({ name, ...verification }) : harmless(writeVerification(name, verification)))
  }
  bar.clear()
  if (wrong) throw new WorkFailed(`${wrong} of ${recordings.length} did not come out as recorded`)
}

export function verifyVerb(): Command {
  return new Command('verify')
    .description('Rebuild recorded episodes and verify them again: the same verdict, or what a newer verifier changes.')
    .argument('<files...>', 'trajectories in JSON, or .jsonl with one a line; - for stdin')
    .option('--scenario <file>', 'the spec file that they were played from, where it is not of the catalogue')
    .option('--json', 'print {ok, verifier, reward, changes, differences, report}, one object a line')
    .addHelpText('after', '\nExample:\n  $ fractal-gym play retail --seed 7 --policy naive --save run.json\n  $ fractal-gym verify run.json')
    .action(verify)
}
