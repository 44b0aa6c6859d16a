/** Temporal rules: the automata against what each line means, in real episodes, and as rules of a scenario. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { Event } from '../../protocol/event.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { Episode } from '../../src/episode/episode.ts'
import type { EpisodeView } from '../../src/episode/task.ts'
import type { Finding } from '../../src/spec/complaint.ts'
import { compileTemporalRules } from '../../src/verify/temporal/temporal-rules.ts'
import { Site } from '../../src/world/site.ts'
import { call, carrierScenario, compileCarrier, say, slotsOf } from '../carrier.ts'
import { deskScenario } from '../desk.ts'
import fc from '../property.ts'

const desk = deskScenario()
const plain = Episode.start(desk, { seed: 1, task: 'pay_once' }).view

/** What one call of a random log is like. */
type Made = { readonly tool: 'get_account' | 'pay' | 'freeze'; readonly id: string | undefined; readonly fate: 'done' | 'refused' | 'lost' | 'late' }

/** A log of turns with such calls; late ones take effect after the turn that follows. */
function logOf(turns: readonly (readonly Made[])[], pace: number): Event[] {
  const events: Event[] = [{ type: 'reset', index: 0, identity: {} as never, frame: 'teller', instruction: 'Go on.' }]
  let late: number[] = []
  turns.forEach((calls, i) => {
    const at = i * pace
    const turn = events.length
    events.push({ type: 'turn', index: turn, frame: 'teller', seq: i + 1, action: { tool_calls: calls.map(({ tool }) => ({ name: tool, arguments: {} })) }, at, tokens: 1 })
    const due = late
    late = []
    for (const { tool, id, fate } of calls) {
      const lost = fate === 'lost'
      const done = fate === 'done' || lost
      if (fate === 'late' && tool !== 'get_account') late.push(events.length)
      events.push({
        type: 'call', index: events.length, frame: 'teller', turn, call_id: `c${events.length}`, tool, arguments: id === undefined ? {} : { id }, at, returns_at: at + 1,
        is_error: !done, content: done ? '{}' : 'No.', committed: done, applications: done ? 1 : 0, changes: [], faults: [], ...(lost && { unseen: true as const, result: {} }),
      })
    }
    for (const of of due) events.push({ type: 'effect', index: events.length, at, call: of, cause: 'agent', committed: true, content: '{}', changes: [] })
  })
  return events
}

/** A call that counts: where it stands, from which event on it counts for others, and what it is about. */
type Counted = { readonly at: number; readonly from: number; readonly tool: string; readonly key: string | undefined }

/** The calls of a log that count, straight from what the words say. */
function counted(events: readonly Event[]): Counted[] {
  return events.flatMap((event): Counted[] => {
    if (event.type !== 'call') return []
    const key = (event.arguments as { id?: string }).id
    const later = events.find((other) => other.type === 'effect' && other.call === event.index)
    if (event.tool === 'get_account') {
      const next = events.find(({ type, index }) => type === 'turn' && index > event.index)
      return event.committed && !event.unseen ? [{ at: event.index, from: next?.index ?? Infinity, tool: event.tool, key }] : []
    }
    return event.committed || later ? [{ at: event.index, from: (later ?? event).index + 1, tool: event.tool, key }] : []
  })
}

/** What a line means, by quantifiers over the calls a and b; gives the calls that break it. */
function meaning(form: string, events: readonly Event[], { a, b, keyed, within }: { a: string[]; b: string[]; keyed: boolean; within: number | undefined }): number[] {
  const all = counted(events)
  const times = events.map((_, i) => Math.max(...events.slice(0, i + 1).map((event) => ('at' in event ? event.at : 0))))
  const as = all.filter(({ tool }) => a.includes(tool))
  const bs = all.filter(({ tool }) => b.includes(tool))
  const same = (x: Counted, y: Counted) => !keyed || (x.key !== undefined && x.key === y.key)
  const near = (earlier: number, later: number) => within === undefined || times[later]! - times[earlier]! <= within
  const both = (x: Counted, others: Counted[]) => others.some((y) => y.at === x.at)
  const unled = (xs: Counted[], leaders: Counted[]) => xs.filter((x) => !both(x, leaders) && !leaders.some((y) => same(x, y) && y.from <= x.at))
  const broken = (): Counted[] => {
    switch (form) {
      case 'before any': return unled(bs, as)
      case 'never before': return unled(as, bs)
      case 'before each': {
        const judged = bs.filter((x) => !both(x, as))
        return judged.filter((x) => {
          const last = judged.findLast((y) => y.at < x.at && same(x, y))
          return !as.some((y) => same(x, y) && y.from <= x.at && (!last || y.from > last.at) && near(y.from - 1, x.at))
        })
      }
      case 'after each': return bs.filter((x) => !both(x, as) && !as.some((y) => y.from < Infinity && same(x, y) && y.at > x.at && near(x.at, y.at)))
      case 'never': return as
      case 'never after': return as.filter((x) => bs.some((y) => same(x, y) && y.from <= x.at))
      case 'only until': return all.filter((x) => !both(x, as) && !both(x, bs) && !bs.some((y) => y.from <= x.at))
      default: return as.filter((x) => as.filter((y) => y.at < x.at && (same(x, y) || (x.key === undefined && y.key === undefined))).length >= 2)
    }
  }
  return broken().map(({ at }) => at)
}

const LINES: Readonly<Record<string, string>> = {
  'before any': 'a before any b', 'before each': 'a before each b', 'after each': 'a after each b', never: 'never a', 'never after': 'never a after b',
  'never before': 'never a before b', 'only until': 'only a until b', 'at most': 'at most 2 a',
}

t.test('the automata find what each line means, with keys, times, lost, late and refused calls', async (t) => {
  const made = fc.record({
    tool: fc.constantFrom('get_account' as const, 'pay' as const, 'freeze' as const), id: fc.constantFrom('A', 'B', undefined),
    fate: fc.constantFrom('done' as const, 'done' as const, 'done' as const, 'refused' as const, 'lost' as const, 'late' as const),
  })
  const tools = fc.subarray(['get_account', 'pay', 'freeze'], { minLength: 1, maxLength: 2 })
  const found = new Set<string>()
  fc.assert(fc.property(
    fc.array(fc.array(made, { maxLength: 4 }), { maxLength: 6 }), fc.constantFrom(...Object.keys(LINES)), tools, tools, fc.boolean(), fc.constantFrom(undefined, 1, 2), fc.nat(1500),
    (turns, form, a, b, wantsKey, wantsTime, pace) => {
      const keyed = wantsKey && form !== 'never' && form !== 'only until'
      const seconds = form.endsWith('each') ? wantsTime : undefined
      const text = `${LINES[form]!}${keyed ? ' for the same key' : ''}${seconds === undefined ? '' : ` within ${seconds} seconds`}`
      const event = (names: string[]) => ({ call: names, ...(keyed && { key: 'args.id' }) })
      const findings: Finding[] = []
      const rules = compileTemporalRules({ events: { a: event(a), ...(text.includes(' b') && { b: event(b) }) }, order: [text] }, { world: desk.world, scope: desk.world.scope(), answer: undefined, user: false }, new Site([], findings))
      if (findings.length) throw new Error(JSON.stringify(findings))
      const events = logOf(turns, pace)
      const got = rules.violations({ ...plain, events }, true).map((one) => one.event)
      const want = meaning(form, events, { a, b, keyed, within: seconds === undefined ? undefined : seconds * 1000 })
      if (want.length) found.add(form)
      if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${text}: ${got.join()} instead of ${want.join()}`)
    },
  ), { numRuns: 4000 })
  t.same([...found].sort(), Object.keys(LINES).sort(), 'each was broken by some log')
})

t.test('a long log costs no more than a short one for each event', async (t) => {
  const turns = Array.from({ length: 4000 }, (_, i): Made[] => [{ tool: i % 2 ? 'pay' : 'freeze', id: `K${i % 700}`, fate: 'done' }])
  const events = { a: { call: 'pay', key: 'args.id' }, b: { call: 'freeze', key: 'args.id' } }
  const order = ['a before each b for the same key within 5 minutes', 'a after each b for the same key within 5 minutes', 'at most 3 a for the same key']
  const rules = compileTemporalRules({ events, order }, { world: desk.world, scope: desk.world.scope(), answer: undefined, user: false }, new Site([], []))
  const view: EpisodeView = { ...plain, events: logOf(turns, 1000) }
  t.ok(rules.violations(view, true).length > 3000)
})

const start = (order: string, events = '{}') => Episode.start(carrierScenario(['kind: communicated, text: line.used_mb', `kind: rules.temporal, events: ${events}, order: [${order}]`]), { seed: 3, task: 'usage' })

function play(episode: Episode, ...actions: Action[]): Verdict {
  let last = episode.last
  for (const action of actions) if (!episode.ended) last = episode.step(action)
  const verdict = last.info.verdict!
  t.ok(Verdict.safeParse(verdict).success)
  return verdict
}
const finish = call('finish', {})
const both = (...calls: Action[]): Action => ({ tool_calls: calls.flatMap(({ tool_calls }) => tool_calls ?? []) })

t.test('in an episode: words, endings, reads of the same turn, and the verdict', async (t) => {
  const told = (order: string, events: string, moves: (slots: Record<string, any>) => Action[]) => {
    const episode = start(order, events)
    const { reward, issues, components } = play(episode, ...moves(slotsOf(episode)), finish)
    const one = components.find(({ id }) => id === 'told')!
    return { reward, category: issues.map(({ category }) => category).join(), score: one.score, types: (one.evidence ?? []).map(({ event }) => episode.events()[event!]!.type).join() }
  }
  const OK = { reward: 1, category: '', score: 1, types: '' }
  const look = ({ number }: any) => call('find_line', { number })
  t.same(told('find_line before finish', '{}', (s) => [look(s)]), OK)
  t.same(told('find_line before finish', '{}', () => []), { reward: 0, category: 'wrong_order', score: 0, types: 'call' })
  t.same(told('find_line before any answer', '{answer: {says: [MB]}}', (s) => [look(s), say('12 MB')]), OK)
  t.same(told('find_line before any answer', '{answer: {says: [MB]}}', (s) => [say('12 mb!'), look(s), say('12 MB')]).types, 'turn', 'only the first')
  t.same(told('find_line before each answer', '{answer: {says: [MB]}}', (s) => [look(s), say('12 MB'), say('12 MB'), say('9 MB')]), { reward: 0, category: 'wrong_order', score: 0, types: 'turn,turn' }, 'all of them')
  t.same(told('answer after each find_line', '{answer: {says: [MB]}}', (s) => [look(s), look(s), say('12 MB')]), OK)
  t.same(told('answer after each find_line', '{answer: {says: [MB]}}', (s) => [look(s), say('12 MB'), look(s)]), { reward: 0, category: 'wrong_order', score: 0, types: 'call' })
  t.same(told('never find_*', '{}', (s) => [look(s)]).category, 'rule_violation')
  t.same(told('never find_*', '{}', () => [call('find_line', { number: 'none' })]), OK, 'refused calls are none')
  t.same(told('never try', '{try: {call: find_line, refused: true}}', () => [call('find_line', { number: 'none' })]).category, 'rule_violation', 'unless they are asked for')
  t.same(told('At most 1 find_line, never a write', '{}', (s) => [look(s), look(s)]).score, 0.5, 'one of two lines')
  t.same(told('only say_so until find_line', '{say_so: {says: [MB]}}', (s) => [look(s)]), OK)
  t.same(told('asked before any read', '{asked: {hears: [used, use]}}', (s) => [look(s)]).reward, 1, 'the instruction is heard')
  t.same(told('read before any finish', '{}', ({ number }) => [both(call('find_line', { number }), finish)]).reward, 0, 'what nobody has seen was not looked at')
})

t.test('scenario rules with an order: judged at the end in the gate `rules`, known to admission, void the progress', async (t) => {
  const LOOK = `- id: look_first
  text: Look at a line before you change it.
  on: [resume_line]
  that: "history.exists(h, h.tool == 'find_line' && h.args.number == args.number)"`
  const ORDER = `- id: look_first
  text: Look at a line before you change it.
  events: {look: {call: find_line, key: args.number}, change: {call: resume_line, key: args.number}}
  order: [look before any change for the same key, 'goodbye after each change']`
  const ordered = (order = ORDER.replace(", 'goodbye after each change'", '')) => carrierScenario([LOOK, order])
  const rules = (scenario = ordered(), options = {}) => {
    const episode = Episode.start(scenario, { seed: 3, task: 'resume', options })
    const { number, pin } = slotsOf(episode)
    return { episode, look: call('find_line', { number }), ask: say(`May I resume ${number}?`), resume: call('resume_line', { number, pin }) }
  }
  const fine = rules()
  t.match(play(fine.episode, fine.look, fine.ask, fine.resume, finish), { reward: 1, gates: { rules: true } })
  const rash = rules()
  const verdict = play(rash.episode, rash.ask, rash.resume, rash.look, finish)
  t.match(verdict, { reward: 0, gates: { rules: false }, issues: [{ id: 'rules', category: 'wrong_order' }] })
  t.match(verdict.components.find(({ id }) => id === 'rules')!.evidence, [{ found: ['look_first'], expected: 'look before any change for the same key' }])
  t.match(rash.episode.events()[verdict.issues[0]!.evidence[0]!.event], { type: 'call', tool: 'resume_line' })
  const blind = rules()
  t.equal(play(blind.episode, blind.ask, both(blind.look, blind.resume), finish).reward, 0, 'a read of the same turn was not seen')

  const shaped = rules(undefined, { shaping: 'progress' })
  t.ok(shaped.episode.step(shaped.ask).reward === 0 && shaped.episode.step(shaped.resume).reward === 0, 'nothing for a write against the rules')
  const owing = ordered(ORDER.replace("'goodbye after each change'", 'bye after each change').replace('events: {', 'events: {bye: {says: [goodbye]}, '))
  const paid = rules(owing, { shaping: 'progress' })
  paid.episode.step(paid.look)
  paid.episode.step(paid.ask)
  t.ok(paid.episode.step(paid.resume).reward! > 0, 'what is only owed yet voids nothing')
  t.same(play(paid.episode, finish).reward, 0, 'in the end it does')
  const polite = rules(owing)
  t.equal(play(polite.episode, polite.look, polite.ask, polite.resume, say('Goodbye!'), finish).reward, 1)
  t.same(ordered().ruleIds, ['consent', 'look_first'])
  t.ok(ordered().ruleBook!.ids.join() === 'consent' && compileCarrier([LOOK, ORDER]).complaints[0]!.message.includes("no event 'goodbye'"))
})

t.test('what is owed is forgiven to who met what nothing gets past, and honestly declines', async (t) => {
  const ROUGH = '- {id: base, kind: latency.constant, ms: 100}'
  const scenario = carrierScenario(['- {id: polite, text: Be polite.}', '- {id: bye, text: Say goodbye after looking., events: {bye: {says: [goodbye]}}, order: [bye after each find_line]}'],
    [ROUGH, `${ROUGH}\n- {id: gone, kind: error.abort, match: {tools: [resume_line]}, status: 503, persistence: permanent}`])
  const decline = (...more: Action[]) => {
    const episode = Episode.start(scenario, { seed: 3, task: 'resume' })
    const { number, pin } = slotsOf(episode)
    return play(episode, call('find_line', { number }), say(`May I resume ${number}?`), call('resume_line', { number, pin }), ...more)
  }
  t.equal(decline(call('report_unable', { reason: 'It is down.' })).reward, 1)
  t.match(decline(finish), { reward: 0, gates: { rules: false } })
})
