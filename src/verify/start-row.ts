/** Rows as the agent found them. */
import type { EpisodeView } from '../episode/task.ts'
import type { Row } from '../world/evaluation.ts'

/** A row of the base, or as the set-up left it; undefined where there was none. */
export function startRow({ base, start }: Pick<EpisodeView, 'base' | 'start'>, table: number, key: string): Row | undefined {
  const prepared = start.entries(table)?.get(key)
  return prepared ? prepared.row ?? undefined : base.get(table, key)
}
