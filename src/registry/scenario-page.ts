/** One page of a list of scenarios, and the cursor that leads to the next. */
import type { Params } from '../../protocol/methods.ts'
import type { ScenarioSummary } from '../../protocol/summary.ts'
import { digestOf } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'
import { asks, rank, type SearchText } from './scenario-search.ts'

/** A scenario as it is listed. */
export type Listed = { readonly summary: ScenarioSummary; readonly text: SearchText }

type Filters = Params<'scenario/list'>
type Ranked = { readonly score: number; readonly listed: Listed }
/** Where a page ended: score, name, and which filters it belongs to. */
type Place = readonly [score: number, name: string, filters: string]

const PAGE = 50

function spellPlace(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** @throws GymError GYM_INVALID_PARAMS for what this server never gave out, or gave out for other filters */
function readPlace(cursor: string, filters: string): Place {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Place
    if (Array.isArray(place) && place.length === 3 && typeof place[0] === 'number' && typeof place[1] === 'string') {
      if (place[2] === filters) return place
      throw new GymError('GYM_INVALID_PARAMS', 'params.cursor belongs to a list with other filters', { path: 'params.cursor', expected: 'the filters of the page before' })
    }
  } catch (error) {
    if (error instanceof GymError) throw error
  }
  throw new GymError('GYM_INVALID_PARAMS', 'params.cursor is not one that this server gave out', { path: 'params.cursor' })
}

function fits({ name, tags, origin, tasks }: ScenarioSummary, filters: Filters): boolean {
  const { tags: wanted = [], prefix = '', min_tasks = 0, max_tasks = Infinity } = filters
  return name.startsWith(prefix) && (filters.origin ?? origin) === origin && tasks >= min_tasks && tasks <= max_tasks && wanted.every((tag) => tags.includes(tag))
}

/** The best first; names are unique, so no two places are equal. */
function compare(a: readonly [number, string], b: readonly [number, string]): number {
  return b[0] - a[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)
}

/** The page that filters and cursor ask for. */
export function pageOf(all: Iterable<Listed>, { cursor, limit = PAGE, ...filters }: Filters): { scenarios: ScenarioSummary[]; next: string | null } {
  const key = digestOf(filters).slice(0, 16)
  const after = cursor === undefined ? undefined : readPlace(cursor, key)
  const query = filters.query ?? ''
  const searching = asks(query)
  const found: Ranked[] = []
  for (const listed of all) {
    const { summary, text } = listed
    if (!fits(summary, filters)) continue
    const score = searching ? rank(query, summary.name, text) : 0
    if (searching && score === 0) continue
    if (!after || compare([after[0], after[1]], [score, summary.name]) < 0) found.push({ score, listed })
  }
  found.sort((a, b) => compare([a.score, a.listed.summary.name], [b.score, b.listed.summary.name]))
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const next = last && found.length > limit ? spellPlace([last.score, last.listed.summary.name, key]) : null
  return { scenarios: page.map(({ listed }) => listed.summary), next }
}
