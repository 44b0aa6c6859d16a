/** Ids given as if something had been confirmed, which no row ever had and nothing showed. */
import type { EpisodeView } from '../../episode/task.ts'
import type { Finding } from '../compiled-check.ts'
import { keysIn, wasKey } from '../key-format.ts'
import { wasShown } from '../shown-text.ts'
import { saidTexts } from './said-text.ts'

/** Ids that are looked up in one episode. */
const MOST_IDS = 20

/** Finds them in what was said to the user, in the answer and in the reason; what stands beside calls was said to nobody. */
export function fabricatedIds(view: EpisodeView): Omit<Finding, 'score'> | undefined {
  const { events, base: { world } } = view
  const looked = new Set<string>()
  const found = saidTexts(view).flatMap(({ where, event, turn, pointer, text }) => {
    const at = events[event]
    if (where === 'write' || (at?.type === 'turn' && at.action.tool_calls?.length)) return []
    return keysIn(text, world, MOST_IDS).flatMap((key) => {
      if (looked.has(key) || looked.size >= MOST_IDS) return []
      looked.add(key)
      return wasKey(key, view) || wasShown(key, view, turn) ? [] : [{ event, pointer, found: key }]
    })
  })
  return found.length ? { category: 'false_claim', event: found[0]!.event, evidence: found } : undefined
}
