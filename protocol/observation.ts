/** What the acting frame sees: only the new messages, its clock and its budgets. */
import { z } from 'zod'
import { Millis } from './scalars.ts'

export const Message = z
  .strictObject({
    role: z.enum(['system', 'user', 'assistant', 'tool']),
    content: z.string(),
    tool_calls: z.array(z.unknown()).optional(),
    tool_call_id: z.string().optional(),
    name: z.string().optional(),
    is_error: z.literal(true).optional(),
  })
  .meta({ id: 'Message', description: 'The chat shape every trainer knows.' })
export type Message = z.infer<typeof Message>

export const ToolSchema = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    input_schema: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ToolSchema' })
export type ToolSchema = z.infer<typeof ToolSchema>

export const BUDGET_NAMES = ['turns', 'calls', 'tokens', 'virtual_ms', 'depth', 'frames', 'concurrent_frames', 'agent_turns'] as const

/** What is left of each budget; depth, frames and agent_turns where there are several agents or such bounds. */
export const BudgetsLeft = z.partialRecord(z.enum(BUDGET_NAMES), z.int().min(0)).meta({ id: 'BudgetsLeft' })

export const Observation = z
  .strictObject({
    frame: z.string().describe('Path of the acting frame; the root is its agent name.'),
    agent: z.string(),
    depth: z.int().min(0),
    messages: z.array(Message).describe('Only the messages that are new to this frame.'),
    tools: z.array(ToolSchema).optional().describe('When first seen, or changed.'),
    clock_ms: Millis,
    budgets: BudgetsLeft,
    segment: z.int().min(1).optional().describe('Set when the messages were compacted: these take the place of all earlier ones.'),
    waiting: z.array(z.string()).describe('Paths of all frames that wait for an action; in a list of observations only the first has them.'),
  })
  .meta({ id: 'Observation' })
export type Observation = z.infer<typeof Observation>
