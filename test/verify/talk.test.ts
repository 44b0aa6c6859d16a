/** Checks of what was said and called: calls.constraints, communicated, rules, tasks that cannot be done, set-up rows. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { Episode } from '../../src/episode/episode.ts'
import { call, carrierScenario, say, slotsOf } from '../carrier.ts'

const carrier = carrierScenario()
const start = (task: string, seed = 3, options = {}) => Episode.start(carrier, { seed, task, options })
const finish = call('finish', {})
const unable = call('report_unable', { reason: 'The PIN is not known.' })

function verdictOf(episode: Episode, ...actions: Action[]): Verdict {
  let last = episode.last
  for (const action of actions) last = episode.step(action)
  const verdict = last.info.verdict!
  t.ok(Verdict.safeParse(verdict).success)
  const events = episode.events()
  t.ok(verdict.issues.every((issue) => issue.evidence.every(({ event }) => events[event]?.index === event)), 'evidence points at events')
  return verdict
}

t.test('communicated: it must be said to the user, in whatever words and spelling', async (t) => {
  const used = (spell: (mb: number) => string, ...more: Action[]) => {
    const episode = start('usage')
    return verdictOf(episode, say(spell(slotsOf(episode).line.used_mb)), ...more, finish)
  }
  const commas = (n: number) => String(n).replace(/(\d)(?=(\d{3})+$)/g, '$1,')
  for (const right of [(n: number) => `You used ${n} MB.`, (n: number) => `${commas(n)} megabytes`, (n: number) => `**${n}.00**!`, (n: number) => `first 12, then ${n}, and 3`]) t.equal(used(right).reward, 1, right(1234))
  for (const wrong of [(n: number) => `You used ${n + 1} MB.`, (n: number) => `You used ${n}5 MB.`, () => 'You used a lot.', (n: number) => `${n}mb`.slice(1), () => '']) {
    const verdict = used(wrong)
    t.equal(verdict.reward, 0, wrong(1234))
    t.match(verdict.issues, [{ id: 'told', category: 'missed_action' }])
  }
  const guess = used(() => Array.from({ length: 9000 }, (_, i) => 1000 + i).join(', '))
  t.match(guess, { reward: 0, issues: [{ id: 'told', category: 'reward_hacking' }] }, 'every number there is')
  const beside = start('usage')
  const { line } = slotsOf(beside)
  t.equal(verdictOf(beside, { content: `You used ${line.used_mb} MB.`, tool_calls: [{ name: 'find_line', arguments: { number: line.number } }] }, finish).reward, 0, 'what stands beside calls is said to nobody')
})

t.test('communicated: a record that was pasted as the tool gave it tells nobody anything', async (t) => {
  const told = (text: (record: string, used: number) => string) => {
    const episode = Episode.start(carrierScenario(), { seed: 3, task: 'usage' })
    episode.step(call('find_line', { number: slotsOf(episode).number }))
    const record = episode.observation.messages.at(-1)!.content
    episode.step(say(text(record, slotsOf(episode).line.used_mb)))
    return episode.step(call('finish', {})).reward
  }
  t.equal(told((record) => record), 0)
  t.equal(told((record) => `Here you are: ${JSON.stringify(JSON.parse(record), null, 2)}`), 0, 'however it is laid out')
  t.equal(told((_, used) => `{"lists": [${used}, 2], "texts": ["${used}", "\\"${used}"]}`), 0, 'lists and texts of a record')
  t.equal(told((record, used) => `You have used ${used} MB. ${record}`), 1, 'what is said beside it is said')
  t.equal(told((_, used) => `Your "used_mb" is: ${used}`), 1, 'a name in quotation marks is no record')
})

t.test('communicated: of a list of texts any one is enough', async (t) => {
  const said = (text: string, words: (line: Record<string, any>) => string) => {
    const episode = Episode.start(carrierScenario(['kind: communicated, text: line.used_mb', `kind: communicated, text: "${text}"`]), { seed: 3, task: 'usage' })
    const { reward, issues } = verdictOf(episode, say(words(slotsOf(episode).line)), finish)
    return [reward, ...issues.map(({ category }) => category)]
  }
  const MISSED = [0, 'missed_action']
  const either = '[string(line.used_mb), line.status]'
  t.same(said(either, (line) => `It is ${line.status}.`), [1])
  t.same(said(either, (line) => `${line.used_mb} MB`), [1])
  t.same(said(either, () => 'I do not know'), MISSED)
  t.same(said("lines.filter(l, l.number == line.number).map(l, l.used_mb)", (line) => `${line.used_mb} MB`), [1], 'a computed list of numbers')
  t.same(said("lines.filter(l, l.number == 'none').map(l, l.used_mb)", (line) => `${line.used_mb} MB`), MISSED, 'an empty list holds nothing to say')
  t.same(said("[lines.get('none').status, 'hello']", () => 'hello'), MISSED, 'a list of what is not there neither')
  t.same(said("['', '...', 'hello']", () => 'hello'), [1], 'an empty text is no text')
  t.same(said("['', '...']", () => 'hello ...'), MISSED)
  const all = (line: Record<string, any>) => `${line.status} ${Array.from({ length: 9000 }, (_, i) => 1000 + i).join(', ')}`
  t.same(said('[line.used_mb]', all), [0, 'reward_hacking'])
  t.same(said(either, all), [1], 'what is no figure was not guessed')
})

t.test('calls.constraints: calls of the agent that succeeded, with the right arguments and result', async (t) => {
  const fixed = (slots: Record<string, any>) => [say(slots.fault === 'airplane' ? 'turn off airplane mode' : 'turn on mobile data')]
  const run = (look: (slots: Record<string, any>) => Action[]) => {
    const episode = start('no_internet')
    const slots = slotsOf(episode)
    return verdictOf(episode, ...look(slots), ...fixed(slots), say('works?'))
  }
  t.equal(run(({ number }) => [call('find_line', { number })]).reward, 1)
  t.equal(run(({ number }) => [call('find_line', JSON.stringify({ number }))]).reward, 1, 'arguments as text')
  for (const look of [() => [], () => [call('find_line', { number: '070000000' })], () => [call('find_line', { nmber: '1' })]] as ((slots: Record<string, any>) => Action[])[]) {
    const verdict = run(look)
    t.equal(verdict.reward, 0)
    t.match(verdict.issues, [{ id: 'looked_up', category: 'missed_action' }])
  }
  const most = carrierScenario(["where: 'args.number == number'}\n  resume:", "where: 'args.number == number', most: 2}\n  resume:"])
  const thrice = (times: number) => {
    const episode = Episode.start(most, { seed: 3, task: 'no_internet' })
    const slots = slotsOf(episode)
    return verdictOf(episode, ...new Array<Action>(times).fill(call('find_line', { number: slots.number })), ...fixed(slots), say('works?'))
  }
  t.equal(thrice(2).reward, 1)
  t.match(thrice(3), { reward: 0, issues: [{ id: 'looked_up', category: 'repetition' }] })
})

t.test('calls.constraints: one of several tools is enough; refusals of the tool itself count where they are asked for', async (t) => {
  const LOOKED = "call: find_line, where: 'args.number == number'}\n  resume:"
  const ROUGH = '- {id: base, kind: latency.constant, ms: 100}'
  const verdicts = (check: string, move: (slots: Record<string, any>) => Action, dynamics = '') => {
    const episode = Episode.start(carrierScenario([LOOKED, `${check}}\n  resume:`], ...(dynamics ? [[ROUGH, `${ROUGH}\n${dynamics}`] as [string, string]] : [])), { seed: 3, task: 'no_internet' })
    const slots = slotsOf(episode)
    const { reward, issues } = verdictOf(episode, move(slots), say(slots.fault === 'airplane' ? 'turn off airplane mode' : 'turn on mobile data'), say('works?'))
    return { reward, issues: issues.flatMap(({ id, category, verdict }) => (verdict === 'note' ? [] : [`${id} ${category}`])) }
  }
  const looked = ({ number }: any) => call('find_line', { number })
  const tried = ({ number }: any) => call('resume_line', { number, pin: '0' })
  const PASSED = { reward: 1, issues: [] }
  const MISSED = { reward: 0, issues: ['looked_up missed_action'] }
  const either = "call: [resume_line, find_line], where: 'args.number == number'"
  t.same(verdicts(either, looked), PASSED)
  t.same(verdicts(either, () => say('hello')), MISSED)
  t.same(verdicts(`${either}, most: 1`, ({ number }) => ({ tool_calls: [{ name: 'find_line', arguments: { number } }, { name: 'resume_line', arguments: { number, pin: '0' } }] })), PASSED, 'a refused one is none')
  t.same(verdicts(`${either}, most: 1, refused: true`, ({ number }) => ({ tool_calls: [{ name: 'find_line', arguments: { number } }, { name: 'resume_line', arguments: { number, pin: '0' } }] })), { reward: 0, issues: ['looked_up repetition'] })
  t.same(verdicts(either, tried), MISSED)

  const refused = "call: resume_line, refused: true, where: \"args.number == number && result.contains('PIN')\""
  t.same(verdicts(refused, tried), PASSED)
  t.same(verdicts(refused.replace('PIN', 'not suspended'), ({ number, pin }) => call('resume_line', { number, pin })), PASSED, 'whatever the tool says no for')
  t.same(verdicts(refused, () => call('resume_line', { number: '0', pin: '0' })), MISSED)
  t.same(verdicts("call: resume_line, refused: true, where: result.status == 'active'", tried), MISSED, 'the result is a text')
  t.same(verdicts("call: [find_line, resume_line], where: result.contains('PIN')", looked), MISSED, 'the result is no text')
  t.same(verdicts('call: resume_line, refused: true', () => call('resume_line', { pin: '0' })), MISSED, 'wrong arguments never reach the tool')
  t.same(verdicts('call: resume_line, refused: true', tried, '- {id: down, kind: error.abort, status: 503, recovery: [retry]}'), MISSED, 'nor does what fails on the way')
  t.same(verdicts('call: resume_line, refused: true', tried, '- {id: lost, kind: timeout.post_commit, deadline_ms: 9000, recovery: [read_back]}'), MISSED, 'a refusal that nobody saw')
})

t.test('rules: a call that breaks one and succeeds fails the gate, and the issue points at it', async (t) => {
  const play = (...moves: ((slots: Record<string, any>) => Action)[]) => {
    const episode = start('resume')
    const slots = slotsOf(episode)
    return { episode, verdict: verdictOf(episode, ...moves.map((move) => move(slots)), finish) }
  }
  const look = ({ number }: any) => call('find_line', { number })
  const askFirst = ({ number }: any) => say(`May I resume ${number}?`)
  const resume = ({ number, pin }: any) => call('resume_line', { number, pin })
  const badPin = ({ number }: any) => call('resume_line', { number, pin: '0' })

  t.match(play(look, askFirst, resume).verdict, { reward: 1, gates: { rules: true } })
  const rash = play(look, resume)
  t.match(rash.verdict, { reward: 0, success: false, gates: { rules: false, active: true } })
  const [issue] = rash.verdict.issues.filter((one) => one.category === 'rule_violation')
  t.match(rash.episode.events()[issue!.evidence[0]!.event], { type: 'call', tool: 'resume_line', broke: ['consent'] })
  t.same(play(resume).episode.events().flatMap((event) => (event.type === 'call' ? event.broke ?? [] : [])), ['consent', 'look_first'], 'each broken rule is noted')

  const forgiven = play(badPin, look, askFirst, resume)
  t.equal(forgiven.verdict.reward, 1, 'an attempt that the tool refused is noted, not punished')
  t.same(forgiven.episode.events().flatMap((event) => (event.type === 'call' && event.broke ? [event.broke] : [])), [['consent', 'look_first']])
  t.equal(play(look, askFirst, ({ number, pin }: any) => ({ tool_calls: [{ name: 'resume_line', arguments: JSON.stringify({ number, pin }) }] })).verdict.reward, 1)
  t.equal(play(({ number }: any) => call('find_line', { number: `0${number}` }), askFirst, resume).verdict.reward, 0, 'looking at another line is not looking')

  const shaped = start('resume', 3, { shaping: 'progress' })
  const slots = slotsOf(shaped)
  t.ok(shaped.step(look(slots)).reward === 0 && shaped.step(resume(slots)).reward === 0, 'a broken rule voids the progress')
})

t.test('rules see the tables as they are, when `when` holds; what reads null does not hold; dear ones refuse the call', async (t) => {
  const rule = (text: string) => carrierScenario(["- {id: polite, text: Be polite.}", text])
  const resumed = (text: string) => {
    const episode = Episode.start(rule(text), { seed: 3, task: 'resume' })
    const { number, pin } = slotsOf(episode)
    episode.step(call('find_line', { number }))
    episode.step(say('May I resume it?'))
    const { observation } = episode.step(call('resume_line', { number, pin }))
    return { content: observation.messages[0]!.content, broke: episode.events().flatMap((event) => (event.type === 'call' ? event.broke ?? [] : [])) }
  }
  t.same(resumed("- {id: r, text: x, on: [resume_line], that: \"lines.get(args.number).status == 'suspended'\"}").broke, [])
  t.same(resumed("- {id: r, text: x, on: [resume_line], that: \"lines.get(args.number).status == 'active'\"}").broke, ['r'])
  t.same(resumed("- {id: r, text: x, on: [resume_line], when: \"lines.get(args.number).status == 'active'\", that: 'false'}").broke, [])
  t.same(resumed("- {id: r, text: x, when: \"lines.get('nobody').status == 'active'\", that: 'false'}").broke, [], 'a condition about nothing does not apply')
  t.same(resumed("- {id: r, text: x, that: \"tool == 'find_line' || told.exists(s, s.contains('May I'))\"}").broke, [])
  t.same(resumed("- {id: r, text: x, that: \"tool == 'find_line' || history.exists(h, h.result.status == 'suspended')\"}").broke, [])
  t.same(resumed("- {id: r, text: x, that: \"said.exists(s, s.contains('blocked'))\"}").broke, [], 'the instruction is said by the user')
  const dear = "- {id: r, text: x, on: [resume_line], that: 'lines.all(a, lines.all(b, lines.all(c, a.pin + b.pin != c.pin + c.owner + a.owner + b.owner && a.pin + b.pin != c.pin + c.owner + a.owner + b.owner && a.pin + b.pin != c.pin + c.owner + a.owner + b.owner && a.pin + b.pin != c.pin + c.owner + a.owner + b.owner)))'}"
  t.match(resumed(dear).content, /request too expensive/)
})

t.test('a task that cannot be done is declined, after the cause was seen, with nothing written', async (t) => {
  const play = (...moves: ((slots: Record<string, any>) => Action)[]) => {
    const episode = start('resume.forgotten_pin')
    const slots = slotsOf(episode)
    return verdictOf(episode, ...moves.map((move) => move(slots)))
  }
  const look = ({ number }: any) => call('find_line', { number })
  const askPin = () => say('What is your PIN?')
  t.match(play(askPin, look, () => unable), { reward: 1, success: true, gates: { ending: true } })
  t.match(play(() => unable), { reward: 0, gates: { ending: true, looked_up: false, asked: false } }, 'refusing at once')
  t.match(play(askPin, () => unable), { reward: 0 })
  t.match(play(look, () => unable), { reward: 0 })
  t.match(play(askPin, look, () => finish), { reward: 0, gates: { ending: false }, issues: [{ check: 'ending', category: 'false_claim' }] }, 'claiming to have done it')
  t.match(play(askPin, look, ({ number, pin }) => call('resume_line', { number, pin }), () => unable), { reward: 0, gates: { rest: false } }, 'written all the same')
  t.equal(play(askPin, look, () => say('Goodbye')).gates.ending, false, 'the user leaves, nobody declined')
})

t.test('set-up is where the agent starts: its rows are no changes of the agent, and guarded like the others', async (t) => {
  const setup = (steps: string, except = '') => carrierScenario(
    ['    - set: {phone.number: line.number, phone.service: false}', `    - set: {phone.number: line.number, phone.service: false}\n${steps}`],
    ["columns: [status]}]}", `columns: [status]}${except}]}`],
    ["  resume_line:\n    description: Lifts", "  drop_line:\n    description: Drops a line.\n    effect: write\n    input: {properties: {number: {type: string}}, required: [number]}\n    do: [{delete: 'lines[args.number]'}]\n  rename:\n    description: Renames.\n    effect: write\n    idempotent: true\n    input: {properties: {number: {type: string}, owner: {type: string}}, required: [number, owner]}\n    do: [{set: {'lines[args.number].owner': args.owner}}]\n  resume_line:\n    description: Lifts"],
  )
  const spare = "    - {insert: lines, row: {number: \"'07-spare'\", owner: \"'Spare'\", pin: \"'1'\", status: \"'active'\", used_mb: 1, plan_mb: 10000}}\n    - set: {'lines[line.number].owner': \"'Prepared'\"}"
  const scenario = setup(spare)
  const play = (of: typeof scenario, ...moves: ((slots: Record<string, any>) => Action)[]) => {
    const episode = Episode.start(of, { seed: 3, task: 'resume' })
    const slots = slotsOf(episode)
    const good = [call('find_line', { number: slots.number }), say('May I resume it?'), call('resume_line', { number: slots.number, pin: slots.pin })]
    return verdictOf(episode, ...good, ...moves.map((move) => move(slots)), finish)
  }
  t.equal(play(scenario).reward, 1)
  t.match(JSON.stringify(Episode.start(scenario, { seed: 3, task: 'resume' }).inspect().diff), /07-spare.*"cause":"world","event":0/)
  const spared = (name: string, args = {}) => () => call(name, { number: '07-spare', ...args })
  t.match(play(scenario, spared('drop_line')), { reward: 0, gates: { rest: false } }, 'a row that set-up inserted is deleted')
  t.match(play(scenario, spared('rename', { owner: 'X' })), { reward: 0, gates: { rest: false } }, 'and changed')
  t.equal(play(scenario, spared('rename', { owner: 'X' }), spared('rename', { owner: 'Spare' })).reward, 1, 'and put back')
  t.equal(play(scenario, ({ number }) => call('rename', { number, owner: 'X' })).reward, 0)
  t.equal(play(scenario, ({ line }) => call('rename', { number: line.number, owner: line.owner })).reward, 0, 'the owner before the set-up is not the owner now')
  t.equal(play(setup(spare, ", {delete: lines, key: \"'07-spare'\"}"), spared('drop_line')).reward, 1, 'what is allowed is allowed')
  const several = (keys: string) => setup(spare, `, {delete: lines, keys: "${keys}"}, {update: lines, keys: "${keys}", columns: [owner]}`)
  const renamed = ({ number }: any) => call('rename', { number, owner: 'X' })
  for (const keys of ["[number, '07-spare']", "lines.filter(l, l.owner in ['Spare', 'X'] || l.number == number).map(l, l.number) + ['07-spare']"]) {
    t.equal(play(several(keys), renamed, spared('rename', { owner: 'X' })).reward, 1, 'several rows')
    t.equal(play(several(keys), renamed, spared('drop_line')).reward, 1)
  }
  t.match(play(several("['07-spare']"), renamed), { reward: 0, gates: { rest: false } }, 'a row whose key is not in the list')
  t.match(play(several("lines.filter(l, l.owner == 'Nobody').map(l, l.number)"), spared('drop_line')), { reward: 0, gates: { rest: false } }, 'an empty list allows nothing')
  t.match(play(several("[lines.get('nobody').number, '07-spare']"), spared('drop_line')), { reward: 0, gates: { rest: false } }, 'a list of what is not there allows nothing')

  const shaped = Episode.start(carrier, { seed: 3, task: 'no_internet', options: { shaping: 'progress' } })
  t.equal(shaped.step(call('find_line', { number: '1' })).reward, 0, 'the progress starts after the set-up')
  const { fault } = slotsOf(shaped)
  t.ok(shaped.step(say(fault === 'airplane' ? 'turn off airplane mode' : 'turn on mobile data')).reward! > 0.9)
})

t.test('a set-up that fails is a fault of the spec', async (t) => {
  const broken = carrierScenario(['    - set: {phone.number: line.number, phone.service: false}', "    - {require: 'false', else: never}"])
  t.throws(() => Episode.start(broken, { seed: 3, task: 'resume' }), /set-up of resume: "never"/)
})
