/** `fractal-gym mcp`: one episode as an MCP server on stdin and stdout. */
import { Command } from 'commander'
import type { z } from 'zod'
import { Learner, Others } from '../../../protocol/identity.ts'
import type { ResetOptions, Result } from '../../../protocol/methods.ts'
import type { Catalogue } from '../../compile/catalogue.ts'
import { GymError } from '../../core/gym-error.ts'
import { jsonOrText } from '../../core/json-or-text.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { isGenerated } from '../../generate/reference.ts'
import { brokenScenarioStore } from '../../store/scenario-store.ts'
import { wallClock } from '../../server/clock.ts'
import { Gym } from '../../server/gym.ts'
import { Session } from '../../server/session.ts'
import { readArgument, seedNumber, share } from '../arguments.ts'
import { embeddedSupply } from '../embedded-supply.ts'
import { type EndpointOptions, playersOf, withEndpoints } from '../endpoints.ts'
import { EpisodeKeeper, readEpisode, requireOptions } from '../episode-file.ts'
import { type ChangeOptions, requireProfile, withChanges } from '../find-profile.ts'
import { scenarioFor } from '../find-scenario.ts'
import { packageVersion } from '../package-root.ts'
import { note } from '../print.ts'

type Options = {
  seed?: number; task?: string; luck?: number; dynamics?: string; intensity?: number
  learner?: string; others?: string; episode?: string
} & ChangeOptions & EndpointOptions

/** Its own episode, and a few that a client may never have. */
const BOUNDS = { episodes: 4, idleMs: 0 }

function catalogueOf(scenario: CompiledScenario | undefined): Catalogue {
  const all = scenario ? [scenario] : []
  return { list: () => all, names: () => all.map(({ name }) => name), find: (ref) => all.find(({ name, digest }) => ref === name || ref === `${name}@${digest}`) }
}

/** A gym of one scenario, in this process, that keeps nothing. */
function openGym(scenario: CompiledScenario | undefined, options: Options): Gym {
  return new Gym({
    catalogue: catalogueOf(scenario), shipped: [], store: brokenScenarioStore(new GymError('GYM_STORE', 'this gym keeps nothing')),
    players: playersOf(options), ...(!scenario && { supply: embeddedSupply() }), clock: wallClock, bounds: BOUNDS, version: packageVersion(),
    report: (incident, error) => note(`incident ${incident}: ${error instanceof Error ? error.stack : String(error)}`),
  })
}

function optionsOf({ luck, dynamics, intensity, add, without, learner, others }: Options): z.input<typeof ResetOptions> {
  return {
    ...(luck !== undefined && { luck }),
    ...((dynamics ?? intensity ?? add ?? without) !== undefined && { dynamics: { ...(dynamics !== undefined && { profile: dynamics }), ...(intensity !== undefined && { intensity }), ...(add && { add }), ...(without && { without }) } as never }),
    ...(learner !== undefined && { learner: readArgument('--learner', Learner, learner.includes(',') ? learner.split(',') : learner) }),
    ...(others !== undefined && { others: readArgument('--others', Others, jsonOrText(others)) }),
  }
}

async function ask<R>(session: Session, method: string, params: unknown): Promise<R> {
  const { reply } = await session.settle({ jsonrpc: '2.0', id: 0, method, params }, new AbortController().signal)
  if ('error' in reply) throw new GymError(reply.error.data.code, reply.error.message, reply.error.data)
  return reply.result as R
}

async function reset(session: Session, scenario: string, { seed, task, ...options }: Options): Promise<string> {
  const { episode } = await ask<Result<'env/reset'>>(session, 'env/reset', { scenario, seed: seed ?? 0, ...(task !== undefined && { task }), options: optionsOf(options) })
  return episode
}

/** Starts the episode, or goes on with the one in the file. @throws WorkFailed when the options ask for another than that */
async function openEpisode(session: Session, scenario: string, options: Options): Promise<string> {
  const { task, seed, episode: file } = options
  const kept = file === undefined ? undefined : readEpisode(file, { scenario: isGenerated(scenario) ? undefined : scenario, seed, task })
  if (!kept) return reset(session, scenario, options)
  const { episode } = await ask<Result<'env/restore'>>(session, 'env/restore', { snapshot: kept })
  if (Object.keys(optionsOf(options)).length === 0) return episode
  // What the options mean is known by an episode that they are given to.
  const wanted = await reset(session, scenario, { ...options, seed: kept.identity.seed, task: kept.identity.task })
  requireOptions(file!, kept.identity, session.gym.episodes.use(wanted).episode.identity, options)
  await ask(session, 'env/close', { episode: wanted })
  return episode
}

/** What became of the episode, for the person who started it. */
async function tellEnd(session: Session, episode: string): Promise<void> {
  const { seq, last } = await ask<Result<'env/resume'>>(session, 'env/resume', { episode })
  const end = 'episode' in last ? last.ended : last
  if (!end || !(end.terminated || end.truncated)) note(`after ${seq} steps: not ended`)
  else note(`after ${seq} steps: ${end.info.stop_reason}, reward ${end.info.verdict?.reward ?? end.reward}, ${end.info.verdict?.success ? 'success' : 'no success'}`)
}

async function serve(ref: string, options: Options): Promise<void> {
  const scenario = isGenerated(ref) ? undefined : scenarioFor(ref)
  if (scenario && options.dynamics !== undefined) requireProfile(scenario, options.dynamics)
  const gym = openGym(scenario, options)
  // Whoever runs the process owns the episode: its file holds all that is needed to go on.
  const owner = new Session(gym, { privileged: true, principal: 'stdio' })
  const { episode: file } = options
  const keeper = file === undefined ? undefined : new EpisodeKeeper(file)
  const episode = await openEpisode(owner, scenario?.name ?? ref, options)
  const keep = keeper && (async () => keeper.write((await ask<Result<'env/snapshot'>>(owner, 'env/snapshot', { episode })).snapshot))
  // Who only looks at an episode leaves its file to whoever plays it.
  if (keeper?.isNew) await keep?.()
  const { identity } = gym.episodes.use(episode).episode
  note(`${identity.scenario} ${identity.task} seed ${identity.seed}: an MCP server on stdin and stdout, episode ${episode}`)
  // Loading the SDK takes longer than most commands.
  const { servePipe } = await import('../../server/mcp/mcp-pipe.ts')
  await servePipe(gym, episode, process.stdin, process.stdout, keep)
  await tellEnd(owner, episode)
}

export function mcpVerb(): Command {
  return withEndpoints(withChanges(new Command('mcp')
    .description('Serve one episode as an MCP server on stdin and stdout.')
    .argument('<scenario>', 'name, name@digest, a spec file, or gen:…')
    .option('--seed <n>', 'which world and task (default: 0)', seedNumber)
    .option('--task <name>', 'this task template instead of one drawn by the seed')
    .option('--luck <n>', 'which faults and latencies; default: from the seed', seedNumber)
    .option('--dynamics <profile>', 'dynamics profile; default: the scenario\'s')
    .option('--intensity <x>', 'how much of the profile, from 0 to 1', share))
    .option('--learner <agents>', 'of a team, whom the client plays: root, all, or names and globs with commas (default: root)')
    .option('--others <policy>', 'who plays the others: oracle, robust, naive, random, noop, endpoint, or JSON such as {"*": {"policy": "oracle", "competence": 0.8}}')
    .option('--episode <file>', 'keep the episode in this file after every step, and go on with it where there is one'))
    .addHelpText('after', '\nExample:\n  $ fractal-gym mcp retail --seed 7\n  $ claude mcp add gym -- npx fractal-gym mcp retail --seed 7 --dynamics flaky')
    .action(serve)
}
