/** `env/fork`, `env/snapshot` and `env/restore`: one past, many futures. */
import { Snapshot } from '../../../protocol/identity.ts'
import type { Params } from '../../../protocol/methods.ts'
import { Episode } from '../../episode/episode.ts'
import { showSnapshot } from '../answers.ts'
import { createOnce } from '../create-once.ts'
import { LiveEpisode } from '../live-episode.ts'
import type { Call, Methods } from '../method.ts'
import { refusalOf } from '../refusal.ts'
import { useEpisode } from '../use-episode.ts'

function fork(parent: LiveEpisode, { at, luck = 'same' }: Params<'env/fork'>, { gym }: Call): LiveEpisode {
  return new LiveEpisode(gym.episodes.newId(), parent.fork(at, luck), parent.pace, gym.clock.now())
}

function restore(params: Params<'env/restore'>, { gym }: Call): LiveEpisode {
  const parsed = Snapshot.safeParse(params.snapshot)
  if (!parsed.success) throw refusalOf('GYM_SNAPSHOT_INVALID', 'params.snapshot', Snapshot, params.snapshot, parsed.error.issues)
  const { identity } = parsed.data
  // A version that is not known is refused by its digest, beside the newest one.
  const known = gym.scenarios.versions(identity.scenario).some(({ digest }) => digest === identity.digest)
  const scenario = gym.scenario(known ? `${identity.scenario}@${identity.digest}` : identity.scenario, 'params.snapshot.identity.scenario')
  return new LiveEpisode(gym.episodes.newId(), Episode.restore(scenario, parsed.data), 0, gym.clock.now())
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

  'env/snapshot': ({ episode: id }, call) => ({ snapshot: showSnapshot(useEpisode(id, call).episode.snapshot(), call.caller.privileged) }),

  'env/restore': (params, call) => createOnce('env/restore', params, call, 1, () => {
    const live = restore(params, call)
    return { created: [live], result: { ...live.opening, seq: live.episode.seq, ended: live.episode.ended } }
  }),
}
