/** `fractal-gym explain`: why an episode got its reward, with the events that show it. */
import { Command } from 'commander'
import { explain } from '../../record/explanation.ts'
import { reportOf } from '../../record/quality-report.ts'
import { Episode } from '../../episode/episode.ts'
import { journalOf } from '../../episode/journal.ts'
import type { Loose } from '../../record/replay.ts'
import { writeExplanation } from '../explanation-text.ts'
import { inColour, print } from '../print.ts'
import { fetchTrajectory, readTrajectory, scenarioOf, type ServerOptions } from '../read-trajectory.ts'
import { adviceOn, type RubricOptions, withRubric } from '../rubrics.ts'

type Options = { scenario?: string; json?: boolean; report?: boolean } & ServerOptions & RubricOptions

const EPISODE_ID = /^[0-9a-f]{32}$/

async function explainEpisode(named: string, options: Options): Promise<void> {
  const trajectory = EPISODE_ID.test(named) ? await fetchTrajectory(named, options) : readTrajectory(named)
  const episode = Episode.replay(scenarioOf(trajectory, options.scenario), trajectory.identity, journalOf(trajectory.events as Loose[]))
  const report = reportOf(episode, await adviceOn(episode, options))
  if (options.report) return print(JSON.stringify(report))
  const explanation = explain(report, episode.events(), episode.task)
  if (options.json) print(JSON.stringify({ identity: report.identity, ...explanation }))
  else print(writeExplanation(report.identity, explanation, inColour()))
}

export function explainVerb(): Command {
  return withRubric(new Command('explain')
    .description('Say why an episode got its reward: every check, what it found, and the events that show it.')
    .argument('<episode>', 'a trajectory in JSON, - for stdin, or the id of an episode of a running server')
    .option('--scenario <file>', 'the spec file that it was played from, where it is not of the catalogue')
    .option('--server <url>', 'where the episode of an id is', 'http://127.0.0.1:8765')
    .option('--token <token>', 'access token or admin token; default: FRACTAL_GYM_TOKEN')
    .option('--json', 'print the explanation as one JSON object')
    .option('--report', 'print the quality report instead (schema QualityReport)'))
    .addHelpText('after', '\nExample:\n  $ fractal-gym play retail --seed 7 --policy naive --dynamics hostile --save run.json\n  $ fractal-gym explain run.json')
    .action(explainEpisode)
}
