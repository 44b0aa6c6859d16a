/** Milestones matched to events: which of them can be reached together, one event for each. */

/** An event, and the milestones that it fits, as bits. */
export type Fit = { readonly event: number; readonly fits: number }

/** Milestones that were reached, as bits, and the event of each by its number. */
export type Reached = { readonly mask: number; readonly events: ReadonlyMap<number, number> }

/** How a set of milestones came to be reached. */
type Path = { readonly milestone: number; readonly event: number; readonly before: Path | undefined }

/** So many milestones may wait for events of their own: sets of them are kept by the thousand at most. */
export const MOST_MATCHED = 12

/**
 * The most worthy matching, each milestone with an event of its own that comes after those of all that it needs. The
 * events are gone through in order with all sets that can have been reached so far. Whoever has reached more can do
 * whatever those with less can still do, so an event that fits something open is never left unused: it makes several
 * sets out of one only where it fits several.
 * @param needs of each milestone, those that have to be reached before, as bits; undefined when it cannot be reached
 * @param worth of a set; it grows with the set
 */
export function reachMost(log: readonly Fit[], needs: readonly (number | undefined)[], worth: (mask: number) => number): Reached {
  let paths = new Map<number, Path | undefined>([[0, undefined]])
  // Kinds of events that have nothing more to give until some set grows.
  const spent = new Set<number>()
  for (const { event, fits } of log) {
    if (spent.has(fits)) continue
    const grown = new Map<number, Path | undefined>()
    let grew = false
    for (const [mask, path] of paths) {
      const open = openOf(fits & ~mask, mask, needs)
      if (!open.length && !grown.has(mask)) grown.set(mask, path)
      for (const milestone of open) {
        grew = true
        const more = mask | (1 << milestone)
        if (!grown.has(more)) grown.set(more, { milestone, event, before: path })
      }
    }
    if (grew) {
      paths = grown
      spent.clear()
    } else spent.add(fits)
  }
  let [best, bestWorth] = [0, -1]
  for (const mask of paths.keys()) if (worth(mask) > bestWorth) [best, bestWorth] = [mask, worth(mask)]
  const events = new Map<number, number>()
  for (let path = paths.get(best); path; path = path.before) events.set(path.milestone, path.event)
  return { mask: best, events }
}

/** Of some milestones those whose needs have been reached. */
function openOf(bits: number, mask: number, needs: readonly (number | undefined)[]): number[] {
  const open: number[] = []
  for (let i = 0; bits >> i; i++) {
    const need = needs[i]
    if (bits & (1 << i) && need !== undefined && (need & ~mask) === 0) open.push(i)
  }
  return open
}
