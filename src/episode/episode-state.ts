/** Everything an episode is at one moment; `fork` copies it in time that does not depend on its length. */
import type { Identity } from '../../protocol/identity.ts'
import type { UserMemory } from '../../protocol/user-answer.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import { DynamicsState } from '../dynamics/dynamics-state.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Entry, Overlay } from '../world/overlay.ts'
import { digestOf } from '../core/digest.ts'
import type { Ending } from './ending.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import type { EventLog } from './event-log.ts'
import type { Potential, TaskInstance } from './task.ts'

/** One running agent. */
export type Frame = {
  readonly path: string
  readonly agent: string
  readonly depth: number
  /** Virtual milliseconds. */
  clock: number
  turns: number
  calls: number
  tokens: number
}

export type EpisodeState = {
  readonly scenario: CompiledScenario
  readonly identity: Identity
  readonly task: TaskInstance
  readonly dynamics: CompiledDynamics
  /** The overlay as the task's set-up left it; nobody writes to it. */
  readonly start: Overlay
  overlay: Overlay
  /** What the simulated user remembers, where there is one. */
  user: UserMemory | undefined
  /** Digest of all that the user answered so far; empty before anything was said. */
  talk: string
  dynamicsState: DynamicsState
  log: EventLog
  /** Luck from here on; a fork may change it. */
  luck: number
  frame: Frame
  /** Messages of the world that their actors have not seen yet. */
  mail: { readonly agent: readonly string[]; readonly user: readonly string[] }
  /** Names of the tools that the agent was last shown. */
  shown: readonly string[] | undefined
  /** Units that the calls of the present turn may still cost together; no part of the hash, since turns are whole. */
  units: number
  /** Steps answered so far. */
  seq: number
  /** Sum of the rewards paid. */
  paid: number
  /** Watched conditions of the task that did not hold after the latest commit; it follows from the rows, so it is no part of the hash. */
  broken: readonly string[]
  /** Potential of the state after the last step, with shaping; it follows from the journal, as `paid` does. */
  shaped: Potential | undefined
  /** Forks made of this episode. */
  forks: number
  ended: boolean
  /** How it ended; part of the log, not of the hash. */
  ending: Ending | undefined
}

/** The seeded rows under this episode: asked for anew each turn, so that idle episodes hold none in memory. */
export function baseOf({ scenario, identity }: EpisodeState): BaseWorld {
  return scenario.baseOf(identity.seed)
}

/** An independent copy. */
export function forkState(state: EpisodeState): EpisodeState {
  return {
    ...state,
    overlay: state.overlay.fork(),
    dynamicsState: new DynamicsState(state.dynamicsState),
    log: state.log.fork(),
    frame: { ...state.frame },
    forks: 0,
  }
}

function entryJson(key: string, { row, columns, mark }: Entry): unknown {
  return [key, row && { ...row }, columns, mark]
}

/** The overlay as data: tables by name, changed rows by key, with their causes. */
export function overlayJson(state: EpisodeState): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const table of state.scenario.world.tables) {
    const entries = state.overlay.entries(table.position)
    const inserted = state.overlay.insertedCount(table.position)
    if (!entries?.size && !inserted) continue
    const rows = [...(entries ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => entryJson(key, entry))
    out[table.name] = { rows, inserted }
  }
  return out
}

/** SHA-256 over identity, overlay with causes, frames, clocks, budgets and counters. */
export function hashState(state: EpisodeState): string {
  const { identity, luck, frame, seq, paid, ended, log, mail, shown, user, talk } = state
  return digestOf({ identity, luck, frame, seq, paid, ended, mail, shown, ...(user ? { user, talk } : {}), timers: state.overlay.timers, events: log.length, overlay: overlayJson(state), dynamics: state.dynamicsState.toJson() })
}
