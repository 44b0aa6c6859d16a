/** All kinds, in the order in which a call meets them: from the network over the gateway and the service to the answer and back. */
import type { DynamicsEntry, DynamicsKind, EntryOf } from '../../protocol/spec/dynamics-kinds.ts'
import type { Kind } from './compiled-entry.ts'
import { authExpiry, authScope } from './kinds/access.ts'
import { injection, userNoise, worldEvent } from './kinds/actor.ts'
import { schemaDrift, toolsChanged } from './kinds/change.ts'
import { cursorExpiry, optimisticLock, silentNoop, sourceConflict, staleRead } from './kinds/consistency.ts'
import { abort, brownout, gilbertElliott, outage } from './kinds/failure.ts'
import { asyncJob, clockSkew, deadline } from './kinds/late.ts'
import { bandwidth, coldStart, constant, correlated, lognormal, normal, pareto, quantiles, queueing, uniform } from './kinds/latency.ts'
import { concurrency, quota, tokenBucket } from './kinds/limit.ts'
import { connectionReset, duplicate, idempotencyKey, timeoutAfter, timeoutBefore } from './kinds/lost.ts'
import { corrupted, empty, errorInSuccess, malformed, partialBatch, redundant, truncated } from './kinds/response.ts'

type Kinds = { readonly [K in DynamicsKind]: Kind<EntryOf<K>> }

/** The order of the keys is the order on the way; entries of one kind go in the order of the profile. */
const KINDS: Kinds = {
  // Time: drawn for every call, whoever answers it.
  'latency.constant': constant, 'latency.uniform': uniform, 'latency.normal': normal, 'latency.lognormal': lognormal, 'latency.pareto': pareto, 'latency.quantiles': quantiles,
  'latency.cold_start': coldStart, 'latency.queueing': queueing, 'latency.bandwidth': bandwidth, 'latency.correlated': correlated,
  // How the tools look; nothing on the way itself.
  'schema.drift': schemaDrift, 'tools.list_changed': toolsChanged,
  // The connection, the gateway, the service: the first that fails answers.
  'timeout.pre_commit': timeoutBefore, 'connection.reset': connectionReset,
  'auth.expiry': authExpiry, 'auth.scope': authScope,
  'rate_limit.token_bucket': tokenBucket, 'rate_limit.concurrency': concurrency, 'rate_limit.quota': quota,
  'outage.window': outage, 'outage.brownout': brownout, 'error.gilbert_elliott': gilbertElliott, 'error.abort': abort,
  // The handler: whether, when and over what the tool runs. A key keeps the answer that says which items failed.
  'response.partial_batch': partialBatch, 'idempotency.key': idempotencyKey, 'conflict.optimistic_lock': optimisticLock,
  'response.error_in_success': errorInSuccess, 'consistency.silent_noop': silentNoop, 'consistency.stale_read': staleRead, 'clock.skew': clockSkew,
  'async.job': asyncJob, 'delivery.duplicate': duplicate, 'world.event': worldEvent,
  // The answer: first what it says, then how it is written.
  'consistency.source_conflict': sourceConflict, 'response.corrupted': corrupted, 'pagination.cursor_expiry': cursorExpiry,
  'security.injection': injection, 'response.redundant': redundant, 'response.truncated': truncated, 'response.empty': empty, 'response.malformed': malformed,
  // The way back.
  'timeout.post_commit': timeoutAfter,
  // Beside calls.
  'deadline': deadline, 'user.noise': userNoise,
}

const ORDER = Object.keys(KINDS)

/** The kind of an entry. */
export function kindOf(spec: DynamicsEntry): Kind {
  return KINDS[spec.kind] as unknown as Kind
}

/** Where on the way an entry stands. */
export function rankOf(spec: DynamicsEntry): number {
  const onTheWayBack = (spec.kind === 'connection.reset' || spec.kind === 'response.error_in_success') && spec.phase === 'post_commit'
  return ORDER.indexOf(onTheWayBack ? 'timeout.post_commit' : spec.kind)
}

/** Kinds in the order of the way, with what gets past them. */
export function kindList(): { readonly kind: string; readonly recovery: readonly string[] }[] {
  return ORDER.map((kind) => ({ kind, recovery: KINDS[kind as DynamicsKind].recovery }))
}
