/** What comes between the last step of a call and its commit: reactions, then guards, then invariants. */
import { runReactions } from './reaction.ts'
import { findRefusal } from './guard.ts'
import { checkInvariants } from './invariant.ts'
import type { CallEvaluation } from './step.ts'

/**
 * Closes a transaction that is about to commit; one that is refused has been undone, and the caller is told why.
 * @throws SpecFault naming an invariant that breaks and has nothing to say
 */
export function closeCall(cx: CallEvaluation): { readonly json: unknown } | undefined {
  const { tx } = cx
  if (!tx.dirty) return undefined
  const { reactions, guards, invariants } = tx.base.world
  const refused = runReactions(reactions, cx) ?? findRefusal(guards, tx, cx) ?? checkInvariants(invariants, tx, cx)
  if (refused) tx.abort()
  return refused
}
