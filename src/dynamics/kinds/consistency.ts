/** Kinds in which reads and writes are not what they seem: stale reads, lost writes, sources that disagree, other writers. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import { digestOf } from '../../core/digest.ts'
import { keyOf, word } from '../../core/keyed.ts'
import { BEGINNING } from '../dynamics-state.ts'
import type { Kind } from '../compiled-entry.ts'
import { compileDistribution, deviate, mostOf } from '../distribution.ts'
import { leavesAt, listIn, replaced } from '../json-place.ts'
import type { Passage } from '../passage.ts'
import { requireTool } from '../known-tool.ts'
import { withArgument } from '../presentation.ts'
import { compileJson } from '../json-expression.ts'
import { errorContent } from '../surface.ts'
import { wrongValue } from '../wrong-value.ts'

/** Reads that see the world as it was a while ago. */
export const staleRead: Kind<EntryOf<'consistency.stale_read'>> = {
  drive: 'calls',
  effect: 'read',
  recovery: ['wait'],
  compile: ({ lag, read_your_writes }, { self }) => {
    const quantile = compileDistribution(lag)
    const reach = mostOf(lag)
    return {
      reach,
      settles: reach,
      before(call) {
        if (call.mode !== 'run' && call.mode !== 'past') return
        const { start, intensity } = call.site
        // A lower intensity lags less: what was fresh stays fresh.
        const ms = Math.min(reach, Math.round(quantile(deviate(call.keyOf(self()), 5)) * intensity))
        const own = read_your_writes ? call.state.lastWrites.get(call.site.framePath) ?? BEGINNING : BEGINNING
        call.asOf = Math.min(call.asOf, Math.max(BEGINNING, start - ms, own))
        const overlay = call.state.viewAt(start, call.asOf)
        if (!overlay || overlay === call.overlay || overlay === call.state.past.at(-1)?.overlay) return
        call.mode = 'past'
        call.overlay = overlay
        call.mark(self(), 'response')
      },
    }
  },
}

/** A write that says it happened, and did not. */
export const silentNoop: Kind<EntryOf<'consistency.silent_noop'>> = {
  drive: 'calls',
  effect: 'write',
  recovery: ['read_back'],
  compile: (_spec, { self }) => ({
    before(call) {
      if (call.mode === 'run') call.mode = 'undone'
    },
    after(call) {
      if (call.mode === 'undone' && !call.isError) call.mark(self(), 'pre_commit')
    },
  }),
}

/** A source that is wrong about a field for the whole episode, while another is right. */
export const sourceConflict: Kind<EntryOf<'consistency.source_conflict'>> = {
  drive: 'calls',
  recovery: ['cross_check'],
  compile: ({ field, values, authority, id }, { self, tools, site }) => {
    requireTool(authority.call, tools, site.at('authority', 'call'), 'read')
    const args = compileJson(authority.with, ['args', 'result'], site.at('authority', 'with'))
    return {
      after(call) {
        if (call.isError || call.tool.name === authority.call) return
        const [leaf] = leavesAt(call.json, field)
        if (!leaf) return
        const wrong = wrongValue(leaf.value, values, keyOf([call.site.luck, id, call.tool.name, digestOf(call.args)]))
        if (wrong === leaf.value) return
        // It is wrong for good: who looked has looked.
        call.truth ??= call.json
        call.json = replaced(call.json, leaf.place, wrong)
        call.mark(self(), 'response')
      },
      authority(given, result) {
        return {
          call: authority.call,
          args: args({ args: given, result }),
          mend(answer) {
            const [right] = leavesAt(answer, authority.field)
            const [wrong] = leavesAt(result, field)
            return right && wrong ? replaced(result, wrong.place, right.value) : result
          },
        }
      },
    }
  },
}

type Written = { readonly own: number }

/** Writes have to name the version that they are of; others write too. */
export const optimisticLock: Kind<EntryOf<'conflict.optimistic_lock'>> = {
  drive: 'match',
  recovery: ['retry'],
  compile: (spec, { self }) => {
    const targetOf = (call: Passage): string | undefined => {
      const name = spec.target ?? call.tool.target
      const value = name === undefined ? undefined : call.args[name]
      return typeof value === 'string' ? `${name}=${value}` : undefined
    }
    const memoOf = (target: string) => `${spec.id}\0version\0${target}`
    const versionOf = (call: Passage, target: string): number => 1 + ((call.state.memos.get(memoOf(target)) as Written | undefined)?.own ?? 0) + writesOfOthers(call, target, spec)
    return {
      present: (tool, { effect, target }) => (effect === 'write' && (spec.target ?? target) !== undefined ? [withArgument(tool, self(), spec.param, { type: 'integer', minimum: 0, description: 'record_version of what is changed, as it was last read.' }, true)] : [tool]),
      before(call) {
        const target = call.tool.effect === 'write' ? targetOf(call) : undefined
        if (target === undefined || call.mode === 'none') return
        // A tool that has an argument of this name already keeps it.
        if (!Object.hasOwn(call.extras, spec.param)) return
        const given = call.extras[spec.param]
        const current = versionOf(call, target)
        if (given !== current) call.refuse(self(), errorContent(409, 'Version conflict: it was changed meanwhile', { current_version: current }))
      },
      after(call) {
        const target = targetOf(call)
        if (target === undefined || call.isError) return
        const before = call.state.memos.get(memoOf(target)) as Written | undefined
        if (call.tool.effect === 'write' && call.mode !== 'none') call.state.memos.set(memoOf(target), { own: (before?.own ?? 0) + 1 } satisfies Written)
        if (call.json !== null && typeof call.json === 'object' && !Array.isArray(call.json) && !('record_version' in call.json)) call.json = { ...call.json, record_version: versionOf(call, target) }
      },
    }
  },
}

/** One write in each stretch of time, at a moment drawn for it. */
function writesOfOthers({ site: { luck, intensity, start } }: Passage, target: string, { id, rate }: EntryOf<'conflict.optimistic_lock'>): number {
  if (rate * intensity <= 0) return 0
  const stretch = 1000 / (rate * intensity)
  const n = Math.floor(start / stretch)
  const moment = word(keyOf([luck, id, target, n])) / 4294967296
  return n + (start - n * stretch >= moment * stretch ? 1 : 0)
}

type Cursor = { readonly offset: number; readonly args: string; readonly expires: number }

/** Long lists come a page at a time; a cursor lives only so long. */
export const cursorExpiry: Kind<EntryOf<'pagination.cursor_expiry'>> = {
  drive: 'match',
  effect: 'read',
  recovery: ['paginate'],
  compile: (spec, { self }) => {
    const memoOf = (cursor: string) => `${spec.id}\0cursor\0${cursor}`
    return {
      present: (tool) => [withArgument(tool, self(), spec.param, { type: 'string', description: 'next_cursor of the page before.' }, false)],
      before(call) {
        const cursor = call.extras[spec.param]
        if (typeof cursor !== 'string') return
        const kept = call.state.memos.get(memoOf(cursor)) as Cursor | undefined
        if (!kept || kept.args !== digestOf(call.args).slice(0, 16)) return call.refuse(self(), errorContent(400, 'Invalid cursor'))
        if (call.site.start >= kept.expires) return call.refuse(self(), errorContent(410, 'The cursor has expired: begin again without one'))
        call.offset = kept.offset
      },
      after(call) {
        const list = call.isError ? undefined : listIn(call.json)
        const { intensity, start } = call.site
        const size = Math.max(1, Math.floor(spec.page_size / Math.max(intensity, 0.001)))
        if (!list || (call.offset === 0 && list.items.length <= size)) return
        const page = list.items.slice(call.offset, call.offset + size)
        const next = call.offset + size < list.items.length ? `cur_${word(call.keyOf(self()), 8).toString(16).padStart(8, '0')}` : null
        if (next !== null) call.state.memos.set(memoOf(next), { offset: call.offset + size, args: digestOf(call.args).slice(0, 16), expires: start + spec.ttl_ms } satisfies Cursor)
        if (list.field === undefined) call.truth ??= page
        call.json = { ...(list.field === undefined ? { items: page } : { ...(call.json as object), [list.field]: page }), next_cursor: next }
        call.mark(self(), 'response')
      },
    }
  },
}
