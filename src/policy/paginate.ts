/** Collects a list that comes a page at a time. */
import type { CompiledEntry } from '../dynamics/compiled-entry.ts'
import { listIn } from '../dynamics/json-place.ts'
import { type Attempt, type Caller, type Play, type Wanted } from './attempt.ts'
import { parseContent } from './plan.ts'

/** Pages of one list. */
const MOST_PAGES = 50

/**
 * Follows the cursors from a first page on and puts the list together; 'again' when a page did not come or its
 * cursor had expired.
 */
export function* collectPages(caller: Caller, wanted: Wanted, { spec }: CompiledEntry, first: Attempt): Play<{ readonly json: unknown } | 'again'> {
  if (spec.kind !== 'pagination.cursor_expiry' || first.message.is_error) return 'again'
  const page = parseContent(first.message.content) as { readonly next_cursor?: string | null }
  if (page === null || typeof page !== 'object' || page.next_cursor === undefined) return 'again'
  const { next_cursor: _cursor, ...rest } = page
  const list = listIn(rest)!
  const items = [...list.items]
  let cursor = page.next_cursor
  for (let n = 0; cursor !== null && n < MOST_PAGES; n++) {
    const next = yield* caller.try(wanted, undefined, { [spec.param]: cursor })
    const others = caller.entriesBehind(next.event).filter((entry) => entry.recovery.length && entry.spec.kind !== spec.kind)
    const body = parseContent(next.message.content) as { readonly next_cursor?: string | null } | null
    if (next.message.is_error && others.length) {
      // The page can be had again: its cursor may still be good.
      yield* caller.pause(1000)
      continue
    }
    if (others.length || next.message.is_error || body === null || typeof body !== 'object' || body.next_cursor === undefined) return 'again'
    items.push(...((body as Record<string, unknown>)[list.field!] as readonly unknown[]))
    cursor = body.next_cursor
  }
  const bare = Object.keys(rest).length === 1 && list.field === 'items'
  return { json: bare ? items : { ...rest, [list.field!]: items } }
}
