/** `env/fork`, `env/snapshot` and `env/restore`: one past, many futures. */
import { Snapshot } from '../../../protocol/identity.ts'
import type { Params, Result } from '../../../protocol/methods.ts'
import { Episode } from '../../episode/episode.ts'
import { GymError } from '../../core/gym-error.ts'
import { showSnapshot } from '../answers.ts'
import { createOnce, onlyOne } from '../create-once.ts'
import { type Branch, LiveEpisode } from '../live-episode.ts'
import type { Call, Methods, Work } from '../method.ts'
import { requireLive } from '../ask-servers.ts'
import { playOthers } from '../play-others.ts'
import { requirePlayers } from '../players.ts'
import { refusalOf } from '../refusal.ts'
import { onEpisode, onEpisodeAt } from '../use-episode.ts'

/** A new live episode of the caller's, opened now with the journal that it has. */
function adopt(episode: Episode, pace: number, openedWith: number, { gym, caller }: Call): LiveEpisode {
  const now = gym.clock.now()
  return new LiveEpisode(gym.episodes.newId(), episode, pace, now, { principal: caller.principal, createdAt: now, openedWith })
}

function forkAll(parent: LiveEpisode, { at, luck = 'same' }: Params<'env/fork'>, count: number, call: Call): { created: LiveEpisode[]; shared: Branch['shared'] } {
  let shared: Branch['shared'] = { entries: 0, position: 0 }
  const created = Array.from({ length: count }, () => {
    const branch = parent.fork(at, luck)
    shared = branch.shared
    return adopt(branch.episode, parent.pace, shared.entries + (luck === 'fresh' ? 1 : 0), call)
  })
  return { created, shared }
}

function * restore(params: Params<'env/restore'>, call: Call): Work<LiveEpisode> {
  const parsed = Snapshot.safeParse(params.snapshot)
  if (!parsed.success) throw refusalOf('GYM_SNAPSHOT_INVALID', 'params.snapshot', Snapshot, params.snapshot, parsed.error.issues)
  const { identity, journal } = parsed.data
  // A version that is not known is refused by its digest, beside the newest one.
  const known = call.gym.scenarios.versions(identity.scenario).some(({ digest }) => digest === identity.digest)
  const scenario = yield* call.gym.scenarioStepwise(known ? `${identity.scenario}@${identity.digest}` : identity.scenario, identity.seed, identity.task, 'params.snapshot.identity.scenario')
  requirePlayers(parsed.data.identity.options.others, call.gym)
  requireLive(parsed.data.identity.options.tools, scenario, call.gym)
  const live = adopt(yield* Episode.restoreStepwise(scenario, parsed.data), 0, journal.length, call)
  const playing = playOthers(live, call)
  if (playing) {
    yield* playing
    live.origin.openedWith = live.episode.journalFrom(0).entries.length
  }
  return live
}

function restored(id: string, episode: Episode): Result<'env/restore'> {
  const { observation, observations } = episode.last
  return { episode: id, observation, ...(observations && { observations }), info: episode.info, seq: episode.seq, ended: episode.ended }
}

function * recallRestored(id: string, { gym }: Call): Work<Result<'env/restore'>> {
  return restored(id, yield* gym.keeper!.opening(id))
}

/** An episode of a sweep is played once, and not rehearsed. @throws GymError GYM_FORBIDDEN */
function requireFree(id: string, { gym }: Call): void {
  if (gym.sweeps?.leases.of(id)) throw new GymError('GYM_FORBIDDEN', 'the episode is of a sweep: until it has ended it is neither forked nor copied', { path: 'params.episode' })
}

/** What a live server answered holds rows that the caller may not see, and without it nothing could be restored. @throws GymError GYM_FORBIDDEN */
function requireShown({ episode }: LiveEpisode, { caller }: Call): void {
  if (episode.isLive && !caller.privileged) throw new GymError('GYM_FORBIDDEN', 'a snapshot of an episode with live tools holds the state of their server: it needs the admin token', { path: 'params.episode' })
}

export const branchMethods: Methods<'env/fork' | 'env/snapshot' | 'env/restore'> = {
  'env/fork': (params, call) => onEpisodeAt(params.episode, params.at, call, (parent) => {
    requireFree(parent.id, call)
    const count = params.count ?? 1
    return createOnce('env/fork', params, call, {
      count,
      create() {
        // The children share what of their parent's journal the store has been given.
        call.gym.keeper?.record(parent)
        const { created, shared } = forkAll(parent, params, count, call)
        return { created, result: { episodes: created.map(({ id }) => id) }, from: { parent, shared } }
      },
      recall: (episodes) => ({ episodes: [...episodes] }),
    }) as Result<'env/fork'>
  }),

  'env/snapshot': ({ episode: id }, call) => onEpisode(id, call, (live) => {
    requireFree(id, call)
    requireShown(live, call)
    return { snapshot: showSnapshot(live.episode.snapshot(), call.caller.privileged) }
  }),

  'env/restore': (params, call) => createOnce('env/restore', params, call, {
    count: 1,
    * create() {
      const live = yield* restore(params, call)
      return { created: [live], result: restored(live.id, live.episode) }
    },
    recall: (episodes) => recallRestored(onlyOne(episodes), call),
  }),
}
