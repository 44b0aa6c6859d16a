/** Collects a list that comes a page at a time. */
import { listIn } from '../dynamics/json-place.ts'
import type { Play } from './attempt.ts'

/** Pages of one list. */
const MOST_PAGES = 50

type Page = { readonly next_cursor?: string | null }

function isPage(json: unknown): json is Page {
  return json !== null && typeof json === 'object' && (json as Page).next_cursor !== undefined
}

/**
 * Follows the cursors from a first page on and puts the list together; 'again' when a page did not come, or its
 * cursor had expired.
 * @param read gives the page of a cursor, or undefined
 */
export function* collectPages(first: unknown, read: (cursor: string) => Play<unknown>): Play<{ readonly json: unknown } | 'again'> {
  if (!isPage(first)) return 'again'
  const { next_cursor: start, ...rest } = first
  const list = listIn(rest)!
  const items = [...list.items]
  for (let cursor = start ?? null, n = 0; cursor !== null && n < MOST_PAGES; n++) {
    const page = yield* read(cursor)
    if (!isPage(page)) return 'again'
    items.push(...((page as Record<string, unknown>)[list.field!] as readonly unknown[]))
    cursor = page.next_cursor ?? null
  }
  const bare = Object.keys(rest).length === 1 && list.field === 'items'
  return { json: bare ? items : { ...rest, [list.field!]: items } }
}
