/** `fractal-gym play`: one episode in the terminal, by a person or by a built-in policy. */
import { Command, Option } from 'commander'
import { writeFileSync } from 'node:fs'
import type { Action } from '../../../protocol/action.ts'
import { jsonOrText } from '../../core/json-or-text.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { Episode } from '../../episode/episode.ts'
import { createPolicy, POLICY_NAMES } from '../../policy/builtin.ts'
import { Cast } from '../../policy/cast.ts'
import { Learner, Others } from '../../../protocol/identity.ts'
import { renderEvent } from '../../record/transcript.ts'
import { showEvents, showStep } from '../../server/answers.ts'
import { readArgument, seedNumber, share } from '../arguments.ts'
import { UsageError } from '../failure.ts'
import { type ChangeOptions, requireProfile, withChanges } from '../find-profile.ts'
import { scenarioFor } from '../find-scenario.ts'
import { inColour, note, print } from '../print.ts'
import { askPerson } from '../person.ts'

type Options = {
  seed: number; task?: string; luck?: number; dynamics?: string; intensity?: number
  policy?: string; json?: boolean; reveal?: boolean; save?: string; learner?: string; others?: string
} & ChangeOptions

/** Whatever answers an observation with an action; null ends the game. */
type Player = { act(episode: Episode): Action | null | Promise<Action | null>; close?(): void }

function startEpisode(scenario: CompiledScenario, { seed, task, luck, dynamics, intensity, add, without, learner, others }: Options): Episode {
  if (dynamics !== undefined) requireProfile(scenario, dynamics)
  return Episode.start(scenario, {
    seed,
    ...(task !== undefined && { task }),
    options: {
      ...(luck !== undefined && { luck }),
      dynamics: { profile: dynamics, intensity, add, without },
      ...(learner !== undefined && { learner: readArgument('--learner', Learner, learner.includes(',') ? learner.split(',') : learner) }),
      ...(others !== undefined && { others: readArgument('--others', Others, jsonOrText(others)) }),
    },
  })
}

function playerOf(options: Options, episode: Episode): Player {
  if (options.policy === undefined) return askPerson(inColour())
  const policy = createPolicy(options.policy, episode, options.seed)
  if (!policy) throw new UsageError(`no policy is called ${options.policy}; there are: ${POLICY_NAMES.join(', ')}`)
  return { act: (at) => policy.act(at.observation) }
}

/** Prints what happened since it was last called. */
function teller(episode: Episode, { json, reveal = false }: Options): (action?: Action) => void {
  let told = 0
  return (action) => {
    if (json) {
      if (action === undefined) print(JSON.stringify({ observation: episode.observation, info: episode.info }))
      return
    }
    const events = showEvents(episode.events(), reveal)
    for (const event of events.slice(told)) {
      for (const line of renderEvent(event, { colour: inColour(), width: process.stdout.columns ?? 160, log: events })) print(line)
    }
    told = events.length
  }
}

function playOthers(cast: Cast | undefined): void {
  if (cast?.play()) throw new UsageError('an endpoint plays in episodes of a server; see fractal-gym serve --endpoint')
}

async function play(ref: string, options: Options): Promise<void> {
  const episode = startEpisode(scenarioFor(ref), options)
  const cast = Cast.for(episode)
  const player = playerOf(options, episode)
  playOthers(cast)
  const tell = teller(episode, options)
  tell()
  while (!episode.ended) {
    const action = await player.act(episode)
    if (action === null) break
    episode.step(action)
    playOthers(cast)
    if (options.json) print(JSON.stringify({ action, result: showStep(episode.last, episode.seq, options.reveal === true) }))
    else tell(action)
  }
  player.close?.()
  if (options.save !== undefined) {
    writeFileSync(options.save, `${JSON.stringify(episode.trajectory())}\n`)
    note(`saved to ${options.save}; try: fractal-gym replay ${options.save}`)
  }
}

export function playVerb(): Command {
  return withChanges(new Command('play')
    .description('Play one episode in the terminal, yourself or by a built-in policy.')
    .argument('<scenario>', 'name, name@digest, or a spec file')
    .option('--seed <n>', 'which world and task', seedNumber, 0)
    .option('--task <name>', 'this task template instead of one drawn by the seed')
    .option('--luck <n>', 'which faults and latencies; default: from the seed', seedNumber)
    .option('--dynamics <profile>', 'dynamics profile; default: the scenario\'s')
    .option('--intensity <x>', 'how much of the profile, from 0 to 1', share))
    .addOption(new Option('--policy <name>', 'let a built-in policy play').choices(POLICY_NAMES))
    .option('--learner <agents>', 'of a team, whom you or the policy play: root, all, or names and globs with commas (default: root)')
    .option('--others <policy>', 'who plays the others: oracle, robust, naive, random, noop, or JSON such as {"*": {"policy": "oracle", "competence": 0.8}}')
    .option('--json', 'print one JSON object a line: the reset result, then {action, result} for each step')
    .option('--reveal', 'also show what agents never see: faults, changes, why checks failed')
    .option('--save <file>', 'write the trajectory to a file')
    .addHelpText('after', '\nExample:\n  $ fractal-gym play retail --seed 7 --policy oracle\n  $ fractal-gym play retail --seed 7          (you play: find_customer email=a@b.c)')
    .action(play)
}
