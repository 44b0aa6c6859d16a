/** What a sweep and its threads say to each other. */
import type { Endpoint } from '../../llm/endpoint.ts'
import type { StoredEpisode } from '../../store/sweep-store.ts'
import type { Plan } from '../../sweep/plan.ts'
import type { SourceParts } from './scenario-source.ts'

/** What a thread is told when it begins. */
export type Order = { readonly plan: Plan; readonly parts: SourceParts; readonly endpoints: ReadonlyMap<string, Endpoint>; /** Whether others on this machine go first. */ readonly background: boolean }

/** Episodes that it is to play, by number. */
export type Task = { readonly units: readonly number[] }

/** An episode that was played. */
export type Result = StoredEpisode & { /** The endpoint takes nothing from us: no other episode will fare better. */ readonly isRefused?: boolean }
