/** Tools that dynamics add: a new session, a permission, how a job stands, and dead ones. */
import type { ToolSchema } from '../../protocol/observation.ts'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { compileInput, type Reader } from '../world/input.ts'
import type { DynamicsState } from './dynamics-state.ts'

/** What such a tool is asked. */
export type OwnCall = { readonly state: DynamicsState; readonly start: number; readonly args: Record<string, unknown>; readonly framePath: string }

/** What it answers, and after how many milliseconds. */
export type OwnAnswer = { readonly json: unknown; readonly isError?: boolean; readonly ms: number }

export type OwnTool = {
  readonly schema: ToolSchema
  readonly read: Reader
  /** What several entries have to agree on to share it. */
  readonly means: string
  answer(call: OwnCall): OwnAnswer
}

/** Makes one of its input schema. */
export function ownTool(name: string, means: string, description: string, input: Pick<ObjectSchema, 'properties' | 'required'>, answer: OwnTool['answer']): OwnTool {
  const schema = { type: 'object', ...input } as InputSchema
  return { schema: { name, description, input_schema: { ...schema, additionalProperties: false } }, read: compileInput(schema).read, means, answer }
}
