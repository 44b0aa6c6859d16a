/** What a policy sends for one turn of one frame. */
import { z } from 'zod'

export const ToolCall = z
  .strictObject({
    id: z.string().min(1).max(128).optional(),
    name: z.string().min(1).max(128),
    arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).optional()
      .describe('An object, or JSON text as models emit it.'),
  })
  .meta({ id: 'ToolCall', description: 'One call. A wrong entry is answered as a tool error, never as a protocol error.' })
export type ToolCall = z.infer<typeof ToolCall>

export const Usage = z
  .strictObject({ prompt_tokens: z.int().min(0).max(1_000_000_000).optional(), completion_tokens: z.int().min(0).max(1_000_000_000).optional() })
  .meta({ id: 'Usage', description: "The model's own token counts; without them tokens are UTF-8 bytes / 4." })

/** The most calls one turn may carry. */
export const MAX_CALLS_PER_TURN = 64

/**
 * `content`, `text` and the entries of `tool_calls` are deliberately unchecked here: what is wrong in them
 * comes from the model and is answered by an observation. The published JSON Schema shows their intended shape.
 */
export const Action = z
  .strictObject({
    content: z.unknown().optional().describe('Text said by the agent (a string).'),
    reasoning: z.string().optional(),
    tool_calls: z.array(z.unknown()).max(MAX_CALLS_PER_TURN).optional().describe('Entries of shape ToolCall.'),
    text: z.unknown().optional().describe('Raw model text, instead of content and tool_calls.'),
    frame: z.string().max(10_000).optional().describe('The frame that acts; default: the waiting one.'),
    think_ms: z.int().min(0).max(86_400_000).optional(),
    usage: Usage.optional(),
    policy_version: z.union([z.string().max(128), z.int()]).optional(),
    meta: z.unknown().optional().describe('Opaque; kept in the journal, never read by the verifier.'),
  })
  .meta({ id: 'Action' })
export type Action = z.infer<typeof Action>
