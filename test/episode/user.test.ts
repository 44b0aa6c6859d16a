/** The simulated user: what it hears, tells, does and remembers, and that a replay never asks it again. */
import t from 'tap'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { holdsPhrase, spokenWords } from '../../src/core/spoken-text.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { replayTrajectory } from '../../src/record/replay.ts'
import { renderTranscript } from '../../src/record/transcript.ts'
import { showEvents, showSnapshot, showTrajectory } from '../../src/server/answers.ts'
import { ask, call, carrierScenario, heard, say, slotsOf } from '../carrier.ts'
import { seedOf } from '../checkout.ts'
import fc from '../property.ts'

const carrier = carrierScenario()
const start = (task: string, seed = 3, options = {}) => Episode.start(carrier, { seed, task, options })

function gymCode(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof GymError) return error.gymCode
    throw error
  }
  return 'nothing'
}

t.test('words are heard whole, without case and punctuation; numbers by value', async (t) => {
  const hears = (text: string, phrase: string) => holdsPhrase(spokenWords(text), spokenWords(phrase))
  const yes: [string, string][] = [
    ['What is your PIN?', 'pin'], ['your "Phone-Number", please', 'phone number'], ['DON’T do it', "don't"], ['Phone\n  number', 'phone number'],
    ['that is $1,250.00.', '1250'], ['25.0', '25'], ['about 2026-03-02', '2026-03-02'], ['W00012!', 'w00012'], ['ÉCOLE', 'école'], ['请问电话号码', '电话'], ['-5 degrees', '-5.0'], ['０７', '7'],
  ]
  const no: [string, string][] = [['spinning', 'pin'], ['phone the number', 'phone number'], ['1250', '125'], ['12.5', '125'], ['2.5', '5'], ['W00012', '12'], ['5', '-5'], ['anything', '...'], ['', 'pin']]
  for (const [text, phrase] of yes) t.ok(hears(text, phrase), `'${text}' holds '${phrase}'`)
  for (const [text, phrase] of no) t.notOk(hears(text, phrase), `'${text}' does not hold '${phrase}'`)
  t.doesNotThrow(() => fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => canonicalJson(spokenWords(text)) === canonicalJson(spokenWords(text.toUpperCase().toLowerCase())) || text !== text.toUpperCase().toLowerCase())))
})

t.test('the instruction is what the user says first, with facts in it; facts say only what was asked', async (t) => {
  const episode = start('no_internet')
  const { number, name, pin } = slotsOf(episode)
  t.equal(episode.observation.messages[1]!.content, `Hi, my internet stopped working. I am ${name}.`)
  t.equal(ask(episode, 'which LINE is it?'), `It is ${number}.`)
  t.equal(ask(episode, 'And your name?'), `My name is ${name}.`, 'a fact without a text of its own')
  t.equal(ask(episode, 'Your code, your name and your number!'), `It is ${number}. My name is ${name}. The PIN is ${pin}.`, 'all that was asked for')
  t.match(ask(episode, 'spinning namesake'), /not sure what you mean/)
  t.match(ask(episode, ''), /not sure what you mean/, 'silence is heard too')
  t.notOk(episode.ended)
})

t.test('the user acts with tools of its own: its doing, its frame, no faults, no budget', async (t) => {
  const episode = start('no_internet', 3, { budgets: { calls: 1 } })
  const { fault } = slotsOf(episode)
  const wrong = fault === 'airplane' ? 'airplane mode is on' : 'mobile data is off'
  t.equal(ask(episode, 'What does your phone say?'), `It says: ${wrong}.`)
  t.equal(episode.observation.clock_ms, 4000, 'an answer takes time')
  t.equal(ask(episode, fault === 'airplane' ? 'turn off airplane mode' : 'turn on mobile data'), fault === 'airplane' ? 'Okay, airplane is off now.' : 'Okay, data is on now.')
  t.equal(episode.observation.budgets.calls, 1)
  const calls = episode.events().filter((event) => event.type === 'call')
  t.match(calls, [{ frame: 'user', tool: 'look_at_phone', committed: true, changes: [], faults: [] }, { frame: 'user', tool: 'switch_phone', changes: [{ table: 'phone', op: 'update', cause: 'user' }] }])
  const end = episode.step(say('Better?'))
  t.match(end, { terminated: true, truncated: false, info: { stop_reason: 'user_satisfied' } })
  t.equal(heard(episode), 'Great, that is all I needed. Thank you!')
  t.equal(end.info.verdict!.metrics.calls, 0, 'the calls of the user are not the agent\'s')
})

t.test('cases: once spent, minds changed, messages of the world received, leaving and patience', async (t) => {
  const episode = start('resume')
  t.equal(ask(episode, 'Are you sure?'), 'Of course I am sure.')
  t.match(ask(episode, 'Are you sure?'), /not sure what you mean/, 'the mind has changed')
  const { number, pin } = slotsOf(episode)
  episode.step(call('resume_line', { number, pin }))
  t.equal(ask(episode, 'And?'), 'Yes: Your line is active.')
  t.match(ask(episode, 'And?'), /not sure what you mean/, 'a message is received once')
  t.match(episode.step(say('Goodbye')), { terminated: true, info: { stop_reason: 'user_left' } })
  t.equal(heard(episode), 'Bye then.')

  const tired = start('resume')
  for (let i = 0; i < 12; i++) tired.step(say('hm'))
  t.notOk(tired.ended)
  t.match(tired.step(say('hm')), { terminated: true, info: { stop_reason: 'user_left' } })
  t.match(heard(tired), /taking too long/)

  const once = Episode.start(carrierScenario(['- says: [are you sure]\n    if: \'!mind.annoyed\'\n    set: {annoyed: true}', '- says: [are you sure]\n    once: true']), { seed: 3, task: 'resume' })
  t.equal(ask(once, 'are you sure'), 'Of course I am sure.')
  t.match(ask(once, 'are you sure'), /not sure what you mean/)
})

t.test('what stands beside calls is said to nobody; without a user text ends the task as before', async (t) => {
  const episode = start('resume')
  const { observation } = episode.step({ content: 'What is your PIN?', tool_calls: [{ name: 'find_line', arguments: { number: '1' } }] })
  t.same(observation.messages.map((message) => message.role), ['tool'])
  t.equal(start('usage.alone').step(say('hello')).info.stop_reason, 'stopped_without_answer')
  t.match(start('resume').step({ content: 7 }).observation.messages[0]!.content, /content must be text/)
})

t.test('turn, mind and spent cases are state: in the hash, the fork and the snapshot', async (t) => {
  const episode = start('resume')
  const unasked = episode.stateHash()
  episode.step(say('Are you sure?'))
  const fork = episode.fork()
  t.match(ask(fork, 'are you sure'), /not sure/)
  t.match(ask(episode, 'are you sure'), /not sure/)
  t.equal(fork.stateHash(), episode.stateHash())
  t.not(unasked, episode.stateHash())
  t.equal(ask(episode.rewind(0), 'are you sure'), 'Of course I am sure.')
  t.equal(episode.rewind(1).seq, 1)
  t.match(ask(episode.rewind(1), 'are you sure'), /not sure/)
  const other = start('resume')
  other.step(say('Hello there'))
  const again = start('resume')
  again.step(say('Are you sure?'))
  t.not(other.inspect().hash, again.inspect().hash)
})

t.test('a replay takes the answers from the journal and never asks the script', async (t) => {
  for (const task of ['no_internet', 'resume', 'usage']) {
    const mine = carrierScenario()
    const episode = Episode.start(mine, { seed: 3, task })
    playOut(episode, createPolicy('oracle', episode)!)
    const snapshot = JSON.parse(canonicalJson(episode.snapshot()))
    t.ok(snapshot.journal.some((entry: object) => 'user' in entry))
    ;(mine.tasks.get(task)!.user as { answer: unknown }).answer = () => { throw new Error('asked again') }
    t.equal(Episode.restore(mine, snapshot).stateHash(), episode.stateHash(), task)
    t.ok(replayTrajectory(mine, JSON.parse(JSON.stringify(episode.trajectory()))).ok)
  }
})

t.test('public snapshots and recordings hold nothing private, and replay all the same', async (t) => {
  for (const task of ['no_internet', 'resume']) {
    const episode = start(task)
    playOut(episode, createPolicy('oracle', episode)!)
    const snapshot = showSnapshot(episode.snapshot(), false)
    const trajectory = JSON.parse(JSON.stringify(showTrajectory(episode.trajectory(), false)))
    for (const secret of ['annoyed', 'look_at_phone', 'switch_phone', 'mind', 'memory', 'taken', '"did"', 'airplane mode is on (', 'canary']) {
      t.notOk(JSON.stringify(snapshot).includes(secret), secret)
      t.notOk(JSON.stringify(trajectory).includes(secret), secret)
    }
    t.equal(Episode.restore(carrier, snapshot).stateHash(), episode.stateHash())
    t.ok(replayTrajectory(carrier, trajectory).ok)
    t.notOk(/user >/.test(renderTranscript(showEvents(episode.events(), false))), 'nor the transcript')
  }
  const told = start('no_internet')
  playOut(told, createPolicy('oracle', told)!)
  t.match(renderTranscript(told.events()), /user > look_at_phone[\s\S]*"It says: [\s\S]*the user is satisfied/)
})

t.test('forged answers are refused', async (t) => {
  const episode = start('resume')
  episode.step(say('Are you sure?'))
  episode.step(say('What does your phone say?'))
  const forge = (change: (journal: any[]) => void, view = episode.snapshot()) => {
    const copy = structuredClone(view)
    change(copy.journal)
    return gymCode(() => Episode.restore(carrier, copy))
  }
  t.equal(forge(() => {}), 'nothing')
  t.equal(forge((journal) => { journal[1].user.said = 'The PIN is 0000.' }, showSnapshot(episode.snapshot(), false)), 'GYM_SNAPSHOT_INVALID', 'the script says otherwise')
  t.equal(forge((journal) => { journal[1].user.memory.mind.annoyed = false }), 'GYM_SNAPSHOT_INVALID', 'the hash does not come out')
  t.equal(forge((journal) => { journal[1].user.said = 'Yes.' }), 'GYM_SNAPSHOT_INVALID', 'what was said is in the hash')
  t.equal(forge((journal) => { journal[3].user.did[0].call = 'resume_line' }), 'GYM_SNAPSHOT_INVALID', 'no tool of the user')
  t.equal(forge((journal) => { journal[3].user.did[0].with = { x: 1 } }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((journal) => { journal.unshift(journal[1]) }), 'GYM_SNAPSHOT_INVALID', 'an answer to nothing')
  t.equal(forge((journal) => { journal.push({ action: call('find_line', { number: '1' }) }, journal[1]) }), 'GYM_SNAPSHOT_INVALID', 'nobody spoke to the user')
  t.equal(forge((journal) => { journal.splice(3, 1); journal.splice(1, 1) }), 'nothing', 'without the answers the script is asked')
})

t.test('no observation ever holds the script, a private table or a fact that was not asked for', async (t) => {
  for (const task of ['no_internet', 'resume', 'resume.forgotten_pin', 'usage']) {
    for (let i = 0; i < 40; i++) {
      const episode = start(task, seedOf('canary', i))
      const { pin } = slotsOf(episode)
      const policy = createPolicy('random', episode)!
      let seen = JSON.stringify(episode.observation)
      let asked = false
      while (!episode.ended) {
        const action = policy.act(episode.observation)
        asked ||= typeof action.content === 'string' && /\b(pin|code)\b/i.test(action.content)
        const { observation, info } = episode.step(action)
        seen += JSON.stringify({ observation, stop: info.stop_reason })
        t.not(info.stop_reason, 'env_error')
      }
      for (const secret of ['canary-in-the-phone', 'look_at_phone', 'switch_phone', 'Impatient but willing', 'annoyed']) if (seen.includes(secret)) t.fail(`${task} shows ${secret}`)
      if (!asked && seen.includes(`PIN is ${pin}`)) t.fail(`${task} tells the PIN`)
    }
  }
  const refused = start('no_internet').step(call('look_at_phone', {}))
  t.match(refused.observation.messages[0]!.content, /Unknown tool 'look_at_phone'/, 'tools of the user are not the agent\'s')
})

t.test('random talk always ends, replays, and is scored', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom(...carrier.tasks.keys()), fc.constantFrom('none', 'progress'), (seed, task, shaping) => {
    let episode: Episode
    try {
      episode = Episode.start(carrier, { seed, task, options: { shaping: shaping as 'none' } })
    } catch {
      return true
    }
    const total = playOut(episode, createPolicy('random', episode)!)
    const end = episode.events().at(-1)!
    const back = Episode.restore(carrier, JSON.parse(JSON.stringify(episode.snapshot())))
    return end.type === 'end' && total === end.verdict.reward && canonicalJson(back.events()) === canonicalJson(episode.events())
  }), { numRuns: 150 }))
})
