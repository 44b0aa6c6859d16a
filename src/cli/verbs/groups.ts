/** `fractal-gym groups`: what groups of recorded rollouts teach a trainer. */
import { Command } from 'commander'
import type { Trajectory } from '../../../protocol/event.ts'
import type { Verdict } from '../../../protocol/verdict.ts'
import { groupOf } from '../../episode/sample.ts'
import { type GroupStatistics, groupStatistics, type Rollout } from '../../record/group-statistics.ts'
import { print, table } from '../print.ts'
import { readTrajectories } from '../read-trajectory.ts'

function rolloutOf({ identity, events, reward }: Trajectory): Rollout {
  const end = events.findLast(({ type }) => type === 'end') as { verdict?: Partial<Verdict> } | undefined
  return { group: groupOf({ name: identity.scenario, digest: identity.digest }, identity.seed, identity.task), reward, milestones: end?.verdict?.milestones ?? [] }
}

function figure(value: number | null): string {
  return value === null ? '-' : String(Math.round(value * 1000) / 1000)
}

function write({ rollouts, void: voided, groups, mean_reward, success_rate, variance, zero_signal, milestones, by_group }: GroupStatistics): string {
  return [
    `${rollouts} rollouts in ${groups} groups${voided ? `, ${voided} void` : ''}: mean reward ${figure(mean_reward)}, success ${figure(success_rate)}`,
    ...(variance ? [`variance ${figure(variance.total)}: ${figure(variance.within)} within groups, ${figure(variance.between)} between`] : []),
    `groups without a signal: ${zero_signal.groups}${zero_signal.share === null ? '' : ` (${figure(zero_signal.share * 100)}%)`}, of them ${zero_signal.all_zero} all 0, ${zero_signal.all_one} all 1`,
    ...Object.entries(milestones).map(([name, { reached, of, rate }]) => `milestone ${name}: ${reached} of ${of} (${figure(rate * 100)}%)`),
    '',
    table([['group', 'rollouts', 'mean', 'variance', ''], ...by_group.map((one) => [one.group, String(one.rollouts), figure(one.mean), figure(one.variance), one.zero_signal ? 'no signal' : ''])]),
  ].join('\n')
}

export function groupsVerb(): Command {
  return new Command('groups')
    .description('Summarise groups of rollouts (trajectories of the same task instance): reward variance, groups without a signal, milestones.')
    .argument('<files...>', 'trajectories in JSON, or .jsonl with one a line')
    .option('--json', 'print the statistics as one JSON object')
    .addHelpText('after', '\nExample:\n  $ fractal-gym play retail --seed 7 --policy random --save a.json\n  $ fractal-gym play retail --seed 7 --policy oracle --save b.json\n  $ fractal-gym groups a.json b.json')
    .action((files: string[], { json }: { json?: boolean }) => {
      const statistics = groupStatistics(files.flatMap(readTrajectories).map(({ trajectory }) => rolloutOf(trajectory)))
      print(json ? JSON.stringify(statistics) : write(statistics))
    })
}
