import type { ResolvedOptions } from '../../protocol/identity.ts'

/** Bounds of one episode over all its frames: turns, calls, tokens, virtual milliseconds, levels below the root, frames opened, frames at one time. */
export type Budgets = ResolvedOptions['budgets']

/** What a scenario allows unless it says otherwise. */
export const DEFAULT_BUDGETS: Budgets = { turns: 50, calls: 200, tokens: 1_000_000, virtual_ms: 86_400_000, depth: 8, frames: 2000, concurrent_frames: 1100 }

/** The scenario's budgets, lowered where a reset asks for less. */
export function lowerBudgets(allowed: Budgets, asked: Partial<Budgets> | undefined): Budgets {
  const out = { ...allowed }
  for (const name of Object.keys(allowed) as (keyof Budgets)[]) {
    const wish = asked?.[name]
    if (wish !== undefined) out[name] = Math.min(out[name], wish)
  }
  return out
}
