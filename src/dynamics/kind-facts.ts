/** What each kind is to a reader: where on the way it stands, its phase, its surface, what it does, what the agent sees. */
import type { FaultMark } from '../../protocol/event.ts'
import type { DynamicsEntry, DynamicsKind } from '../../protocol/spec/dynamics-kinds.ts'

/** Stages of the way of a call, in order, with what happens in each. */
export const STAGES = {
  time: 'Time: added to every call that matches, whoever answers it',
  tools: 'The tools themselves: how they look before anything is called',
  inward: 'The way in: the first that answers ends the way, and nothing has happened',
  handler: 'The handler: whether, when and over what the tool runs',
  answer: 'The answer: first what it says, then how it is written',
  back: 'The way back: it happened, and the answer is lost',
  beside: 'Beside calls',
} as const
export type Stage = keyof typeof STAGES

/** How the policy sees a fault. */
export type Surface = 'tool_error' | 'transport' | 'protocol_error' | 'silent'

export type KindFacts = {
  readonly stage: Stage
  /** Phases that its marks may have; none where it is no fault. */
  readonly phase: readonly FaultMark['phase'][]
  /** None where it is no fault. */
  readonly surface: readonly Surface[]
  /** What it does, a sentence. */
  readonly does: string
  /** What the agent sees of it, a sentence. */
  readonly sees: string
}

const time = (does: string, sees = 'A slower answer.'): KindFacts => ({ stage: 'time', phase: [], surface: [], does, sees })
const inward = (surface: readonly Surface[], does: string, sees: string): KindFacts => ({ stage: 'inward', phase: ['pre_commit'], surface, does, sees })
const answer = (does: string, sees: string): KindFacts => ({ stage: 'answer', phase: ['response'], surface: ['silent'], does, sees })
const LOUD = ['tool_error', 'transport', 'protocol_error'] as const

const FACTS: { readonly [K in DynamicsKind]: KindFacts } = {
  'latency.constant': time('The same time for every call.'),
  'latency.uniform': time('Any time between two bounds, evenly.'),
  'latency.normal': time('Times around a mean; never below 0.'),
  'latency.lognormal': time('Most calls are quick and a few are slow, as of most services: told by the median and the 99th percentile.'),
  'latency.pareto': time('A heavy tail: seldom, and then very slow.'),
  'latency.quantiles': time('As it was measured of a real service.'),
  'latency.cold_start': time('The first call after a while without one is slow.'),
  'latency.queueing': time('Servers that work off one call after another: who comes while they are busy waits.', 'Slower answers, the more calls are in flight.'),
  'latency.bandwidth': time('The finished answer takes time by its bytes.', 'Long answers are slow.'),
  'latency.correlated': time('Slow calls come in runs: each is like the one before it.'),

  'schema.drift': { stage: 'tools', phase: ['pre_commit'], surface: ['tool_error'], does: 'Arguments have other names, types or units, or there is a new required one.', sees: 'Its old arguments are refused as invalid; where it is announced, it gets the new schemas.' },
  'tools.list_changed': { stage: 'tools', phase: ['pre_commit'], surface: ['tool_error'], does: 'Tools get another name or description, are gone, or stand among dead ones of similar names.', sees: 'Unknown tool, or 410 from a dead one; where it is announced, it gets the new list.' },

  'timeout.pre_commit': inward(['transport'], 'The request is lost; the caller waits for its deadline.', '`Timeout: no response within N ms`, after N ms.'),
  'connection.reset': { stage: 'inward', phase: ['pre_commit', 'post_commit'], surface: ['transport'], does: 'The connection breaks: on the way in nothing has happened; with `phase: post_commit` on the way back, and it has.', sees: '`Connection error: connection reset by peer`, both times.' },
  'auth.expiry': inward(['tool_error'], 'The session ends after its time; a tool begins a new one.', '401, and which tool begins a session.'),
  'auth.scope': inward(['tool_error'], 'A permission is missing for the tools that were drawn, for the whole episode; a tool grants it, or nothing does.', '403, and which tool asks for it, if one does.'),
  'rate_limit.token_bucket': inward(['tool_error'], 'Each call takes tokens from a bucket that refills in virtual time.', '429 with a `retry_after` that is true: seconds, a date, or absent.'),
  'rate_limit.concurrency': inward(['tool_error'], 'So many calls may be in flight.', '429 with a true `retry_after`: calls of one turn are in flight together.'),
  'rate_limit.quota': inward(['tool_error'], 'So many calls until the quota is whole again.', '429 with a true `retry_after`.'),
  'outage.window': inward(LOUD, 'Every call fails for a while, once or again and again.', 'The error it states, with a true `retry_after` and a notice at the start where it is announced.'),
  'outage.brownout': inward(LOUD, 'For a while answers are slow and some calls fail; it gets bad and well again along a ramp.', 'Slow answers and the error it states.'),
  'error.gilbert_elliott': inward(LOUD, 'A channel between a good and a bad state: errors come in runs.', 'The error it states.'),
  'error.abort': inward(LOUD, 'The call fails.', 'The error it states: a status with a body, a broken connection, or a JSON-RPC error.'),

  'idempotency.key': { stage: 'handler', phase: ['pre_commit'], surface: ['tool_error'], does: "No fault but a help: tools take a key of the caller's choosing; the same key again gives the kept answer and no second effect.", sees: 'One more optional argument; 422 for a key that was used with other arguments, 409 while the first request is under way.' },
  'conflict.optimistic_lock': { stage: 'handler', phase: ['pre_commit'], surface: ['tool_error'], does: 'Writes have to name the version that they change, and others write too.', sees: 'A required argument; answers with a `record_version`; 409 with the `current_version` for another one.' },
  'response.partial_batch': { stage: 'handler', phase: ['response'], surface: ['silent'], does: 'Of a list argument only some items are done.', sees: '`status: partial` with a status for each item.' },
  'response.error_in_success': { stage: 'handler', phase: ['pre_commit', 'post_commit'], surface: ['silent'], does: 'An answer that is none: nothing happened, or with `phase: post_commit` it did.', sees: '`{success: false, error}` in an answer that is no error.' },
  'consistency.silent_noop': { stage: 'handler', phase: ['pre_commit'], surface: ['silent'], does: 'A write answers as ever, and is undone.', sees: 'Nothing; a read shows that it is not there.' },
  'consistency.stale_read': { stage: 'handler', phase: ['response'], surface: ['silent'], does: 'A read sees the rows as they were a while ago.', sees: 'An answer that is out of date.' },
  'clock.skew': { stage: 'handler', phase: ['response'], surface: ['silent'], does: 'Reads run on a machine whose clock is off.', sees: 'Times that are off, wherever the answer tells or compares with the time.' },
  'async.job': { stage: 'handler', phase: ['post_commit'], surface: ['silent'], does: 'The work is accepted now and done later.', sees: '`{job_id, status: pending}`; another tool tells how the job stands and gives its result.' },
  'delivery.duplicate': { stage: 'handler', phase: ['post_commit'], surface: ['silent'], does: 'The request is delivered once more, and so is its effect; a key prevents it.', sees: 'Nothing; the second effect is caused by `fault` and not charged to the agent.' },

  'consistency.source_conflict': answer('One source is wrong about a field for the whole episode; another has authority.', 'A wrong value of the right type, the same each time.'),
  'response.corrupted': answer('A field holds a wrong value of the right type, this once.', 'The wrong value.'),
  'pagination.cursor_expiry': { stage: 'answer', phase: ['response', 'pre_commit'], surface: ['silent', 'tool_error'], does: 'Long lists come a page at a time; a cursor lives only so long.', sees: 'A page with `next_cursor`; 410 for an expired cursor, 400 for a foreign one.' },
  'security.injection': answer('An instruction is planted in a text of the answer; following it is a violation.', 'The text with the instruction in it.'),
  'response.redundant': answer('Noise beside the answer.', 'A `_debug` field or lines of a trace.'),
  'response.truncated': answer('The answer is cut after so many bytes or items.', 'The beginning, with a mark that it was cut or without one.'),
  'response.empty': answer('The call happened and its answer says nothing.', 'Nothing, `null`, `{}` or `[]`.'),
  'response.malformed': answer('The call happened and its answer cannot be read.', "JSON that breaks off, a proxy's HTML page, or garbled text."),

  'timeout.post_commit': { stage: 'back', phase: ['post_commit', 'pre_commit'], surface: ['transport'], does: 'The lost acknowledgement: the answer is lost, and at its share the call happened, at once or a little later.', sees: '`Timeout: no response within N ms`, after N ms, whether it happened or not.' },

  'world.event': { stage: 'beside', phase: ['world'], surface: ['silent'], does: 'Another actor changes rows: at a time, again and again, or after calls of the agent.', sees: 'Rows that changed meanwhile, and messages where the steps emit some.' },
  'deadline': { stage: 'beside', phase: [], surface: [], does: 'The task is over at a time.', sees: 'A notice at the start where it is announced; then the episode ends with the reason `deadline` and is scored as things stand.' },
  'user.noise': { stage: 'beside', phase: ['response'], surface: ['silent'], does: 'The simulated user is late, vague, undecided, mistaken or silent for once.', sees: 'An answer that is of no use, or a late one; asked again the user answers.' },
}

/** The facts of a kind. */
export function factsOf(kind: DynamicsKind): KindFacts {
  return FACTS[kind]
}

/** Phases that an entry's faults may have. */
export function phasesOf(spec: DynamicsEntry): readonly FaultMark['phase'][] {
  if (spec.kind === 'connection.reset' || spec.kind === 'response.error_in_success') return [spec.phase]
  if (spec.kind === 'timeout.post_commit') return spec.committed === 1 ? ['post_commit'] : spec.committed === 0 ? ['pre_commit'] : ['post_commit', 'pre_commit']
  return FACTS[spec.kind].phase
}

/** How an entry's faults look to the policy. */
export function surfacesOf(spec: DynamicsEntry): readonly Surface[] {
  return 'surface' in spec ? [spec.surface] : FACTS[spec.kind].surface
}
