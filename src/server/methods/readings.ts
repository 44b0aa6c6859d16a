/** `env/state`, `env/render` and `trajectory/get`: looking at an episode without touching it. */
import { renderTranscript } from '../../record/transcript.ts'
import { showEvents, showTrajectory } from '../answers.ts'
import type { Methods } from '../method.ts'
import { useEpisode } from '../use-episode.ts'

export const readingMethods: Methods<'env/state' | 'env/render' | 'trajectory/get'> = {
  'env/state': ({ episode: id }, call) => useEpisode(id, call).episode.inspect(),

  'env/render': ({ episode: id, mode = 'ansi' }, call) => {
    const events = showEvents(useEpisode(id, call).episode.events(), call.caller.privileged)
    return { text: mode === 'json' ? JSON.stringify(events) : renderTranscript(events, { colour: true }) }
  },

  'trajectory/get': ({ episode: id }, call) => ({
    trajectory: showTrajectory(useEpisode(id, call).episode.trajectory(), call.caller.privileged),
  }),
}
