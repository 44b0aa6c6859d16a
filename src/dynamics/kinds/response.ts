/** Kinds in which the call happened as it should, and its answer is not what it was. */
import { Buffer } from 'node:buffer'
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import { below, chance, keyOf, word } from '../../core/keyed.ts'
import type { Kind } from '../compiled-entry.ts'
import { leavesAt, listIn, numbersIn, replaced } from '../json-place.ts'
import { requireTool } from '../known-tool.ts'
import { wrongValue } from '../wrong-value.ts'

const isRecord = (json: unknown): json is Record<string, unknown> => json !== null && typeof json === 'object' && !Array.isArray(json)

export const truncated: Kind<EntryOf<'response.truncated'>> = {
  drive: 'calls',
  recovery: ['read_back', 'retry'],
  compile: (spec, { self, site }) => {
    if ((spec.bytes === undefined) === (spec.items === undefined)) site.complain('entry', 'response.truncated needs either bytes or items')
    return {
      after(call) {
        if (call.isError) return
        if (spec.items !== undefined) {
          const list = listIn(call.json)
          if (!list || list.items.length <= spec.items) return
          const items = list.items.slice(0, spec.items)
          // Checks and rules find a list where there was one.
          if (list.field === undefined) call.truth ??= items
          const cut = list.field === undefined ? items : { ...(call.json as object), [list.field]: items }
          call.json = spec.marker ? (Array.isArray(cut) ? { items: cut, truncated: true } : { ...cut, truncated: true }) : cut
        } else {
          const { content } = call
          const cut = firstBytes(content, spec.bytes ?? Infinity)
          if (cut === content) return
          call.spoil(cut + (spec.marker ? '… [truncated]' : ''))
        }
        call.mark(self(), 'response')
      },
    }
  },
}

/** The characters of a text that so many bytes hold. */
function firstBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const all = Buffer.from(text)
  let end = bytes
  // A byte that goes on with a character: that character is left out.
  while (end > 0 && (all[end]! & 0xc0) === 0x80) end--
  return all.subarray(0, end).toString()
}

/** Text that was cut inside a character loses that character. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1)
}

export const partialBatch: Kind<EntryOf<'response.partial_batch'>> = {
  drive: 'calls',
  recovery: ['retry'],
  compile: (spec, { self, tools, site }) => {
    if (spec.argument !== undefined && ![...tools.values()].some(({ lists }) => lists.includes(spec.argument!))) site.at('argument').complain('name', `no tool takes a list '${spec.argument}'`)
    const failing = (call: Parameters<NonNullable<ReturnType<Kind['compile']>['before']>>[0]) => {
      const argument = spec.argument ?? (call.tool.lists.length === 1 ? call.tool.lists[0]! : undefined)
      const items = argument === undefined ? undefined : call.args[argument]
      if (argument === undefined || !Array.isArray(items)) return undefined
      const key = call.keyOf(self())
      return { argument, items, fails: items.map((_, i) => chance(keyOf([i], key), spec.share * call.site.intensity, 3)) }
    }
    return {
      before(call) {
        const batch = failing(call)
        if (!batch?.fails.includes(true)) return
        call.failed = batch.fails
        const kept = batch.items.filter((_, i) => !batch.fails[i])
        if (kept.length) call.args = { ...call.args, [batch.argument]: kept }
        else call.answer(undefined)
      },
      after(call) {
        if (!call.failed || call.isError) return
        call.truth ??= call.json ?? null
        call.json = { status: 'partial', results: call.failed.map((fails, index) => ({ index, status: fails ? spec.status : 200 })), result: call.json ?? null }
        call.mark(self(), 'response')
      },
    }
  },
}

export const malformed: Kind<EntryOf<'response.malformed'>> = {
  drive: 'calls',
  recovery: ['idempotent_retry', 'read_back', 'retry'],
  compile: ({ form }, { self }) => ({
    after(call) {
      if (call.isError) return
      const { content } = call
      switch (form) {
        case 'cut': call.spoil(wellFormed(content.slice(0, Math.ceil(content.length * 0.6)))); break
        case 'html': call.spoil(BAD_GATEWAY); break
        default: call.spoil(content.replaceAll(/["\\]/g, '\u{fffd}'))
      }
      call.mark(self(), 'response')
    },
  }),
}

const BAD_GATEWAY = '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>'

const EMPTY = { blank: '', null: 'null', object: '{}', list: '[]' } as const

export const empty: Kind<EntryOf<'response.empty'>> = {
  drive: 'calls',
  recovery: ['idempotent_retry', 'read_back', 'retry'],
  compile: ({ form }, { self }) => ({
    after(call) {
      if (call.isError) return
      call.spoil(EMPTY[form])
      call.mark(self(), 'response')
    },
  }),
}

/** An answer that says 200 and means an error; nothing happened, or it did. */
export const errorInSuccess: Kind<EntryOf<'response.error_in_success'>> = {
  drive: 'calls',
  recovery: ['idempotent_retry', 'read_back', 'retry'],
  compile: ({ phase, messages }, { self }) => {
    const shown = (key: Parameters<typeof below>[0]) => ({ success: false, error: messages[below(key, messages.length, 2)]! })
    if (phase === 'pre_commit') {
      return {
        before(call) {
          if (call.mode !== 'run') return
          call.failed = undefined
          call.answer(shown(call.keyOf(self())))
          call.mark(self(), 'pre_commit')
        },
      }
    }
    return {
      after(call) {
        if (call.isError) return
        call.spoil(JSON.stringify(shown(call.keyOf(self()))))
        call.mark(self(), 'post_commit')
      },
    }
  },
}

export const corrupted: Kind<EntryOf<'response.corrupted'>> = {
  drive: 'calls',
  recovery: ['cross_check'],
  compile: ({ field, values, source }, { self, tools, site }) => {
    if (source !== undefined) requireTool(source, tools, site.at('source'), 'read')
    return {
      after(call) {
        if (call.isError) return
        const key = call.keyOf(self())
        const found = field === undefined ? numbersIn(call.json) : leavesAt(call.json, field)
        if (!found.length) return
        const { place, value } = found[below(key, found.length, 6)]!
        const wrong = wrongValue(value, values, key)
        if (wrong === value) return
        call.json = replaced(call.json, place, wrong)
        call.mark(self(), 'response')
      },
    }
  },
}

const NOISE_LINE = 64

/** Lines of a trace as a chatty service adds them. */
function noise(key: Parameters<typeof word>[0], bytes: number): string[] {
  return Array.from({ length: Math.max(1, Math.ceil(bytes / NOISE_LINE)) }, (_, i) => `span=${word(key, 20 + i).toString(16)} stage=${i} node=n${i * 7} cached=${i % 2 === 0} queue=default retries=0 ok`)
}

export const redundant: Kind<EntryOf<'response.redundant'>> = {
  drive: 'calls',
  recovery: [],
  compile: ({ bytes }, { self }) => ({
    after(call) {
      if (call.isError) return
      const key = call.keyOf(self())
      const lines = noise(key, bytes * call.site.intensity)
      if (isRecord(call.json)) call.json = { ...call.json, _debug: { request_id: word(key, 3).toString(16), trace: lines } }
      else if (typeof call.json === 'string') {
        call.truth ??= call.json
        call.json = `${call.json}\n${lines.map((line) => `[debug] ${line}`).join('\n')}`
      } else return
      call.mark(self(), 'response')
    },
  }),
}
