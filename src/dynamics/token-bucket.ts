import type { Bucket } from './dynamics-state.ts'

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
