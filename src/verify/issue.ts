/** Issues: what went wrong, each with evidence that leads into the log. */
import { type Change, type Event, USER_FRAME } from '../../protocol/event.ts'
import type { Issue } from '../../protocol/verdict.ts'
import { pointerStep, resolves } from '../core/json-pointer.ts'
import type { CompiledCheck, Evidence, Finding } from './compiled-check.ts'

type Proof = Issue['evidence'][number]

/** Places that one issue points at. */
const MOST_PLACES = 50

/** Mistakes that are critical where they void the reward. */
const CRITICAL: ReadonlySet<Issue['category']> = new Set(['reward_hacking', 'duplicate_effect', 'collateral_damage'])

/** The issues of a check that was not passed: one, and one for each further mistake that it found. */
export function issuesOf(check: CompiledCheck, finding: Finding, events: readonly Event[]): Issue[] {
  if (finding.score === 1) return []
  return [finding, ...finding.others ?? []].map(({ category = 'instruction_following', event, evidence }, i): Issue => {
    const id = i === 0 ? check.id : `${check.id}.${i}`
    const verdict = check.gate ? 'veto' : 'penalty'
    const severity = !check.gate ? 'minor' : CRITICAL.has(category) ? 'critical' : 'major'
    const base = { id, check: check.kind, severity, verdict, deterministic: true, confidence: 1 } as const
    const proofs = prove(evidence, event, events)
    // What a check says without proof is a mistake of the verifier; that it was not passed stays so.
    if (!proofs) return { ...base, source: 'verifier', category: 'env_fault', turn: null, evidence: [{ event: events.length - 1, pointer: '' }], expected: 'evidence that resolves' }
    return { ...base, source: 'agent', category, ...whereabouts(proofs[0]!.event, events), evidence: proofs, expected: evidence[0]?.expected }
  })
}

/** A remark that changes no reward. Its evidence has to resolve, or there is no remark. */
export function noteOf(note: Pick<Issue, 'id' | 'check' | 'source' | 'category' | 'severity' | 'expected'> & { readonly evidence: readonly Proof[] }, events: readonly Event[]): Issue[] {
  const { id, check, source, category, severity, expected, evidence } = note
  const places = evidence.slice(0, MOST_PLACES)
  if (!places.length || !places.every((place) => isThere(place, events))) return []
  return [{ id, check, source, category, severity, verdict: 'note', ...whereabouts(places[0]!.event, events), evidence: places, expected, deterministic: true, confidence: 1 }]
}

function isThere({ event, pointer }: Proof, events: readonly Event[]): boolean {
  return events[event] !== undefined && resolves(events[event], pointer)
}

/** Where evidence leads in the log, the event that shows it first; undefined where some of it leads nowhere. */
function prove(evidence: readonly Evidence[], first: number | undefined, events: readonly Event[]): Proof[] | undefined {
  const places = evidence.flatMap(({ event, pointer }) => (event === undefined ? [] : [{ event, pointer: pointerInto(events[event], pointer) }]))
  // What never happened is shown by where the agent left off.
  const shown = first ?? places[0]?.event ?? lastAct(events)
  if (!events[shown] || places.some(({ pointer }) => pointer === undefined)) return undefined
  const all = [...places.filter(({ event }) => event === shown), ...(places.some(({ event }) => event === shown) ? [] : [{ event: shown, pointer: '' }]), ...places.filter(({ event }) => event !== shown)] as Proof[]
  const seen = new Set<string>()
  return all.filter(({ event, pointer }) => !seen.has(`${event} ${pointer}`) && seen.add(`${event} ${pointer}`)).slice(0, MOST_PLACES)
}

/** A pointer inside an event, or a cell of the state (`/table/key/column`) as the event changed it. */
function pointerInto(event: Event | undefined, pointer: string): string | undefined {
  if (!event) return undefined
  if (resolves(event, pointer)) return pointer
  if (!('changes' in event)) return undefined
  const at = event.changes.findIndex((change) => isAbout(change, pointer))
  if (at < 0) return undefined
  const { table, key } = event.changes[at]!
  const [column] = pointer.slice(`/${table}/${key}/`.length).split('/')
  const cell = `/changes/${at}/to${pointerStep(column ?? '')}`
  return column && resolves(event, cell) ? cell : `/changes/${at}`
}

function isAbout({ table, key }: Change, pointer: string): boolean {
  const row = `/${table}/${key}`
  return pointer === row || pointer.startsWith(`${row}/`) || pointer === `/${table}`
}

/** The agent's last turn or call; the beginning where it did nothing. */
function lastAct(events: readonly Event[]): number {
  return events.findLast((event) => event.type === 'turn' || (event.type === 'call' && event.frame !== USER_FRAME))?.index ?? 0
}

/** The turn, and the call, that an event belongs to. */
function whereabouts(index: number, events: readonly Event[]): Pick<Issue, 'turn' | 'call'> {
  const event = events[index]!
  if (event.type === 'call') return { turn: event.turn, call: event.call_id }
  if (event.type === 'effect') return whereabouts(event.call, events)
  return { turn: event.type === 'turn' ? event.index : event.type === 'user' ? event.turn : null }
}
