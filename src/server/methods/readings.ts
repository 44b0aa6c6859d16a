/** `env/state`, `env/render`, `trajectory/get` and `report/get`: looking at an episode without touching it. */
import { GymError } from '../../core/gym-error.ts'
import { reportOf } from '../../record/quality-report.ts'
import { renderTranscript } from '../../record/transcript.ts'
import { showEvents, showReport, showTrajectory } from '../answers.ts'
import type { Methods } from '../method.ts'
import { onEpisode } from '../use-episode.ts'

export const readingMethods: Methods<'env/state' | 'env/render' | 'trajectory/get' | 'report/get'> = {
  'env/state': ({ episode: id }, call) => onEpisode(id, call, (live) => live.episode.inspect()),

  'env/render': ({ episode: id, mode = 'ansi' }, call) => onEpisode(id, call, (live) => {
    const events = showEvents(live.episode.events(), call.caller.privileged)
    return { text: mode === 'json' ? JSON.stringify(events) : renderTranscript(events, { colour: true }) }
  }),

  'trajectory/get': ({ episode: id }, call) => onEpisode(id, call, (live) => ({
    trajectory: showTrajectory(live.episode.trajectory(), call.caller.privileged),
  })),

  'report/get': ({ episode: id }, call) => onEpisode(id, call, ({ episode }) => {
    // What a verdict would be now tells a policy what is missing.
    if (!episode.ended && !call.caller.privileged) throw new GymError('GYM_FORBIDDEN', 'the episode goes on; what its verdict would be now is for the admin token', { path: 'episode', expected: 'an episode that has ended' })
    return { report: showReport(reportOf(episode), call.caller.privileged) }
  }),
}
