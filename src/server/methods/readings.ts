/** `env/state`, `env/render` and `trajectory/get`: looking at an episode without touching it. */
import { renderTranscript } from '../../record/transcript.ts'
import { showEvents, showTrajectory } from '../answers.ts'
import type { Methods } from '../method.ts'
import { onEpisode } from '../use-episode.ts'

export const readingMethods: Methods<'env/state' | 'env/render' | 'trajectory/get'> = {
  'env/state': ({ episode: id }, call) => onEpisode(id, call, (live) => live.episode.inspect()),

  'env/render': ({ episode: id, mode = 'ansi' }, call) => onEpisode(id, call, (live) => {
    const events = showEvents(live.episode.events(), call.caller.privileged)
    return { text: mode === 'json' ? JSON.stringify(events) : renderTranscript(events, { colour: true }) }
  }),

  'trajectory/get': ({ episode: id }, call) => onEpisode(id, call, (live) => ({
    trajectory: showTrajectory(live.episode.trajectory(), call.caller.privileged),
  })),
}
