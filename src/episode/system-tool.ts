/** Tools that every agent has: finish, report_unable, wait. */
import type { ToolSchema } from '../../protocol/observation.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { compileInput, type Reader } from '../world/input.ts'
import type { CompiledTask } from './task.ts'

/** What `wait` takes. */
export const WAIT: InputSchema = {
  type: 'object',
  properties: { ms: { type: 'integer', minimum: 1, maximum: 86_400_000, description: 'Milliseconds to let pass.' } },
  required: ['ms'],
}
/** What `report_unable` takes. */
export const UNABLE: InputSchema = {
  type: 'object',
  properties: { reason: { type: 'string', minLength: 1, maxLength: 2000, description: 'Why it cannot be done.' } },
  required: ['reason'],
}

export const readWait: Reader = compileInput(WAIT).read
export const readUnable: Reader = compileInput(UNABLE).read

/** What `finish` takes: `{answer}`, or nothing where the task takes no answer. */
export function finishSchema(answer: InputSchema | undefined): InputSchema {
  return answer ? { type: 'object', properties: { answer }, required: ['answer'] } : { type: 'object', properties: {} }
}

/** Reads the arguments of `finish`. */
export function systemFinishReader(answer: InputSchema | undefined): Reader {
  return compileInput(finishSchema(answer)).read
}

function schemaOf(schema: InputSchema): Record<string, unknown> {
  return { ...schema, additionalProperties: false }
}

/** Their schemas as an agent sees them; only who leads ends the task. */
export function systemTools(task: CompiledTask, leads: boolean): ToolSchema[] {
  const wait = { name: 'wait', description: 'Lets time pass, for example before a retry.', input_schema: schemaOf(WAIT) }
  return !leads ? [wait] : [
    { name: 'finish', description: task.answer ? 'Ends the task with its answer.' : 'Ends the task when everything asked for is done.', input_schema: schemaOf(finishSchema(task.answer?.schema)) },
    { name: 'report_unable', description: 'Ends the task by saying honestly that it cannot be done, and why.', input_schema: schemaOf(UNABLE) },
    wait,
  ]
}
