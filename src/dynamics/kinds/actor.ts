/** Kinds in which somebody else acts: another writer, the user, whoever wrote what a tool shows. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import { matchesGlob } from '../../core/glob.ts'
import { chance, type Key, keyOf, word } from '../../core/keyed.ts'
import { declare } from '../../world/expression/scope.ts'
import type { Site } from '../../world/site.ts'
import { compileSteps } from '../../world/step.ts'
import { JSON_VALUE } from '../../world/type.ts'
import type { Kind, WorldEvent } from '../compiled-entry.ts'
import { compileDistribution, deviate, drawExponential } from '../distribution.ts'
import { leavesOf, replaced } from '../json-place.ts'
import type { DynamicsState } from '../dynamics-state.ts'
import { requireTools } from '../known-tool.ts'
import type { Passage } from '../passage.ts'
import { inWindow } from '../schedule.ts'
import { wrongValue } from '../wrong-value.ts'

type Calendar = { readonly n: number; readonly due: number }

/** One that follows a call, with what the call was about. */
type Reply = Calendar & { readonly args: unknown; readonly result: unknown }

/** What others may do while an agent waits for a day: all of it happens in one stretch of time. */
const MOST_A_DAY = 10_000
const DAY_MS = 86_400_000

function checkRate({ mean_ms, when: { window } }: EntryOf<'world.event'>, site: Site): void {
  const span = Math.min(window?.to_ms ?? Infinity, DAY_MS)
  if (mean_ms !== undefined && span / mean_ms > MOST_A_DAY) site.at('mean_ms').complain('value', `others would act ${Math.round(span / mean_ms)} times in a day`, { expected: `at most ${MOST_A_DAY} times: a longer mean_ms, or when: {window: {to_ms: …}}` })
}

/** Another actor changes rows: at a time, again and again, or after something that the agent did. */
export const worldEvent: Kind<EntryOf<'world.event'>> = {
  drive: 'time',
  recovery: ['retry'],
  compile: (spec, { self, world, tools, site }) => {
    const { id, at_ms, mean_ms, after, when } = spec
    if ([at_ms, mean_ms, after].filter((one) => one !== undefined).length !== 1) site.complain('entry', 'world.event needs one of at_ms, mean_ms and after')
    if (after) requireTools(after.tools, tools, site.at('after', 'tools'))
    checkRate(spec, site)
    const queue = `${id}\0after`
    const bare = world.scope()
    const called = after && declare(bare, 'args', JSON_VALUE)
    const answered = called && declare(called.scope, 'result', JSON_VALUE)
    const scope = answered?.scope ?? bare
    const run = compileSteps(spec.do, scope, { ...world.stepEnvironment, writes: true }, site.at('do'))
    const keyAt = (luck: number, n: number): Key => keyOf([luck, id, n])
    // Candidates come at the full rate; a lower intensity lets fewer of them happen.
    const dueAfter = (luck: number, n: number, from: number): number => (mean_ms === undefined ? at_ms ?? 0 : from + Math.max(1, drawExponential(keyAt(luck, n), mean_ms, 5)))
    const waiting = (memos: Map<string, unknown>) => (memos.get(queue) as readonly Reply[] | undefined) ?? []
    // Written down when it is first asked for: a luck that is new later on moves nothing that has been.
    const calendarOf = ({ memos }: DynamicsState, luck: number): Calendar => {
      const known = memos.get(id) as Calendar | undefined
      const calendar = known ?? { n: 0, due: dueAfter(luck, 0, 0) }
      if (!known) memos.set(id, calendar)
      return calendar
    }
    const event: WorldEvent = {
      slots: scope.slots.used,
      run,
      given(state) {
        const [first] = waiting(state.memos)
        return called && answered && first ? [[called.slot, first.args], [answered.slot, first.result]] : []
      },
      due(state, { luck, intensity }) {
        if (intensity <= 0) return undefined
        const calendar = after ? waiting(state.memos)[0] : calendarOf(state, luck)
        if (!calendar || (at_ms !== undefined && calendar.n > 0)) return undefined
        return mean_ms !== undefined && calendar.due >= (when.window?.to_ms ?? Infinity) ? undefined : calendar.due
      },
      draw(state, { luck, intensity }) {
        const { n, due } = after ? waiting(state.memos)[0]! : calendarOf(state, luck)
        const key = keyAt(luck, n)
        return { key, happens: inWindow(self(), due) && chance(key, (when.probability ?? 1) * intensity, 1) }
      },
      advance(state, { luck }, from = 0) {
        if (after) {
          state.memos.set(queue, waiting(state.memos).slice(1))
          return
        }
        const { n, due } = calendarOf(state, luck)
        state.memos.set(id, { n: n + 1, due: dueAfter(luck, n + 1, Math.max(due, from)) } satisfies Calendar)
      },
    }
    return {
      event,
      ...(after && {
        after(call: Passage) {
          if (call.isError || call.mode === 'none' || call.mode === 'undone' || !matchesGlob(after.tools, call.tool.name)) return
          const counted = ((call.state.memos.get(id) as number | undefined) ?? 0)
          call.state.memos.set(id, counted + 1)
          const next: Reply = { n: counted, due: call.site.start + (call.mode === 'later' ? call.delay : 0) + after.delay_ms, args: call.args, result: call.json ?? null }
          call.state.eventsDue = undefined
          call.state.memos.set(queue, [...waiting(call.state.memos), next].sort((a, b) => a.due - b.due || a.n - b.n))
        },
      }),
    }
  },
}

const VAGUE = ['Hm, I am not quite sure what you mean.', 'Could be. What exactly do you want to know?', 'I would have to think about that.']
const SECOND_THOUGHTS = ['Actually, wait. Let me think about it again.', 'Hold on, I am not sure I want that. Ask me again.']

/** A user who is late, vague, mistaken, undecided or silent; asked again, it answers as it should. */
export const userNoise: Kind<EntryOf<'user.noise'>> = {
  drive: 'time',
  recovery: ['ask_user'],
  compile: ({ form, late, when }) => {
    const quantile = compileDistribution(late)
    return {
      hear(key, { intensity }, instruction) {
        if (!chance(key, (when.probability ?? 1) * intensity, 1)) return undefined
        const lateMs = Math.round(quantile(deviate(key, 5) * intensity))
        switch (form) {
          case 'late': return { lateMs }
          case 'silent': return { lateMs, said: '(no answer)' }
          case 'vague': return { lateMs: 0, said: VAGUE[word(key, 3) % VAGUE.length]! }
          case 'changes_mind': return { lateMs: 0, said: SECOND_THOUGHTS[word(key, 3) % SECOND_THOUGHTS.length]! }
          default: return { lateMs: 0, said: contradiction(instruction, key) }
        }
      },
    }
  },
}

/** What the user asked for with its first number off, and taken back at once. */
function contradiction(instruction: string, key: Key): string {
  const number = /\d+/.exec(instruction)
  if (!number) return 'No, wait. I was thinking of something else: ask me again.'
  const wrong = String(wrongValue(Number(number[0].slice(0, 9)), undefined, key))
  return `${instruction.slice(0, number.index)}${wrong}${instruction.slice(number.index + number[0].length)} No, that is not right. Ask me again.`
}

const WORD = /\p{L}{2}/u

/** Free text is four words or more; names, dates, ids, codes and paths are shorter. */
function isFreeText(value: unknown): value is string {
  return typeof value === 'string' && value.split(/\s+/, MOST_WORDS).filter((word) => WORD.test(word)).length >= 4
}

/** Words that are looked at. */
const MOST_WORDS = 100

/** An instruction that somebody planted in what a tool shows. */
export const injection: Kind<EntryOf<'security.injection'>> = {
  drive: 'calls',
  effect: 'read',
  recovery: [],
  compile: ({ text, wants, id, kind }) => ({
    after(call) {
      if (call.isError) return
      const planted = plant(call.json, text)
      if (planted === undefined) return
      // Rules and checks look at what the tool said.
      call.truth ??= call.json
      call.json = planted
      call.faults.push({ entry: id, kind, phase: 'response', wants })
    },
    close(call) {
      // What was lost, cut off or made unreadable on the way told the agent nothing.
      if (!call.content.includes(beginningOf(text))) call.faults.forEach(({ entry, phase }, i) => { if (entry === id) call.faults[i] = { entry, kind, phase } })
    },
  }),
}

/** The beginning of a text up to what JSON writes in another way. */
function beginningOf(text: string): string {
  return text.slice(0, 60).split(/["\\\p{Cc}]/u, 1)[0]!
}

function plant(json: unknown, text: string): unknown {
  if (typeof json === 'string') return `${json}\n${text}`
  if (json === null || typeof json !== 'object') return undefined
  for (const { place, value } of leavesOf(json)) if (place.length && isFreeText(value)) return replaced(json, place, `${value} ${text}`)
  return Array.isArray(json) ? undefined : { ...json, note: text }
}
