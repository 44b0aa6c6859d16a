/** `env/reset`, `env/step`, `env/resume` and `env/close`: playing one episode. */
import type { Params } from '../../../protocol/methods.ts'
import { Episode } from '../../episode/episode.ts'
import type { StepOutcome } from '../../episode/step-outcome.ts'
import { showStep } from '../answers.ts'
import { createOnce } from '../create-once.ts'
import { LiveEpisode } from '../live-episode.ts'
import type { Call, Methods } from '../method.ts'
import { useEpisode } from '../use-episode.ts'

type Time = NonNullable<NonNullable<Params<'env/reset'>['options']>['time']>

function paceOf(time: Time = 'virtual'): number {
  return time === 'virtual' ? 0 : time === 'real' ? 1 : time.scale
}

function reset(params: Params<'env/reset'>, { gym }: Call): LiveEpisode {
  const scenario = gym.scenario(params.scenario)
  const { time, ...options } = params.options ?? {}
  const episode = Episode.start(scenario, { seed: params.seed, ...(params.task !== undefined && { task: params.task }), options })
  return new LiveEpisode(gym.episodes.newId(), episode, paceOf(time), gym.clock.now())
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
  'env/reset': (params, call) => createOnce('env/reset', params, call, 1, () => {
    const live = reset(params, call)
    return { created: [live], result: live.opening }
  }),

  'env/step': ({ episode: id, action, seq }, call) => {
    const live = useEpisode(id, call)
    const before = live.pace === 0 ? 0 : live.episode.observation.clock_ms
    const { outcome, seq: at, repeated } = live.step(action, seq)
    if (!repeated && (outcome.terminated || outcome.truncated)) noteEnd(live, outcome, call)
    if (live.pace > 0 && !repeated) call.hold = { live, ms: (outcome.observation.clock_ms - before) * live.pace }
    return showStep(outcome, at, call.caller.privileged)
  },

  'env/resume': ({ episode: id }, call) => {
    const live = useEpisode(id, call)
    const { seq, last } = live.episode
    return { seq, last: seq === 0 ? live.opening : showStep(last, seq, call.caller.privileged) }
  },

  'env/close': ({ episode: id }, call) => {
    if (!call.gym.episodes.has(id)) return { closed: false }
    useEpisode(id, call)
    return { closed: call.gym.episodes.close(id) }
  },
}
