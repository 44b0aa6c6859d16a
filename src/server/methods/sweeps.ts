/** `sweep/…`: evaluation sweeps that the server runs, or whose episodes clients pull and play. */
import type { Result } from '../../../protocol/methods.ts'
import type { SweepSpec } from '../../../protocol/sweep.ts'
import { GymError } from '../../core/gym-error.ts'
import { nearest } from '../../core/nearest.ts'
import { Episode } from '../../episode/episode.ts'
import { failedOutcome } from '../../sweep/outcome.ts'
import { planSweep, requestOf, unitAt } from '../../sweep/plan.ts'
import { showOpening } from '../answers.ts'
import { createOnce, onlyOne } from '../create-once.ts'
import { LiveEpisode, openingOf } from '../live-episode.ts'
import { type Call, isWork, Job, type Methods, type Work } from '../method.ts'
import { requirePlayers } from '../players.ts'
import type { SweepRun } from '../sweeps/sweep-run.ts'
import { opened } from './episodes.ts'

type SweepMethod = 'sweep/create' | 'sweep/next' | 'sweep/get' | 'sweep/report' | 'sweep/compare' | 'sweep/list' | 'sweep/cancel'
type Next = Result<'sweep/next'>

const COME_BACK_MS = 1000

/** Nothing is free for a client at the moment. */
class NoneFree extends Error {}

/** Who plays has to be known to the server. @throws GymError GYM_INVALID_PARAMS */
function requireEndpoints({ policies, others }: SweepSpec, call: Call): void {
  requirePlayers(others, call.gym, 'params.spec.others')
  const { names } = call.gym.players
  policies.forEach(({ policy, endpoint }, i) => {
    if (policy !== 'endpoint' || endpoint === undefined || names.includes(endpoint)) return
    throw new GymError('GYM_INVALID_PARAMS', `no endpoint is called '${endpoint}'; ${names.length ? `there are: ${names.join(', ')}` : 'the server was started without any (--endpoint NAME=URL,MODEL)'}`, { path: `params.spec.policies[${i}].endpoint`, nearest: nearest(endpoint, names), expected: names })
  })
}

function withoutRecordings(spec: SweepSpec): SweepSpec {
  return { ...spec, policies: spec.policies.map(({ recordings: _recordings, ...policy }) => policy) }
}

/** The external policy of a name. @throws GymError GYM_INVALID_PARAMS */
function externalPolicy({ plan }: SweepRun, name: string): number {
  const external = plan.policies.filter(({ policy }) => policy === 'external').map((policy) => policy.name)
  if (!external.includes(name)) throw new GymError('GYM_INVALID_PARAMS', `no external policy of this sweep is called '${name}'`, { path: 'params.policy', nearest: nearest(name, external), expected: external })
  return plan.policies.findIndex((policy) => policy.name === name)
}

function leftFor(run: SweepRun, policy: number | undefined): number {
  return policy === undefined ? [...run.outside.values()].reduce((sum, count) => sum + count, 0) : run.outside.get(policy) ?? 0
}

/** An answer without an episode. */
function nothing(id: string, policy: number | undefined, { gym }: Call): Next {
  const desk = gym.requireSweeps()
  const sweep = desk.find(id)
  const run = desk.runOf(id)
  const left = run && !run.ending ? leftFor(run, policy) : 0
  return { state: desk.statusOf(sweep).state, episode: null, unit: null, policy: null, dynamics: null, repeat: null, left, lease_seconds: sweep.spec.lease_seconds, ...((left > 0 || sweep.state === 'queued') && { retry_after_ms: COME_BACK_MS }) }
}

/** Resets the next episode for a client. @param begun told of the episode as soon as there is one */
function* lend(id: string, run: SweepRun, policy: number | undefined, call: Call, begun: (episode: string) => void): Work<{ created: LiveEpisode[]; result: Next }> {
  const { gym, caller } = call
  const { leases } = gym.requireSweeps()
  const unit = run.lend(policy)
  if (unit === undefined) throw new NoneFree()
  // A client that leaves while its task is made or others play ends this where it stands.
  call.abandon = () => run.giveBack(unit)
  const place = unitAt(run.plan, unit)
  let live: LiveEpisode
  try {
    const { scenario: ref, seed, task } = run.plan.rows[place.row]!
    const scenario = yield* gym.scenarioStepwise(ref, seed, task)
    const episode = Episode.start(scenario, requestOf(run.plan, place))
    const now = gym.clock.now()
    live = new LiveEpisode(gym.episodes.newId(), episode, 0, now, { principal: caller.principal, createdAt: now, openedWith: 0 })
  } catch (error) {
    // A task that cannot be begun now cannot be begun by anybody.
    if (error instanceof GymError) run.deliver({ unit, outcome: failedOutcome(`${error.gymCode}: ${error.message}`, 1) })
    else run.giveBack(unit)
    throw error
  }
  // It may have been cancelled, and removed, while the task was made.
  if (run.ending) throw new NoneFree()
  leases.begin(id, unit, live.id)
  begun(live.id)
  call.abandon = () => leases.takeBack(live.id)
  let made
  try {
    const opening = opened(live, call)
    made = isWork(opening) ? yield* opening : opening
  } catch (error) {
    leases.abandoned(live.id, error instanceof Error ? error.message : String(error))
    throw error
  }
  return { created: made.created, result: nextOf(unit, run, made.result) }
}

function nextOf(unit: number, run: SweepRun, episode: Result<'env/reset'>): Next {
  const { policy, dynamics, repeat } = unitAt(run.plan, unit)
  return { state: 'waiting', episode, unit, policy: run.plan.policies[policy]!.name, dynamics: run.plan.dynamics[dynamics]!, repeat, left: leftFor(run, policy), lease_seconds: run.plan.spec.lease_seconds }
}

function* recall(episode: string, run: SweepRun, { gym, caller }: Call): Work<Next> {
  const lease = gym.requireSweeps().leases.of(episode)
  if (!lease) throw new GymError('GYM_UNKNOWN_EPISODE', 'the episode that this request_key was given has come to its end, or went to another client', { path: 'params.request_key' })
  return nextOf(lease.unit, run, showOpening(openingOf(episode, yield* gym.keeper!.opening(episode)), caller.privileged))
}

export const sweepMethods: Methods<SweepMethod> = {
  'sweep/create': ({ spec, request_key: key }, call) => (function* () {
    const { gym, caller } = call
    const desk = gym.requireSweeps()
    const before = () => (key === undefined ? undefined : desk.created(caller.principal, key, spec))
    const known = before()
    if (known) return { sweep: desk.statusOf(known) }
    requireEndpoints(spec, call)
    const plan = yield* planSweep(spec, {
      names: gym.scenarios.names(),
      scenario: (ref, seed, task, path) => gym.scenarioStepwise(ref, seed, task, path),
      splitOf: (ref, seed) => gym.splitOf(ref, seed),
    })
    // The same key may have been used in the meantime.
    return { sweep: desk.statusOf(before() ?? desk.create(plan, caller.principal, key)) }
  })(),

  * 'sweep/next'(params, call) {
    const { sweep: id, policy: name } = params
    const desk = call.gym.requireSweeps()
    const run = desk.runOf(id)
    if (!run) return nothing(id, undefined, call)
    const policy = name === undefined ? undefined : externalPolicy(run, name)
    let [begun, given]: [string | undefined, string | undefined] = [undefined, undefined]
    try {
      const made = createOnce('sweep/next', params, call, {
        count: 1,
        create: () => lend(id, run, policy, call, (episode) => { begun = episode }),
        recall: (episodes) => recall(onlyOne(episodes), run, call),
      })
      const next = isWork(made) ? yield* made : made
      given = next.episode?.episode
      return next
    } catch (error) {
      if (error instanceof NoneFree) return nothing(id, policy, call)
      throw error
    } finally {
      // There was no room for it, or the same request_key had been given another meanwhile.
      if (begun !== undefined && begun !== given) desk.leases.takeBack(begun)
    }
  },

  'sweep/get': ({ sweep: id }, { gym }) => {
    const desk = gym.requireSweeps()
    const sweep = desk.find(id)
    return { sweep: desk.statusOf(sweep), spec: withoutRecordings(sweep.spec) }
  },

  'sweep/report': ({ sweep: id, format = 'json' }, { gym, caller }) => {
    const desk = gym.requireSweeps()
    desk.find(id)
    return new Job((gone) => desk.report({ privileged: caller.privileged, sweep: id, format }, gone))
  },

  'sweep/compare': ({ a, b }, { gym, caller }) => {
    const desk = gym.requireSweeps()
    desk.find(a, 'params.a')
    desk.find(b, 'params.b')
    return new Job(async (gone) => ({ comparison: (await desk.report({ privileged: caller.privileged, compare: [a, b] }, gone)).comparison! }))
  },

  'sweep/list': (params, { gym }) => gym.requireSweeps().list(params),

  'sweep/cancel': ({ sweep: id, remove }, { gym, caller }) => {
    const desk = gym.requireSweeps()
    const { principal } = desk.find(id)
    if (principal !== caller.principal && !caller.privileged) throw new GymError('GYM_FORBIDDEN', 'the sweep is of another token', { path: 'params.sweep' })
    return new Job(async () => {
      await desk.cancel(id)
      const sweep = desk.statusOf(desk.find(id))
      if (remove) await desk.cancel(id, true)
      return { sweep }
    })
  },
}
