/** Kinds that refuse who comes too often: buckets, calls in flight, quotas. A lower intensity is a more generous limit. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import type { CompiledEntry, Kind } from '../compiled-entry.ts'
import type { Passage } from '../passage.ts'
import { errorContent, retryAfter } from '../surface.ts'

/** Below this intensity limits grow no further: their numbers stay finite. */
const LEAST_SHARE = 0.001

const shareOf = ({ site: { intensity } }: Passage): number => Math.max(intensity, LEAST_SHARE)

function refuseUntil(call: Passage, entry: CompiledEntry, { status, retry_after }: { status: number; retry_after: 'seconds' | 'date' | 'absent' }, error: string, waitMs: number): void {
  const { stated, ms } = retryAfter(retry_after, Math.max(1, waitMs), call.site.epoch + call.site.start)
  call.refuse(entry, errorContent(status, error, stated), ms)
}

export type Bucket = { readonly tokens: number; readonly at: number }

/**
 * Takes tokens from a bucket that refills in virtual time.
 * @param rate tokens a virtual second
 * @returns the bucket afterwards, and the milliseconds to wait when it did not hold enough (0 when it did)
 */
export function takeTokens(bucket: Bucket | undefined, now: number, rate: number, burst: number, cost: number): { bucket: Bucket; waitMs: number } {
  // A call that starts before the bucket's last change (another frame's clock) finds it as it is.
  const elapsed = bucket ? Math.max(0, now - bucket.at) : 0
  const tokens = bucket ? Math.min(burst, bucket.tokens + (elapsed / 1000) * rate) : burst
  const at = bucket ? Math.max(bucket.at, now) : now
  // The tolerance makes a wait of exactly waitMs enough in spite of rounding.
  if (tokens >= cost - 1e-9) return { bucket: { tokens: Math.max(0, tokens - cost), at }, waitMs: 0 }
  return { bucket: { tokens, at }, waitMs: Math.ceil(((cost - tokens) / rate) * 1000) }
}

export const tokenBucket: Kind<EntryOf<'rate_limit.token_bucket'>> = {
  drive: 'calls',
  recovery: ['wait'],
  compile: (spec, { self, site }) => {
    if (spec.cost > spec.burst) site.at('cost').complain('value', 'one call costs more than the bucket holds', { expected: `at most burst (${spec.burst})` })
    return {
      before(call) {
        const memo = call.memoOf(self(), spec.scope)
        const share = shareOf(call)
        const { bucket, waitMs } = takeTokens(call.state.memos.get(memo) as Bucket | undefined, call.site.start, spec.rate / share, spec.burst / share, spec.cost)
        call.state.memos.set(memo, bucket)
        if (waitMs > 0) refuseUntil(call, self(), spec, 'Too many requests', waitMs)
      },
    }
  },
}

export const concurrency: Kind<EntryOf<'rate_limit.concurrency'>> = {
  drive: 'calls',
  recovery: ['wait'],
  compile: (spec, { self }) => {
    const inFlight = (call: Passage): number[] => ((call.state.memos.get(call.memoOf(self(), spec.scope)) as readonly number[] | undefined) ?? []).filter((until) => until > call.site.start)
    return {
      before(call) {
        const until = inFlight(call)
        if (until.length >= Math.floor(spec.limit / shareOf(call))) refuseUntil(call, self(), spec, 'Too many concurrent requests', Math.min(...until) - call.site.start)
      },
      close(call) {
        if (!call.refused) call.state.memos.set(call.memoOf(self(), spec.scope), [...inFlight(call), call.site.start + call.latency])
      },
    }
  },
}

type Quota = { readonly window: number; readonly used: number }

export const quota: Kind<EntryOf<'rate_limit.quota'>> = {
  drive: 'calls',
  recovery: ['wait'],
  compile: (spec, { self }) => ({
    before(call) {
      const memo = call.memoOf(self(), spec.scope)
      const window = Math.floor(call.site.start / spec.reset_ms)
      const before = call.state.memos.get(memo) as Quota | undefined
      const used = before?.window === window ? before.used : 0
      if (used >= Math.floor(spec.total / shareOf(call))) return refuseUntil(call, self(), spec, 'Quota exceeded', (window + 1) * spec.reset_ms - call.site.start)
      call.state.memos.set(memo, { window, used: used + 1 } satisfies Quota)
    },
  }),
}
