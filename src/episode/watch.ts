/** Conditions that a task wants to hold after every commit: those that do not are noted in the event, for its verdict. */
import type { Change } from '../../protocol/event.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import type { EpisodeView } from './task.ts'

/** A moment at which conditions are looked at. */
export type WatchMoment = Pick<EpisodeView, 'task' | 'base' | 'overlay' | 'clockMs'>

export type Watch = {
  /**
   * Ids of the conditions that do not hold. `since` is what was found before and the tables that have changed: what
   * reads none of those is as it was.
   * @throws SpecFault for a condition that costs too much
   */
  broken(moment: WatchMoment, since?: { readonly broken: readonly string[]; readonly tables: ReadonlySet<string> }): readonly string[]
}

/** Looks at the conditions after a commit at a virtual time; gives what its event holds. */
export function noteBroken(state: EpisodeState, changes: readonly Change[], at: number): { violates?: string[] } {
  const { watch } = state.task.template
  if (!watch || !changes.length) return {}
  const { task, overlay } = state
  state.broken = watch.broken({ task, base: baseOf(state), overlay, clockMs: at }, { broken: state.broken, tables: new Set(changes.map(({ table }) => table)) })
  return state.broken.length ? { violates: [...state.broken] } : {}
}
