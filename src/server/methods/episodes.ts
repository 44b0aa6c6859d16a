/** `env/reset`, `env/step`, `env/resume` and `env/close`: playing one episode. */
import type { Params, Result } from '../../../protocol/methods.ts'
import { Episode } from '../../episode/episode.ts'
import type { StepOutcome } from '../../episode/step-outcome.ts'
import { showStep } from '../answers.ts'
import { createOnce, onlyOne } from '../create-once.ts'
import { LiveEpisode } from '../live-episode.ts'
import type { Call, Methods, Work } from '../method.ts'
import { onEpisode, onEpisodeAt } from '../use-episode.ts'

type Time = NonNullable<NonNullable<Params<'env/reset'>['options']>['time']>

function paceOf(time: Time = 'virtual'): number {
  return time === 'virtual' ? 0 : time === 'real' ? 1 : time.scale
}

function reset(params: Params<'env/reset'>, { gym, caller }: Call): LiveEpisode {
  const scenario = gym.scenario(params.scenario)
  const { time, ...options } = params.options ?? {}
  const episode = Episode.start(scenario, { seed: params.seed, ...(params.task !== undefined && { task: params.task }), options })
  const now = gym.clock.now()
  return new LiveEpisode(gym.episodes.newId(), episode, paceOf(time), now, { principal: caller.principal, createdAt: now, openedWith: 0 })
}

function * recallReset(id: string, { gym }: Call): Work<Result<'env/reset'>> {
  const { observation, info } = yield* gym.keeper!.opening(id)
  return { episode: id, observation, info }
}

function step({ action = {}, seq }: Params<'env/step'>, live: LiveEpisode, call: Call): Result<'env/step'> {
  call.gym.keeper?.requireStore()
  const before = live.pace === 0 ? 0 : live.episode.observation.clock_ms
  if (seq === undefined || seq > live.episode.seq) call.gym.episodes.requireRoom(live)
  const { outcome, seq: at, repeated } = live.step(action, seq)
  call.gym.episodes.weigh(live)
  if (!repeated && (outcome.terminated || outcome.truncated)) noteEnd(live, outcome, call)
  if (live.pace > 0 && !repeated) call.hold = { live, ms: (outcome.observation.clock_ms - before) * live.pace }
  return showStep(outcome, at, call.caller.privileged)
}

/** Closes an episode in memory, or one that only the store has, which need not come back for it. */
function close(id: string, call: Call): Result<'env/close'> {
  const { episodes, keeper } = call.gym
  const closed = episodes.release(id) || keeper?.store.has(id) === true
  if (closed) call.kept = keeper?.close(id)
  return { closed }
}

/** Counts an end; a fault of the environment is also reported, because no caller may read what broke. */
function noteEnd(live: LiveEpisode, outcome: StepOutcome, { gym }: Call): void {
  const reason = outcome.info.stop_reason ?? 'unknown'
  gym.tally.countEnd(reason)
  if (reason !== 'env_error') return
  const end = live.episode.events().at(-1)
  const { scenario, task, seed, luck } = live.episode.identity
  gym.report('env_error', new Error(`${scenario} ${task} seed ${seed} luck ${luck}: ${end?.type === 'end' ? end.fault : 'unknown'}`))
}

export const episodeMethods: Methods<'env/reset' | 'env/step' | 'env/resume' | 'env/close'> = {
  'env/reset': (params, call) => createOnce('env/reset', params, call, {
    count: 1,
    create() {
      const live = reset(params, call)
      return { created: [live], result: live.opening }
    },
    recall: (episodes) => recallReset(onlyOne(episodes), call),
  }),

  'env/step': (params, call) => onEpisodeAt(params.episode, params.seq, call, (live) => step(params, live, call)),

  'env/resume': ({ episode: id }, call) => onEpisode(id, call, (live) => {
    const { seq, last } = live.episode
    return { seq, last: seq === 0 ? live.opening : showStep(last, seq, call.caller.privileged) }
  }),

  'env/close': ({ episode: id }, call) => {
    const { episodes, keeper } = call.gym
    keeper?.requireStore()
    // One that is on its way back, or whose answers wait in real time, has its line to stand in.
    return episodes.has(id) || episodes.returning.has(id) ? onEpisode(id, call, () => close(id, call), () => ({ closed: false })) : close(id, call)
  },
}
