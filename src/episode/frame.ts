/** One running agent: where it stands in the tree, its clock, what it waits for. */
import { Buffer } from 'node:buffer'
import type { Message, ToolSchema } from '../../protocol/observation.ts'
import type { Presentation } from '../dynamics/presentation.ts'
import type { CallResult } from './perform-call.ts'
import type { ReadAction, ReadCall } from './turn-action.ts'
import type { WorkflowRun } from './workflow-run.ts'

/** An agent, and which delegation to it by the frame above. */
export type PathPart = readonly [agent: string, nth: number]

/** An action that was given and is taken when no other frame has an earlier clock. */
export type Held = { readonly read: ReadAction; readonly at: number; readonly seq: number; readonly player: string | undefined; /** Actions given before it. */ readonly given: number }

/** A turn that has begun and waits for other frames. */
export type PendingTurn = {
  /** Index of its event. */
  readonly turn: number
  readonly calls: readonly ReadCall[]
  readonly results: Map<ReadCall, CallResult>
  /** Paths of the frames that it waits for, with the calls that opened them and when they began. */
  readonly children: Map<string, { readonly call: ReadCall; readonly at: number }>
  latest: number
  /** Whether the whole task was handed over to the only child. */
  readonly handedOff: boolean
}

export type Frame = {
  readonly path: string
  readonly parts: readonly PathPart[]
  readonly agent: string
  /** Levels below the root; who takes over stands where the one before stood. */
  readonly depth: number
  /** Path of the frame above. */
  readonly parent: string | undefined
  /** Whether it acts for the root: it ends the episode, and what it says is for the user. */
  readonly leads: boolean
  /** Virtual milliseconds. */
  clock: number
  turns: number
  calls: number
  tokens: number
  /** How often it was begun: opened once, then resumed. */
  run: number
  /** Turns and beginning of the present run. */
  runTurns: number
  runSince: number
  state: 'waiting' | 'joining' | 'workflow' | 'done'
  held: Held | undefined
  pending: PendingTurn | undefined
  work: WorkflowRun | undefined
  /** Delegations so far, by agent. */
  opened: ReadonlyMap<string, number>
  /** Messages that nobody has looked at yet, and how many there were in all. */
  inbox: readonly Message[]
  received: number
  /** Tokens of the present segment of its messages, its number, and the event at which it began. */
  context: number
  segment: number
  segmentSince: number
  /** Whether the messages in the inbox take the place of all earlier ones. */
  isFresh: boolean
  /** Deferred tools that were found. */
  loaded: readonly string[]
  /** Names of the tools that it was last shown. */
  shown: readonly string[] | undefined
  /** Those tools as they were shown, with the form that dynamics gave them then. */
  list: ShownList | undefined
}

/** A tool as an agent was last shown it, and the tool of the world whose looks it has; undefined of those that are not the world's. */
export type Listed = { readonly schema: ToolSchema; readonly like: string | undefined }

/** Tools as an agent was shown them; `listed` is there once somebody asked. */
export type ShownList = { readonly tools: readonly ToolSchema[]; readonly form: Presentation | undefined; listed?: readonly Listed[] }

export function newFrame(parts: readonly PathPart[], place: Pick<Frame, 'path' | 'depth' | 'parent' | 'leads' | 'clock'>): Frame {
  return {
    ...place, parts, agent: parts.at(-1)![0], turns: 0, calls: 0, tokens: 0, run: 0, runTurns: 0, runSince: place.clock, state: 'waiting', held: undefined, pending: undefined, work: undefined,
    opened: NONE_OPENED, inbox: [], received: 0, context: 0, segment: 1, segmentSince: 0, isFresh: false, loaded: [], shown: undefined, list: undefined,
  }
}

const NONE_OPENED: ReadonlyMap<string, number> = new Map()

/** The path of a frame below another. */
export function childPath(parent: Frame, [agent, nth]: PathPart): string {
  return `${parent.path}/${agent}.${nth}`
}

/** Order of two frames with the same clock: element by element. */
export function comparePaths(a: readonly PathPart[], b: readonly PathPart[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [[agentA, nthA], [agentB, nthB]] = [a[i]!, b[i]!]
    if (agentA !== agentB) return agentA < agentB ? -1 : 1
    if (nthA !== nthB) return nthA - nthB
  }
  return a.length - b.length
}

/** An independent copy. */
export function copyFrame(frame: Frame): Frame {
  const { pending } = frame
  return pending ? { ...frame, pending: { ...pending, results: new Map(pending.results), children: new Map(pending.children) } } : { ...frame }
}

/** Puts messages where the policy will find them. */
export function receive(frame: Frame, messages: readonly Message[]): void {
  frame.inbox = frame.inbox.length ? [...frame.inbox, ...messages] : messages
  frame.received += messages.length
  for (const { content } of messages) frame.context += Math.ceil(Buffer.byteLength(content) / 4)
}

/** For the state hash: all but what was looked at when, and answers that wait for their time. */
export function frameJson({ path, clock, turns, calls, tokens, run, runTurns, runSince, state, pending, work, opened, received, context, segment, loaded, leads }: Frame): unknown {
  return {
    path, clock, turns, calls, tokens, run, runTurns, runSince, state, opened: [...opened], received, context, segment, loaded, leads,
    ...(pending && { pending: { turn: pending.turn, children: [...pending.children.keys()].sort(), latest: pending.latest, handedOff: pending.handedOff } }),
    ...(work && { work: { ...work, running: [...work.running].map(([name, { left, ...rest }]) => [name, { ...rest, left: [...left] }]), settled: [...work.settled], outputs: [...work.outputs], ends: [...work.ends], tries: [...work.tries] } }),
  }
}
