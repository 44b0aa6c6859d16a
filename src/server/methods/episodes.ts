/** `env/reset`, `env/step`, `env/resume` and `env/close`: playing one episode. */
import type { Params } from '../../../protocol/methods.ts'
import { GymError } from '../../core/gym-error.ts'
import { Episode } from '../../episode/episode.ts'
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
  const id = gym.episodes.newId()
  return new LiveEpisode({
    id,
    episode,
    opening: { episode: id, observation: episode.observation, info: episode.info },
    pace: paceOf(time),
    usedAt: gym.clock.now(),
  })
}

/** `meta` is opaque, but it is journalled, so it has to be writable as JSON. */
function checkMeta(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new GymError('GYM_INVALID_PARAMS', `${path} is not a finite number`, { path, expected: 'a finite number' })
  }
  if (value === null || typeof value !== 'object') return
  for (const [key, inner] of Object.entries(value)) checkMeta(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`)
}

export const episodeMethods: Methods<'env/reset' | 'env/step' | 'env/resume' | 'env/close'> = {
  'env/reset': (params, call) => createOnce('env/reset', params, call, 1, () => {
    const live = reset(params, call)
    return { created: [live], result: live.opening }
  }),

  'env/step': ({ episode: id, action, seq }, call) => {
    const live = useEpisode(id, call)
    if (action.meta !== undefined) checkMeta(action.meta, 'params.action.meta')
    const before = live.pace === 0 ? 0 : live.episode.observation.clock_ms
    const { outcome, seq: at, repeated } = live.step(action, seq)
    if (!repeated && (outcome.terminated || outcome.truncated)) call.gym.tally.countEnd(outcome.info.stop_reason ?? 'unknown')
    if (live.pace > 0 && !repeated) call.hold = { live, ms: (outcome.observation.clock_ms - before) * live.pace }
    return showStep(outcome, at, call.caller.privileged)
  },

  'env/resume': ({ episode: id }, call) => {
    const live = useEpisode(id, call)
    const { seq } = live.episode
    return { seq, last: live.last ? showStep(live.last.outcome, seq, call.caller.privileged) : live.opening }
  },

  'env/close': ({ episode: id }, call) => {
    if (!call.gym.episodes.has(id)) return { closed: false }
    useEpisode(id, call)
    return { closed: call.gym.episodes.close(id) }
  },
}
