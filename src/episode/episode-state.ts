/** Everything an episode is at one moment; `fork` copies it in time that does not depend on its length. */
import type { ServedReply } from '../../protocol/cassette.ts'
import type { Identity, Snapshot } from '../../protocol/identity.ts'
import type { UserMemory } from '../../protocol/user-answer.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import { DynamicsState } from '../dynamics/dynamics-state.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Entry, Overlay } from '../world/overlay.ts'
import type { Chain } from '../core/chain.ts'
import { digestOf } from '../core/digest.ts'
import type { Ending } from './ending.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import type { EventLog } from './event-log.ts'
import { copyFrame, type Frame, frameJson } from './frame.ts'
import { type GlobalStorage, storageJson } from './global-storage.ts'
import type { Replay } from './replay-feed.ts'
import type { Potential, TaskInstance } from './task.ts'

/** What is played again to rebuild an episode: an action, what a user answered, or a fork's new luck. */
export type JournalEntry = Snapshot['journal'][number]

/** What all frames have used up together. */
export type Spent = { turns: number; calls: number; tokens: number }

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
  /** The frame in charge: the one whose turn it is, or was last. */
  frame: Frame
  /** All frames by path, in the order in which they were opened. */
  frames: Map<string, Frame>
  /** Path of the frame that acts for the root. */
  lead: string
  spent: Spent
  /** Actions given so far, those that are held included; no part of the hash. */
  given: number
  storage: GlobalStorage
  /** What came from outside, in the order in which it came. */
  journal: Chain<JournalEntry>
  /** Answers of the user that are played again; no part of the state. */
  replay: Replay | undefined
  /** Answers of live servers that the present step was given and has not used; empty between steps. */
  answers: ServedReply[]
  /** That the episode ends as soon as the world has come so far, and whether by itself. */
  stop: { readonly ending: Ending; readonly natural: boolean } | undefined
  /** Messages of the world that their actors have not seen yet. */
  mail: { readonly agent: readonly string[]; readonly user: readonly string[] }
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
  const frames = new Map([...state.frames].map(([path, frame]) => [path, copyFrame(frame)]))
  return {
    ...state,
    overlay: state.overlay.fork(),
    dynamicsState: new DynamicsState(state.dynamicsState),
    log: state.log.fork(),
    journal: state.journal.fork(),
    frames,
    frame: frames.get(state.frame.path)!,
    spent: { ...state.spent },
    answers: [],
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

/**
 * SHA-256 over identity, overlay with causes, frames, clocks, budgets and counters. What was looked at when, and
 * answers that wait for their time, are no part of it: so the order in which answers arrive changes nothing.
 */
export function hashState(state: EpisodeState): string {
  const { identity, luck, paid, ended, log, mail, user, talk, storage, spent, lead, frames } = state
  const sequential = identity.options.parallel_frames ? {} : { seq: state.seq, shown: state.frame.shown }
  return digestOf({
    identity, luck, frames: [...frames.values()].map(frameJson), lead, spent, ...sequential, paid, ended, mail, ...(user ? { user, talk } : {}), storage: storageJson(storage),
    timers: state.overlay.timers, events: log.length, overlay: overlayJson(state), dynamics: state.dynamicsState.toJson(),
  })
}
