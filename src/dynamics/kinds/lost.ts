/** Kinds in which the answer is lost, or the request comes twice; and the key that makes repeating safe. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import { digestOf } from '../../core/digest.ts'
import type { CompiledEntry, Kind } from '../compiled-entry.ts'
import { compileDistribution, deviate, mostOf } from '../distribution.ts'
import type { Passage } from '../passage.ts'
import { withArgument } from '../presentation.ts'
import { errorContent, RESET_CONTENT, timeoutContent } from '../surface.ts'

/** What the caller is left with when the answer does not come; an answer is lost but once. */
function lose(call: Passage, entry: CompiledEntry, content: string, afterMs?: number): void {
  if (call.lost) return
  call.lost = true
  call.spoil(content, true)
  call.mark(entry, 'post_commit')
  if (afterMs !== undefined) call.fixLatency(afterMs)
}

export const timeoutBefore: Kind<EntryOf<'timeout.pre_commit'>> = {
  drive: 'calls',
  recovery: ['read_back', 'retry'],
  compile: ({ deadline_ms }, { self }) => ({
    before(call) {
      call.refuse(self(), timeoutContent(deadline_ms))
      call.fixLatency(deadline_ms)
    },
  }),
}

export const timeoutAfter: Kind<EntryOf<'timeout.post_commit'>> = {
  drive: 'calls',
  recovery: ['idempotent_retry', 'read_back'],
  compile: ({ deadline_ms, committed, commit_delay, visibility_lag_ms }, { self }) => {
    const quantile = commit_delay && compileDistribution(commit_delay)
    return {
      settles: visibility_lag_ms + (commit_delay ? mostOf(commit_delay) : 0),
      before(call) {
        if (!call.chance(self(), committed, 2)) {
          call.refuse(self(), timeoutContent(deadline_ms))
          call.fixLatency(deadline_ms)
        } else if (quantile && call.mode === 'run' && call.state.hasRoom && call.tool.effect === 'write') {
          call.mode = 'later'
          call.delay = Math.round(quantile(deviate(call.keyOf(self()), 5) * call.site.intensity))
        }
      },
      after(call) {
        if (call.mode === 'run' || call.mode === 'later') call.veil = Math.max(call.veil, visibility_lag_ms)
        lose(call, self(), timeoutContent(deadline_ms), deadline_ms)
      },
    }
  },
}

export const connectionReset: Kind<EntryOf<'connection.reset'>> = {
  drive: 'calls',
  recovery: ['idempotent_retry', 'read_back', 'retry'],
  compile: ({ phase }, { self }) => (phase === 'pre_commit' ? { before: (call) => call.refuse(self(), RESET_CONTENT) } : { after: (call) => lose(call, self(), RESET_CONTENT) }),
}

/** The request arrives once more; a key that the tool takes makes the second one do nothing. */
export const duplicate: Kind<EntryOf<'delivery.duplicate'>> = {
  drive: 'calls',
  effect: 'write',
  recovery: ['idempotent_retry'],
  compile: ({ gap_ms }, { self }) => ({
    after(call) {
      if (call.isError || call.keyed || !call.state.hasRoom || (call.mode !== 'run' && call.mode !== 'later')) return
      call.again = (call.mode === 'later' ? call.delay : 0) + gap_ms
      call.mark(self(), 'post_commit')
    },
  }),
}

type Kept = { readonly at: number; readonly args: string; readonly done: boolean; readonly json?: unknown; readonly isError?: boolean }

/** A key of the caller's under which the answer is kept: the same key again gives the same answer, and no second effect. */
export const idempotencyKey: Kind<EntryOf<'idempotency.key'>> = {
  drive: 'match',
  effect: 'write',
  recovery: [],
  compile: (spec, { self }) => {
    const memoOf = (call: Passage): string | undefined => {
      const key = call.extras[spec.param]
      return typeof key === 'string' ? `${spec.id}\0key\0${call.tool.name}\0${key}` : undefined
    }
    return {
      tick(call) {
        const key = call.extras[spec.param]
        if (typeof key === 'string') call.key = key
      },
      present: (tool) => [withArgument(tool, self(), spec.param, { type: 'string', minLength: 1, maxLength: 200, description: 'A key of your own choosing: repeating the request with the same key has no second effect.' }, false)],
      before(call) {
        const memo = memoOf(call)
        if (memo === undefined) return
        const kept = call.state.memos.get(memo) as Kept | undefined
        const args = digestOf(call.given).slice(0, 16)
        // A failure leaves the key free, whenever it came.
        if (!kept || call.site.start - kept.at >= spec.ttl_ms || (kept.done && kept.isError)) {
          call.keyed = true
          call.state.memos.set(memo, { at: call.site.start, args, done: false } satisfies Kept)
        } else if (kept.args !== args) call.refuse(self(), errorContent(spec.mismatch_status, 'The idempotency key was used with other arguments'))
        else if (!kept.done) call.refuse(self(), errorContent(409, 'A request with this idempotency key is in progress'))
        else {
          call.failed = undefined
          call.answer(kept.json, kept.isError)
        }
      },
      after(call) {
        const memo = call.keyed ? memoOf(call) : undefined
        if (memo === undefined) return
        const kept = call.state.memos.get(memo) as Kept
        if (call.mode === 'later') call.tells.push(memo)
        else if (call.mode !== 'run' || call.isError) call.state.memos.delete(memo)
        else {
          call.state.weight += call.content.length
          call.state.memos.set(memo, { ...kept, done: true, json: call.json ?? null, isError: false } satisfies Kept)
        }
      },
      close(call) {
        // What never reached the tool leaves the key free.
        const memo = call.keyed && call.refused ? memoOf(call) : undefined
        if (memo !== undefined) call.state.memos.delete(memo)
      },
    }
  },
}
