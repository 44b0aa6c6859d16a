/** `milestones` and `minefields`: the matching against all matchings there are, and both in episodes. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { Episode } from '../../src/episode/episode.ts'
import { type Fit, MOST_MATCHED, reachMost } from '../../src/verify/milestone-match.ts'
import { call, carrierScenario, say, slotsOf } from '../carrier.ts'
import fc from '../property.ts'

/** The best worth of all ways to give events to milestones, in order. */
function bestOfAll(log: readonly Fit[], needs: readonly (number | undefined)[], worth: (mask: number) => number): number {
  const go = (at: number, mask: number): number => {
    if (at === log.length) return worth(mask)
    let best = go(at + 1, mask)
    for (let i = 0; i < needs.length; i++) {
      const bit = 1 << i
      const need = needs[i]
      if (log[at]!.fits & bit && !(mask & bit) && need !== undefined && (need & mask) === need) best = Math.max(best, go(at + 1, mask | bit))
    }
    return best
  }
  return go(0, 0)
}

/** Needs that go back only: no circles. */
const needsOf = (size: number) => fc.array(fc.option(fc.nat(), { freq: 8, nil: undefined }), { minLength: size, maxLength: size })
  .map((raw) => raw.map((bits, i) => (bits === undefined ? undefined : bits & bits >> 3 & ((1 << i) - 1))))

t.test('the matching is the best there is, each milestone with an event of its own that fits and comes after its needs', async (t) => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5 }).chain((size) => fc.tuple(needsOf(size), fc.array(fc.integer({ min: 1, max: (1 << size) - 1 }), { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: size, maxLength: size }), fc.nat((1 << size) - 1))),
    ([needs, fits, weights, extra]) => {
      const log = fits.map((bits, i) => ({ event: 10 * i, fits: bits }))
      // A state that is reached with a whole set makes the worth more than a sum.
      const worth = (mask: number) => weights.reduce((sum, weight, i) => (mask & (1 << i) ? sum + weight : sum), 0) + ((extra & mask) === extra ? 4 : 0)
      const { mask, events } = reachMost(log, needs, worth)
      const own = [...events.values()]
      const fitting = [...events].every(([i, event]) => log[event / 10]!.fits & (1 << i) && needs.every((_, j) => !(needs[i]! & (1 << j)) || events.get(j)! < event))
      return worth(mask) === bestOfAll(log, needs, worth) && new Set(own).size === own.length && fitting && needs.every((_, i) => events.has(i) === ((mask & (1 << i)) !== 0))
    },
  ), { numRuns: 3000 })
  const first = [{ event: 0, fits: 0b11 }, { event: 1, fits: 0b01 }]
  t.equal(reachMost(first, [0, 0], (mask) => mask).mask, 0b11, 'the first that fits would be one too few')
  const all = (1 << MOST_MATCHED) - 1
  const crowd = Array.from({ length: 20_000 }, (_, i) => ({ event: i, fits: ((i * 2654435761) >>> 7) & all }))
  t.equal(reachMost(crowd, new Array<number>(MOST_MATCHED).fill(0), (mask) => mask).mask, all)
  t.equal(reachMost(crowd.map((fit) => ({ ...fit, fits: all })), Array.from({ length: MOST_MATCHED }, (_, i) => (i < 11 ? undefined : 0)), (mask) => mask).mask, 1 << 11, 'what is blocked stays out')
})

const TOLD = 'kind: communicated, text: line.used_mb'
const begin = (check: string, options = {}, task = 'usage') => Episode.start(carrierScenario([TOLD, check]), { seed: 3, task, options })
const finish = call('finish', {})
const look = ({ number }: any) => call('find_line', { number })

function play(episode: Episode, ...actions: Action[]): Verdict {
  let last = episode.last
  for (const action of actions) if (!episode.ended) last = episode.step(action)
  const verdict = last.info.verdict!
  t.ok(Verdict.safeParse(verdict).success)
  const events = episode.events()
  t.ok(verdict.issues.every((issue) => issue.evidence.every(({ event }) => events[event]?.index === event)), 'evidence points at events')
  return verdict
}

t.test('milestones in an episode: order, own events, states, and what each was matched to', async (t) => {
  const reached = (reach: string, moves: (slots: Record<string, any>) => Action[]) => {
    const episode = begin(`kind: milestones, reach: {${reach}}`)
    const { reward, milestones, issues } = play(episode, ...moves(slotsOf(episode)), finish)
    return { reward, reached: milestones.filter((one) => one.reached).map((one) => `${one.milestone}${one.event === undefined ? '' : ` ${episode.events()[one.event]!.type}`}`).join(), category: issues.map(({ category }) => category).join() }
  }
  const ORDER = 'looked: {call: find_line, where: args.number == number}, told: {says: [MB], after: [looked], weight: 3}'
  t.same(reached(ORDER, (s) => [look(s), say('12 MB')]), { reward: 1, reached: 'looked call,told turn', category: '' })
  t.same(reached(ORDER, (s) => [say('12 MB'), look(s)]), { reward: 0.25, reached: 'looked call', category: 'wrong_order' })
  t.same(reached(ORDER, () => [say('12 MB')]), { reward: 0, reached: '', category: 'missed_action' })
  t.same(reached(ORDER, () => []), { reward: 0, reached: '', category: 'missed_action' })
  t.same(reached(ORDER, ({ number }) => [{ tool_calls: [{ name: 'find_line', arguments: { number } }, { name: 'finish', arguments: {} }] }]).reached, '', 'nobody saw the answer')
  const TWICE = 'one: {call: find_line}, two: {call: find_*, where: args.number == number}'
  t.same(reached(TWICE, (s) => [look(s)]), { reward: 0.5, reached: 'one call', category: 'missed_action' }, 'one event counts once')
  t.same(reached(TWICE, (s) => [look(s), look(s)]).reward, 1)
  const STATE = 'known: {that: line.used_mb > 0, after: [looked]}, looked: {call: find_line}, told: {says: [MB], after: [known]}'
  t.same(reached(STATE, (s) => [look(s), say('12 MB')]), { reward: 1, reached: 'known,looked call,told turn', category: '' })
  t.same(reached(STATE, (s) => [say('12 MB'), look(s)]).reached, 'known,looked call', 'what comes after a state comes after its needs')
  t.same(reached(STATE.replace('line.used_mb > 0', '"lines.get(\'none\').used_mb > 0"'), (s) => [look(s), say('12 MB')]).reached, 'looked call', 'what does not hold blocks what comes after it')
  t.same(reached('asked: {hears: [used, use]}, end: {ends: finish, after: [asked]}', () => []), { reward: 1, reached: 'asked reset,end call', category: '' })
  t.same(reached('tiny: {says: [never], weight: 0.000000001}, looked: {call: find_line, weight: 100000000000}', (s) => [look(s)]).reward, 1 - 2 ** -20, 'only all of it is all')
  const parallel = 'changed: {call: find_line, where: args.number != number, after: [looked]}, looked: {call: find_line, where: args.number == number}'
  t.same(reached(parallel, ({ number }) => [{ tool_calls: [{ name: 'find_line', arguments: { number } }, { name: 'find_line', arguments: { number: '0' } }] }]).reached, 'looked call', 'refused calls are none')
})

t.test('milestones of the user: its own calls count for nothing, a state that it brought about does', async (t) => {
  const NEEDED = "kind: calls.constraints, call: find_line, where: 'args.number == number'"
  const offline = (reach: string) => {
    const episode = Episode.start(carrierScenario([NEEDED, `kind: milestones, reach: {${reach}}`]), { seed: 3, task: 'no_internet' })
    const { fault } = slotsOf(episode)
    return play(episode, say('Look at your phone, please.'), say(fault === 'airplane' ? 'turn off airplane mode' : 'turn on mobile data'), say('works?')).milestones.map((one) => `${one.milestone} ${one.reached}`).join()
  }
  t.equal(offline("online: {that: phone.data && !phone.airplane}, any: {call: '*'}, told: {hears: ['on', 'off']}"), 'online true,any false,told true')
})

t.test('shaping by milestones: nothing at the start or for what held then, nothing twice, all of it adds up', async (t) => {
  const paid = (reach: string, moves: (slots: Record<string, any>) => Action[]) => {
    const episode = begin(`kind: milestones, reach: {${reach}}`, { shaping: 'progress' })
    const rewards = [...moves(slotsOf(episode)), finish].map((action) => episode.step(action).reward!)
    t.equal(rewards.reduce((sum, one) => sum + one, 0), episode.last.info.verdict!.reward)
    return rewards
  }
  const ORDER = 'asked: {hears: [used, use]}, held: {that: "line.used_mb > 0"}, looked: {call: find_line}, told: {says: [MB], after: [looked], weight: 3}'
  const [first, second, third, fourth] = paid(ORDER, (s) => [say('hello'), look(s), look(s), say('12 MB')])
  t.equal(first, 0, 'what was there before')
  t.ok(second! > 0.2 && second! < 0.3 && third === 0 && fourth! > 0.7, `${second} ${fourth}`)
  t.same(paid(ORDER, (s) => [say('12 MB'), look(s)]).slice(0, 1), [0], 'not before its time')
})

t.test('minefields: every hit is evidence; states in the end; words pulled apart and run together', async (t) => {
  const walk = (never: string, moves: (slots: Record<string, any>) => Action[], task = 'usage', more = '') => {
    const episode = begin(`kind: minefields, never: [${never}]${more}`, {}, task)
    const { reward, issues, components } = play(episode, ...moves(slotsOf(episode)), finish)
    const one = components.find(({ id }) => id === 'told')!
    return { reward, category: issues.filter(({ id }) => id === 'told').map(({ category }) => category).join(), hits: one.evidence!.map(({ event, pointer }) => (event === undefined ? pointer : episode.events()[event]!.type)).join() }
  }
  const OK = { reward: 1, category: '', hits: '' }
  const HIT = (hits: string) => ({ reward: 0, category: 'rule_violation', hits })
  t.same(walk('{call: find_line, where: args.number != number}, {says: [guarantee]}', (s) => [look(s), say('12 MB')]), OK)
  t.same(walk('{call: find_line}', (s) => [look(s), look(s)]), HIT('call,call'))
  t.same(walk('{call: find_line}, {says: [MB]}', (s) => [look(s), say('12 MB')], 'usage', ', gate: false').reward, 0)
  t.same(walk('{call: resume_line}, {says: [MB]}', (s) => [look(s), say('12 MB')], 'usage', ', gate: false').reward, 0.5)
  t.same(walk('{call: find_line, refused: true}', () => [call('find_line', { number: 'none' })]), HIT('call'))
  t.same(walk('{call: find_line}', () => [call('find_line', { number: 'none' })]), OK)
  t.same(walk('{ends: finish}', () => []), HIT('call'))
  t.same(walk('{that: "line.used_mb > 0"}', () => []), HIT('/never/0'))
  t.same(walk("{that: \"lines.get('none').used_mb > 0\"}", () => []), OK, 'what is not there is not so')
  for (const said of ['I Guarantee it!', 'we gua\u200brantee', 'guar-antee', 'g u a r a n t e e', 'ＧＵＡＲＡＮＴＥＥ']) t.same(walk('{says: [guarantee]}', () => [say(said)]), HIT('turn'), said)
  for (const said of ['guaranteed', 'a guaranty e', 'the guard antee', 'gua x rantee']) t.same(walk('{says: [guarantee]}', () => [say(said)]), OK, said)
  t.same(walk('{says: [full refund]}', () => [say('A full re-fund is due, a fullrefund.'), say('refund in full')]), HIT('turn'))
  t.same(walk("{says: ['100']}", () => [say('10, 0 and 1 00')]), OK, 'figures apart are other figures')
  const shaped = Episode.start(carrierScenario([
    "- {id: active, kind: state.predicates, that: [\"lines.get(number).status == 'active'\"]}\n    - {id: rest",
    "- {id: active, kind: state.predicates, that: [\"lines.get(number).status == 'active'\"]}\n    - {id: mine, kind: minefields, never: [{says: [sorry]}]}\n    - {id: rest",
  ]), { seed: 3, task: 'resume', options: { shaping: 'progress' } })
  const { number, pin } = slotsOf(shaped)
  shaped.step(look({ number }))
  shaped.step(say(`Sorry, may I resume ${number}?`))
  t.equal(shaped.step(call('resume_line', { number, pin })).reward, 0, 'a mine voids the progress')
})
