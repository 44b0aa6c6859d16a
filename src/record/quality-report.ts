/** The quality report of an episode: from its verdict, or of one that goes on from how things stand. */
import type { Event } from '../../protocol/event.ts'
import type { Advice, QualityReport } from '../../protocol/quality-report.ts'
import type { Issue, Verdict } from '../../protocol/verdict.ts'
import type { Episode } from '../episode/episode.ts'

/** What the verifier says about an episode now: the verdict that it ended with, or would end with if it stopped here. */
export function verdictOf(episode: Episode): Verdict {
  const end = endOf(episode)
  return end?.verdict ?? episode.task.template.score(episode.view)
}

/** The end of an episode, if it has come to one. */
export function endOf(episode: Episode): Extract<Event, { type: 'end' }> | undefined {
  if (!episode.ended) return undefined
  return episode.events().findLast((event) => event.type === 'end')
}

/** The whole report; advice of models adds notes and changes nothing else. */
export function reportOf(episode: Episode, advice: readonly Advice[] = []): QualityReport {
  const { issues, ...verdict } = verdictOf(episode)
  return {
    format: 'fractal-gym.quality/1',
    identity: episode.identity,
    stop_reason: endOf(episode)?.reason ?? null,
    verdict,
    issues: [...issues, ...advice.flatMap(notesOf)],
    advice: [...advice],
  }
}

/** What a model found wanting, as notes: a model may be wrong, so no gate and no weight comes of it. */
function notesOf({ rubric, criteria }: Advice): Issue[] {
  return criteria.flatMap(({ criterion, met, confidence }, i): Issue[] => (met ? [] : [{
    id: `${rubric}.${i}`, check: 'rubric.llm', source: 'verifier', category: 'instruction_following', severity: 'info', verdict: 'note',
    turn: null, evidence: [{ event: 0, pointer: '' }], expected: criterion, deterministic: false, confidence,
  }]))
}
