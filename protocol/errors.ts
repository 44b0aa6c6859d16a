/** The one registry of errors that cross the wire. `errors.md`, the Python exceptions and the types follow it. */
import { z } from 'zod'

type Entry = { code: number; retryable: boolean; about: string; remedy: string }

export const ERRORS = {
  GYM_PARSE: { code: -32700, retryable: false, about: 'The frame is not valid JSON or MessagePack.', remedy: 'Send one JSON-RPC 2.0 message or batch per frame, in the encoding the subprotocol names.' },
  GYM_INVALID_REQUEST: { code: -32600, retryable: false, about: 'The message is not a JSON-RPC 2.0 request or a non-empty batch.', remedy: 'Send {"jsonrpc":"2.0","id":…,"method":…,"params":{…}}.' },
  GYM_UNKNOWN_METHOD: { code: -32601, retryable: false, about: 'No such method.', remedy: '`data.nearest` names the closest one; `server/info` lists all.' },
  GYM_INVALID_PARAMS: { code: -32602, retryable: false, about: 'A parameter is missing, unknown or of the wrong type.', remedy: '`data.path` names the field, `data.nearest` the closest valid name.' },
  GYM_INTERNAL: { code: -32603, retryable: true, about: 'A fault of the server; the episode is untouched unless said otherwise.', remedy: 'Report it with `data.incident`.' },
  GYM_UNKNOWN_SCENARIO: { code: -32001, retryable: false, about: 'No scenario of that name or digest.', remedy: '`scenario/list` lists all; `data.nearest` names the closest.' },
  GYM_UNKNOWN_TASK: { code: -32002, retryable: false, about: 'The scenario has no such task template.', remedy: '`scenario/get` lists them.' },
  GYM_UNKNOWN_EPISODE: { code: -32003, retryable: false, about: 'No such episode: never existed, closed, or reaped after being idle.', remedy: 'Reset again, or restore a snapshot.' },
  GYM_EPISODE_ENDED: { code: -32004, retryable: false, about: 'The episode has ended; it takes no more steps.', remedy: 'Reset, or fork at an earlier seq.' },
  GYM_SEQ_CONFLICT: { code: -32005, retryable: false, about: 'This seq was already used for another action.', remedy: '`env/resume` gives the last seq and its answer.' },
  GYM_SEQ_GAP: { code: -32006, retryable: false, about: 'seq counts from 1 without gaps.', remedy: '`data.expected` is the next one.' },
  GYM_NO_TASK: { code: -32007, retryable: false, about: 'No row of this seed\'s world fits the task template.', remedy: 'Take another seed.' },
  GYM_SPLIT_MISMATCH: { code: -32008, retryable: false, about: 'The seed belongs to another split.', remedy: '`task/sample` with this split gives seeds of it.' },
  GYM_CAPACITY: { code: -32009, retryable: true, about: 'The server holds as many as it may: of episodes, registered scenarios, sweeps, MCP sessions or live servers.', remedy: 'Close or cancel some, or retry after `data.retry_after_ms`.' },
  GYM_FORBIDDEN: { code: -32010, retryable: false, about: 'This call needs the admin token.', remedy: 'Connect with `Authorization: Bearer <token>`; the server writes it to <data>/admin.token.' },
  GYM_SNAPSHOT_INVALID: { code: -32011, retryable: false, about: 'The snapshot is damaged, forged, or of another engine or scenario content.', remedy: 'Take a new snapshot from a live episode of this server version.' },
  GYM_LIMIT: { code: -32012, retryable: false, about: 'A message is larger, deeper or longer than allowed.', remedy: '`data.limit` is the bound; `server/info` lists all of them.' },
  GYM_BUSY: { code: -32013, retryable: true, about: 'Too many requests of this connection are unanswered, or too many specifications wait for admission.', remedy: 'Wait for answers, or `data.retry_after_ms`; `data.limit` is the bound.' },
  GYM_REQUEST_KEY_CONFLICT: { code: -32014, retryable: false, about: 'This request_key was used with other parameters.', remedy: 'Use a new key for a new request.' },
  GYM_UNKNOWN_DYNAMICS: { code: -32015, retryable: false, about: 'No dynamics profile of that name.', remedy: '`scenario/get` lists the profiles.' },
  GYM_UNKNOWN_FRAME: { code: -32016, retryable: false, about: 'That frame does not wait for an action.', remedy: '`observation.waiting` lists those that do.' },
  GYM_SHUTTING_DOWN: { code: -32017, retryable: true, about: 'The server is shutting down.', remedy: 'Reconnect later; snapshots restore on another server.' },
  GYM_SPEC: { code: -32018, retryable: false, about: 'A specification has complaints.', remedy: '`data.complaints` lists each with line and column.' },
  GYM_STORE: { code: -32019, retryable: true, about: "The server's store failed: disk full, read-only, or damaged.", remedy: 'Look at the message, the log of the server and /readyz; nothing was kept of this call. A step may be sent again with the same seq.' },
  GYM_NOT_ADMITTED: { code: -32020, retryable: false, about: 'The specification compiles, but the scenario is not admitted: not solvable, not deterministic, trivially winnable, or past its limits.', remedy: '`data.report` says which checks failed, each with a counter-example; mend the specification.' },
  GYM_NAME_TAKEN: { code: -32021, retryable: false, about: 'The name belongs to the catalogue, or to somebody else who registered it.', remedy: 'Register under another name; `data.nearest` is a free one.' },
  GYM_EPISODE_LOST: { code: -32022, retryable: false, about: 'The episode is in the store but cannot be rebuilt: its scenario content or engine version is gone, or its journal is damaged.', remedy: 'Reset again; or serve the version that `data.scenario` and `data.engine` name.' },
  GYM_ENDPOINT: { code: -32023, retryable: true, about: 'An endpoint that plays an agent did not answer in time, or gave no answer.', remedy: 'Send the step again with the same seq: it goes on where it stood; a reset is sent anew. `data.fault` says what went wrong.' },
  GYM_UNKNOWN_SWEEP: { code: -32024, retryable: false, about: 'No sweep of that id.', remedy: '`sweep/list` lists all.' },
} as const satisfies Record<string, Entry>

export type GymCode = keyof typeof ERRORS

export const ErrorObject = z
  .strictObject({
    code: z.int(),
    message: z.string(),
    data: z.looseObject({
      code: z.enum(Object.keys(ERRORS) as [GymCode, ...GymCode[]]),
      retryable: z.boolean(),
      path: z.string().optional(),
      nearest: z.string().optional(),
      expected: z.unknown().optional(),
      limit: z.number().optional(),
      retry_after_ms: z.number().optional(),
    }),
  })
  .meta({ id: 'ErrorObject' })
