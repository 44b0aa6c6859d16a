/** The schemas that other languages read, and the one way they are written as JSON Schema. */
import { z } from 'zod'
import { Action, ToolCall } from './action.ts'
import { ErrorObject } from './errors.ts'
import { Event, Trajectory } from './event.ts'
import { Identity, Snapshot } from './identity.ts'
import { Reply, Request } from './json-rpc.ts'
import { ResetInfo, ResetResult, StepResult, TaskRow } from './methods.ts'
import { Observation } from './observation.ts'
import { AdmissionReport, Complaint } from './report.ts'
import { QualityReport } from './quality-report.ts'
import { EpisodeId, ScenarioRef, Seed } from './scalars.ts'
import { Dynamics } from './spec/dynamics.ts'
import { Framework } from './spec/framework.ts'
import { Scenario } from './spec/scenario.ts'
import { Spec } from './spec/spec.ts'
import { World } from './spec/world.ts'
import { SweepSpec } from './sweep.ts'
import { SweepReport } from './sweep-report.ts'
import { ScenarioSummary } from './summary.ts'
import { Verdict } from './verdict.ts'

/** Every public schema by the name its file and its conformance vectors carry. */
export const PUBLISHED = {
  Action, AdmissionReport, Complaint, Dynamics, EpisodeId, ErrorObject, Event, Framework, Identity, Observation, QualityReport, Reply, Request, ResetInfo, ResetResult,
  Scenario, ScenarioRef, ScenarioSummary, Seed, Snapshot, Spec, StepResult, SweepReport, SweepSpec, TaskRow, ToolCall, Trajectory, Verdict, World,
} satisfies Record<string, z.ZodType>

const TEXT = 'A string; anything else is answered by an observation.'

/** Action checks less than it publishes, because a model's mistake is answered by an observation. */
function showIntent(json: Record<string, unknown>): void {
  const properties = json.properties as Record<string, Record<string, unknown>>
  properties.content = { type: 'string', description: TEXT }
  properties.text = { type: 'string', description: `${properties.text!.description} ${TEXT}` }
  properties.tool_calls!.items = (z.toJSONSchema(ToolCall, { io: 'input' }).$defs as Record<string, unknown>).ToolCall
}

/** A zod schema as JSON Schema; `io` tells what a sender writes (`input`) from what a reader gets. */
export function publish(schema: z.ZodType, io: 'input' | 'output' = 'input', target: 'draft-2020-12' | 'draft-7' = 'draft-2020-12'): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io,
    target,
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === Action) showIntent(jsonSchema as Record<string, unknown>)
    },
  }) as Record<string, unknown>
}
