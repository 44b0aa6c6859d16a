/** `env/reset`, `env/step`, `env/resume` and `env/close`: playing one episode. */
import type { ServedReply } from '../../../protocol/cassette.ts'
import type { Params, Result } from '../../../protocol/methods.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { Episode } from '../../episode/episode.ts'
import type { StepOutcome } from '../../episode/step-outcome.ts'
import type { Action } from '../../../protocol/action.ts'
import { isGenerated } from '../../generate/reference.ts'
import { GymError } from '../../core/gym-error.ts'
import { showOpening, showStep } from '../answers.ts'
import { createOnce, type Made, onlyOne } from '../create-once.ts'
import { LiveEpisode, openingOf } from '../live-episode.ts'
import { askServers, requireLive } from '../ask-servers.ts'
import { playOthers } from '../play-others.ts'
import { requirePlayers } from '../players.ts'
import { type Call, isWork, type Methods, type Work } from '../method.ts'
import { onEpisode, onEpisodeAt } from '../use-episode.ts'

type Time = NonNullable<NonNullable<Params<'env/reset'>['options']>['time']>

function paceOf(time: Time = 'virtual'): number {
  return time === 'virtual' ? 0 : time === 'real' ? 1 : time.scale
}

function reset(params: Params<'env/reset'>, scenario: CompiledScenario, { gym, caller }: Call): LiveEpisode {
  const { time, ...options } = params.options ?? {}
  requirePlayers(options.others, gym)
  requireLive(options.tools, scenario, gym)
  const episode = Episode.start(scenario, { seed: params.seed, ...(params.task !== undefined && { task: params.task }), options })
  const now = gym.clock.now()
  return new LiveEpisode(gym.episodes.newId(), episode, paceOf(time), now, { principal: caller.principal, createdAt: now, openedWith: 0 })
}

/** Opens an episode; where others act first, with what they did. */
export function opened(live: LiveEpisode, call: Call): Made<Result<'env/reset'>> | Work<Made<Result<'env/reset'>>> {
  const playing = playOthers(live, call)
  const made = (): Made<Result<'env/reset'>> => {
    live.origin.openedWith = live.episode.journalFrom(0).entries.length
    if (live.episode.ended) noteEnd(live, live.episode.last, call)
    return { created: [live], result: showOpening(live.opening, call.caller.privileged) }
  }
  if (!playing) return made()
  return (function* () {
    yield* playing
    return made()
  })()
}

function * recallReset(id: string, { gym, caller }: Call): Work<Result<'env/reset'>> {
  return showOpening(openingOf(id, yield* gym.keeper!.opening(id)), caller.privileged)
}

function actionsOf({ action, actions }: Params<'env/step'>): Action[] {
  if (action !== undefined && actions !== undefined) throw new GymError('GYM_INVALID_PARAMS', 'a step has either action or actions', { path: 'actions', expected: 'action, or with parallel_frames actions' })
  if (action === undefined && actions === undefined) throw new GymError('GYM_INVALID_PARAMS', 'is missing', { path: 'action', expected: 'an action' })
  return actions ?? [action!]
}

function step(params: Params<'env/step'>, live: LiveEpisode, call: Call): Result<'env/step'> | Work<Result<'env/step'>> {
  // Others may not be through with the step before: an endpoint failed.
  const behind = params.seq === undefined || params.seq > live.episode.seq ? playOthers(live, call) : undefined
  if (!behind) return take(params, live, call)
  return (function* () {
    yield* behind
    const taken = take(params, live, call)
    return isWork(taken) ? yield* taken : taken
  })()
}

function take(params: Params<'env/step'>, live: LiveEpisode, call: Call): Result<'env/step'> | Work<Result<'env/step'>> {
  const actions = actionsOf(params)
  const { seq } = params
  const isNext = seq === undefined || seq === live.episode.seq + 1
  if (!live.episode.isLive || !isNext) return takeWith(params, actions, [], live, call)
  return (function* () {
    const taken = takeWith(params, actions, yield* askServers(live, actions, call), live, call)
    return isWork(taken) ? yield* taken : taken
  })()
}

function takeWith(params: Params<'env/step'>, actions: readonly Action[], answers: readonly ServedReply[], live: LiveEpisode, call: Call): Result<'env/step'> | Work<Result<'env/step'>> {
  const { seq } = params
  call.gym.keeper?.requireStore()
  const before = live.pace === 0 ? 0 : live.episode.observation.clock_ms
  const wasOver = live.episode.ended
  if (seq === undefined || seq > live.episode.seq) call.gym.episodes.requireRoom(live)
  const { outcome, seq: at, repeated } = live.step(actions, seq, answers)
  const answer = (latest: StepOutcome): Result<'env/step'> => {
    call.gym.episodes.weigh(live)
    if (!wasOver && (latest.terminated || latest.truncated)) noteEnd(live, latest, call)
    if (live.pace > 0 && !repeated) call.hold = { live, ms: Math.max(0, latest.observation.clock_ms - before) * live.pace }
    return showStep(latest, at, call.caller.privileged)
  }
  // A step that is asked for again may not be through: an endpoint failed.
  const playing = at === live.episode.seq ? playOthers(live, call) : undefined
  if (!playing) return answer(at === live.episode.seq ? live.episode.last : outcome)
  return (function* () {
    yield* playing
    return answer(live.episode.last)
  })()
}

/** Closes an episode in memory, or one that only the store has, which need not come back for it. */
function close(id: string, call: Call): Result<'env/close'> {
  const { episodes, keeper } = call.gym
  call.gym.sweeps?.leases.abandoned(id, 'its client closed it')
  const closed = episodes.release(id) || keeper?.store.has(id) === true
  if (closed) call.kept = keeper?.close(id)
  return { closed }
}

/** Counts an end; a fault of the environment is also reported, because no caller may read what broke. */
function noteEnd(live: LiveEpisode, outcome: StepOutcome, { gym }: Call): void {
  const reason = outcome.info.stop_reason ?? 'unknown'
  gym.tally.countEnd(reason)
  gym.toolServers.close(live.id)
  gym.sweeps?.leases.ended(live.id, live.episode)
  if (reason !== 'env_error') return
  const end = live.episode.events().at(-1)
  const { scenario, task, seed, luck } = live.episode.identity
  gym.report('env_error', new Error(`${scenario} ${task} seed ${seed} luck ${luck}: ${end?.type === 'end' ? end.fault : 'unknown'}`))
}

export const episodeMethods: Methods<'env/reset' | 'env/step' | 'env/resume' | 'env/close'> = {
  'env/reset': (params, call) => createOnce('env/reset', params, call, {
    count: 1,
    create() {
      const { scenario: ref, seed, task } = params
      if (!isGenerated(ref)) return opened(reset(params, call.gym.scenario(ref), call), call)
      return (function* () {
        const made = opened(reset(params, yield* call.gym.scenarioStepwise(ref, seed, task), call), call)
        return isWork(made) ? yield* made : made
      })()
    },
    recall: (episodes) => recallReset(onlyOne(episodes), call),
  }),

  'env/step': (params, call) => onEpisodeAt(params.episode, params.seq, call, (live) => step(params, live, call)),

  'env/resume': ({ episode: id }, call) => onEpisode(id, call, (live) => {
    const { seq, last } = live.episode
    return { seq, last: seq === 0 ? showOpening(live.opening, call.caller.privileged) : showStep(last, seq, call.caller.privileged) }
  }),

  'env/close': ({ episode: id }, call) => {
    const { episodes, keeper } = call.gym
    keeper?.requireStore()
    // One that is on its way back, or whose answers wait in real time, has its line to stand in.
    return episodes.has(id) || episodes.returning.has(id) ? onEpisode(id, call, () => close(id, call), () => ({ closed: false })) : close(id, call)
  },
}
