/** `env/fork`, `env/snapshot` and `env/restore`: one past, many futures. */
import { Snapshot } from '../../../protocol/identity.ts'
import type { Params } from '../../../protocol/methods.ts'
import { GymError } from '../../core/gym-error.ts'
import { Episode } from '../../episode/episode.ts'
import { createOnce } from '../create-once.ts'
import { LiveEpisode, type Recorded } from '../live-episode.ts'
import type { Call, Methods } from '../method.ts'
import { refusalOf } from '../refusal.ts'
import { useEpisode } from '../use-episode.ts'

function fork(parent: LiveEpisode, { at, luck = 'same' }: Params<'env/fork'>, { gym }: Call): LiveEpisode {
  const { episode, recorded, first } = parent.fork(at, luck)
  const id = gym.episodes.newId()
  return new LiveEpisode({
    id,
    episode,
    opening: { episode: id, observation: episode.observation, info: episode.info },
    pace: parent.pace,
    usedAt: gym.clock.now(),
    recorded,
    first,
  })
}

/** Of a restored episode only the last answer is known. */
function lastOf(episode: Episode): { recorded: Recorded[]; first: number } {
  const turn = episode.events().findLast((event) => event.type === 'turn')
  return turn ? { recorded: [{ action: turn.action, outcome: episode.last }], first: episode.seq } : { recorded: [], first: 1 }
}

function restore(params: Params<'env/restore'>, { gym }: Call): LiveEpisode {
  const parsed = Snapshot.safeParse(params.snapshot)
  if (!parsed.success) throw refusalOf('GYM_SNAPSHOT_INVALID', 'params.snapshot', Snapshot, params.snapshot, parsed.error.issues)
  const { identity } = parsed.data
  const scenario = gym.scenario(identity.scenario, 'params.snapshot.identity.scenario')
  if (scenario.digest !== identity.digest) {
    throw new GymError('GYM_SNAPSHOT_INVALID', `the snapshot is of other content of ${identity.scenario}`, { path: 'params.snapshot.identity.digest', expected: scenario.digest })
  }
  const episode = Episode.restore(scenario, parsed.data)
  const id = gym.episodes.newId()
  return new LiveEpisode({
    id,
    episode,
    opening: { episode: id, observation: episode.observation, info: episode.info },
    pace: 0,
    usedAt: gym.clock.now(),
    ...lastOf(episode),
  })
}

export const branchMethods: Methods<'env/fork' | 'env/snapshot' | 'env/restore'> = {
  'env/fork': (params, call) => {
    const parent = useEpisode(params.episode, call)
    const count = params.count ?? 1
    return createOnce('env/fork', params, call, count, () => {
      const created = Array.from({ length: count }, () => fork(parent, params, call))
      return { created, result: { episodes: created.map(({ id }) => id) } }
    })
  },

  'env/snapshot': ({ episode: id }, call) => ({ snapshot: useEpisode(id, call).episode.snapshot() }),

  'env/restore': (params, call) => createOnce('env/restore', params, call, 1, () => {
    const live = restore(params, call)
    return { created: [live], result: { ...live.opening, seq: live.episode.seq, ended: live.episode.ended } }
  }),
}
