/** Notes of a verdict: the agent's slips, and the faults that it met. They change no reward. */
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import type { Issue } from '../../protocol/verdict.ts'
import type { EpisodeView } from '../episode/task.ts'
import { noteOf } from './issue.ts'
import { slipsOf } from './slip.ts'

/** Slips, and events with faults, that a verdict lists; a last note says how many more there are. */
const MOST_SLIPS = 50
const MOST_FAULTS = 20

/** The notes of an episode. */
export function remarksOf(view: EpisodeView): Issue[] {
  return [...slipNotes(view), ...faultNotes(view.events)]
}

function slipNotes(view: EpisodeView): Issue[] {
  const slips = slipsOf(view)
  const notes = slips.slice(0, MOST_SLIPS).flatMap(({ category, events, pointer, about }, i) => noteOf({
    id: `slips.${category}.${i}`, check: 'slips', source: 'agent', category, severity: 'minor', expected: about,
    evidence: events.map((event, n) => ({ event, pointer: n === 0 ? pointer : '' })),
  }, view.events))
  const next = slips[MOST_SLIPS]
  return next ? [...notes, ...noteOf({ id: 'slips.more', check: 'slips', source: 'agent', category: next.category, severity: 'minor', expected: `and ${slips.length - MOST_SLIPS} more`, evidence: [{ event: next.events[0]!, pointer: '' }] }, view.events)] : notes
}

function faultNotes(events: readonly Event[]): Issue[] {
  const met = events.filter((event) => (event.type === 'user' || (event.type === 'call' && event.frame !== USER_FRAME)) && event.faults?.length)
  return met.slice(0, MOST_FAULTS + 1).flatMap((event, i) => {
    const faults = 'faults' in event ? event.faults ?? [] : []
    const expected = i === MOST_FAULTS ? `and ${met.length - MOST_FAULTS} more` : faults.map(({ kind }) => kind).join(', ')
    return noteOf({ id: `env.fault.${i}`, check: 'faults', source: 'env', category: 'env_fault', severity: 'info', expected, evidence: [{ event: event.index, pointer: '/faults' }] }, events)
  })
}
