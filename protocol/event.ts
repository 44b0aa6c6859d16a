/** The event union: journal, wire form and file are this one schema. */
import { z } from 'zod'
import { Action } from './action.ts'
import { Identity } from './identity.ts'
import { ServedReply } from './cassette.ts'
import { Millis, secret, Seed } from './scalars.ts'
import { UserAnswer } from './user-answer.ts'
import { Verdict } from './verdict.ts'

export const CAUSES = ['agent', 'user', 'world', 'fault'] as const
export type Cause = (typeof CAUSES)[number]

/** The frame that calls of the simulated user are logged under; no agent may be called so. */
export const USER_FRAME = 'user'

const Given = z.int().min(0).optional().describe('Actions that were given before, of all frames, where some of them were held and stand later in the log.')

const Index = z.int().min(0).describe('Position in the journal, from 0, without gaps.')

export const StopReason = z
  .enum(['finished', 'reported_unable', 'answered', 'stopped_without_answer', 'user_satisfied', 'user_left', 'deadline', 'turns_budget', 'calls_budget', 'tokens_budget', 'time_budget', 'depth_budget', 'frames_budget', 'concurrent_frames_budget', 'agent_turns_budget', 'agent_time_budget', 'env_error'])
  .meta({ id: 'StopReason' })
export type StopReason = z.infer<typeof StopReason>

export const Change = z
  .strictObject({
    table: z.string(),
    key: z.string(),
    op: z.enum(['insert', 'update', 'delete']),
    columns: z.array(z.string()).optional(),
    cause: z.enum(CAUSES),
    from: z.record(z.string(), z.unknown()).optional().describe('JSON of what was there: the changed columns, or the deleted row.'),
    to: z.record(z.string(), z.unknown()).optional().describe('JSON of what is there now: the changed columns, or the inserted row.'),
  })
  .meta({ id: 'Change', description: 'One row that a commit changed; all of it is private.' })
export type Change = z.infer<typeof Change>

export const FaultMark = z
  .strictObject({
    entry: z.string(), kind: z.string(), phase: z.enum(['pre_commit', 'post_commit', 'response', 'world']),
    unable: z.literal(true).optional().describe('Nothing gets past it: saying so honestly is the success.'),
    retry_after_ms: Millis.optional().describe('What the caller was told to wait.'),
    wants: z.array(z.string()).optional().describe('Tools that a planted instruction wants called.'),
  })
  .meta({ id: 'FaultMark', description: 'What the dynamics did: before anything happened, after it, to the answer, or elsewhere in the world.' })
export type FaultMark = z.infer<typeof FaultMark>

export const Emit = z.strictObject({ to: z.enum(['agent', 'user']), text: z.string() }).meta({ id: 'Emit', description: 'A message of the world to an actor.' })
export type Emit = z.infer<typeof Emit>

export const ResetEvent = z
  .strictObject({
    type: z.literal('reset'), index: Index, identity: Identity, frame: z.string(), instruction: z.string(),
    emits: secret(z.array(Emit).optional()).describe('Messages of the set-up, and what the dynamics announce: they wait for their actors.'),
  })
  .meta({ id: 'ResetEvent' })

export const TurnEvent = z
  .strictObject({
    type: z.literal('turn'),
    index: Index,
    frame: z.string(),
    seq: z.int().min(0).describe("The trainer's seq, 0 for turns of others before the first; a fork keeps its parent's numbering."),
    action: Action,
    at: Millis,
    tokens: z.int().min(0),
    player: z.string().optional().describe('The built-in policy whose turn it was; absent: the trainer.'),
    given: Given,
    to: z.literal('team').optional().describe('What it says is for other agents, not for the user.'),
  })
  .meta({ id: 'TurnEvent' })

const VIOLATES = secret(z.array(z.string()).optional()).describe('Conditions of the task\'s `invariants` that do not hold after the commit, as check.position.')

export const CallEvent = z
  .strictObject({
    type: z.literal('call'),
    index: Index,
    frame: z.string(),
    turn: Index.describe('Index of the turn event that this call belongs to.'),
    call_id: z.string(),
    tool: z.string(),
    arguments: z.unknown(),
    at: Millis.describe('Start of the call.'),
    returns_at: Millis,
    rejected: z.enum(['unknown_tool', 'malformed', 'invalid_arguments', 'calls_budget', 'depth_budget', 'frames_budget', 'concurrent_frames_budget', 'send_back_limit', 'concurrent_limit', 'denied', 'after_end']).optional().describe('Never reached the tool.'),
    is_error: z.boolean(),
    content: z.string().describe('What the agent saw.'),
    blocks: z.array(z.json()).optional().describe('The content as a server of others gave it, where it is more than text.'),
    committed: secret(z.boolean()),
    applications: secret(z.int().min(0)),
    changes: secret(z.array(Change)),
    faults: secret(z.array(FaultMark)),
    emits: secret(z.array(Emit).optional()),
    meant: secret(z.strictObject({ tool: z.string(), arguments: z.unknown() }).optional()).describe('The tool of the world and its arguments, where dynamics showed them in another form.'),
    unseen: secret(z.literal(true).optional()).describe('The agent did not get to see what the tool answered.'),
    result: secret(z.unknown().optional()).describe('What the tool answered, as JSON, where the agent saw it in another form or not at all.'),
    served: secret(ServedReply.optional()).describe('What a live server answered: played again, it is taken from here.'),
    key: secret(z.string().optional()).describe('The idempotency key that it carried, where dynamics give the tool one.'),
    broke: secret(z.array(z.string()).optional()).describe('Rules that the call broke when it began, by id.'),
    violates: VIOLATES,
    inner: z.literal(true).optional().describe('A call within the team, which no tool of the world answers: to another agent, to the storage, for skills.'),
    child: z.string().optional().describe('Path of the frame that it opened or went on with.'),
    coerced: z.array(z.string()).optional().describe('Arguments that were taken as the type that the schema wants, by place.'),
  })
  .meta({ id: 'CallEvent', description: 'Calls of the frame `user` are those of the simulated user; only privileged readers see what they were about.' })
export type CallEvent = z.infer<typeof CallEvent>

export const TimerEvent = z
  .strictObject({
    type: z.literal('timer'),
    index: Index,
    timer: secret(z.string()),
    at: Millis,
    changes: secret(z.array(Change)),
    emits: secret(z.array(Emit).optional()),
    violates: VIOLATES,
  })
  .meta({ id: 'TimerEvent', description: 'Something that the world did by itself.' })

export const EffectEvent = z
  .strictObject({
    type: z.literal('effect'),
    index: Index,
    at: Millis,
    call: secret(Index).describe('Index of the call event that it belongs to.'),
    cause: secret(z.enum(CAUSES)).describe('`fault` for a request that was delivered once more.'),
    committed: secret(z.boolean()),
    content: secret(z.string()).describe('What the tool said, whoever came to see it.'),
    changes: secret(z.array(Change)),
    emits: secret(z.array(Emit).optional()),
    served: secret(ServedReply.optional()).describe('What a live server answered.'),
    violates: VIOLATES,
  })
  .meta({ id: 'EffectEvent', description: 'A call took effect after it was answered, or once more; unprivileged readers see a timer.' })
export type EffectEvent = z.infer<typeof EffectEvent>

export const UserEvent = z
  .strictObject({
    type: z.literal('user'),
    index: Index,
    frame: z.string().describe('The frame that was answered.'),
    turn: Index.describe('Index of the turn event that was answered.'),
    at: Millis,
    ...UserAnswer.shape,
    faults: secret(z.array(FaultMark).optional()).describe('What came between the agent and the user.'),
  })
  .meta({ id: 'UserEvent', description: 'What the simulated user said, and privately why; its calls stand before it.' })
export type UserEvent = z.infer<typeof UserEvent>

/** How one run of a frame ended. */
export const FrameReason = z
  .enum(['done', 'stop_tool', 'handed_off', 'agent_turns_budget', 'agent_time_budget', 'malformed', 'ended'])
  .meta({ id: 'FrameReason', description: '`ended`: the workflow around it came to its end.' })
export type FrameReason = z.infer<typeof FrameReason>

export const FrameEvent = z
  .strictObject({
    type: z.literal('frame'),
    index: Index,
    frame: z.string().describe('Its path.'),
    agent: z.string(),
    parent: z.string(),
    call_id: z.string().optional().describe('The call that opened it, of an agent above.'),
    node: z.string().optional().describe('The node that opened it, of a workflow above.'),
    run: z.int().min(1).describe('1 when it is opened, more when it is resumed.'),
    at: Millis,
    message: z.string().describe('What it is told.'),
  })
  .meta({ id: 'FrameEvent', description: 'A frame begins to run: opened, or resumed by its id.' })

export const ReturnEvent = z
  .strictObject({ type: z.literal('return'), index: Index, frame: z.string(), reason: FrameReason, at: Millis, content: z.string().describe('What it gave.') })
  .meta({ id: 'ReturnEvent', description: 'A frame is done; the frame above goes on when all that it waits for are.' })

export const NodeEvent = z
  .strictObject({ type: z.literal('node'), index: Index, frame: z.string(), node: z.string(), round: z.int().min(1).optional(), at: Millis, skipped: z.literal(true).optional(), output: z.unknown().describe('JSON.') })
  .meta({ id: 'NodeEvent', description: 'A node of a workflow is through.' })

export const CompactEvent = z
  .strictObject({ type: z.literal('compact'), index: Index, frame: z.string(), at: Millis, segment: z.int().min(1).describe('Number of the segment that begins.'), tokens: z.int().min(0).describe('Of the messages before it.'), messages: z.array(z.unknown()).describe('What the new segment begins with.') })
  .meta({ id: 'CompactEvent', description: 'The messages of a frame were compacted: what comes now is a new segment.' })

export const ForkEvent = z
  .strictObject({ type: z.literal('fork'), index: Index, child: z.int().min(0), luck: Seed, given: Given })
  .meta({ id: 'ForkEvent', description: 'From here on the dynamics draw from this luck.' })

export const EndEvent = z
  .strictObject({
    type: z.literal('end'),
    index: Index,
    reason: StopReason,
    terminated: z.boolean(),
    truncated: z.boolean(),
    at: Millis,
    answer: z.unknown().optional(),
    unable: z.string().optional(),
    verdict: Verdict,
    fault: secret(z.string().optional()).describe('What broke, on env_error.'),
    held: z.array(z.strictObject({ action: Action, given: z.int().min(0), seq: z.int().min(0), player: z.string().optional() })).optional().describe('Actions that were given and whose time never came, each with its frame.'),
  })
  .meta({ id: 'EndEvent' })
export type EndEvent = z.infer<typeof EndEvent>

export const Event = z.discriminatedUnion('type', [ResetEvent, TurnEvent, CallEvent, UserEvent, TimerEvent, EffectEvent, FrameEvent, ReturnEvent, NodeEvent, CompactEvent, ForkEvent, EndEvent]).meta({ id: 'Event' })
export type Event = z.infer<typeof Event>

export const Trajectory = z
  .strictObject({
    format: z.literal('fractal-gym.trajectory/1'),
    identity: Identity,
    events: z.array(Event.or(z.record(z.string(), z.unknown()))).describe('Events; private fields are absent for unprivileged readers.'),
    state_hash: z.string(),
    reward: z.number().nullable().describe('Sum of the step rewards so far; null after env_error.'),
  })
  .meta({ id: 'Trajectory' })
export type Trajectory = z.infer<typeof Trajectory>
