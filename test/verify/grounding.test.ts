/** `grounding`: what is written comes from the request or from what was read before. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { ungroundedArguments } from '../../src/verify/grounding.ts'
import { begin, bureauWith, call, calls, clientOf, compileBureau, play, say } from '../bureau.ts'
import { seedOf, shippedCatalogue, tryStart } from '../checkout.ts'

type Options = NonNullable<Parameters<typeof begin>[1]>

const STRICT = bureauWith(['{id: grounded, kind: grounding}', '{id: grounded, kind: grounding, numbers: true}'])
const looks = (episode: Episode) => call('find_client', { name: clientOf(episode).name })
const files = (episode: Episode, more: object = {}) => call('file', { ids: [clientOf(episode).id], ...more })

/** What the check found: the ungrounded values by their places; undefined where it passed. */
function tried(acts: (episode: Episode) => readonly Action[], options: Options = {}): unknown[] | undefined {
  const episode = begin('filed', options)
  const { components, issues } = play(episode, ...acts(episode))
  const { score, evidence = [] } = components.find(({ id }) => id === 'grounded')!
  const own = issues.filter(({ id }) => id === 'grounded')
  const isWhole = score === 1 ? !own.length : own[0]?.category === 'ungrounded_argument' && own[0].source === 'agent' && own[0].verdict === 'veto' && evidence.every(({ event }) => event !== undefined)
  if (!isWhole) throw new Error(JSON.stringify(own))
  return score === 1 ? undefined : evidence.map(({ pointer, found }) => [pointer, found])
}

/** The same for the label of one file, after a look at the client. */
const labelled = (label: object | ((episode: Episode) => object), options?: Options) => tried((e) => [looks(e), files(e, { label: typeof label === 'function' ? label(e) : label })], options)
const named = (name: string, options?: Options) => labelled({ name }, options)

t.test('ids have to be looked up, in an earlier turn', async (t) => {
  t.equal(tried((e) => [looks(e), files(e)]), undefined)
  t.match(tried((e) => [files(e)]), [['/arguments/ids/0', /^C\d{5}$/]], 'guessed, though it is right')
  t.match(tried((e) => [calls(['find_client', { name: clientOf(e).name }], ['file', { ids: [clientOf(e).id] }])]), [['/arguments/ids/0', /^C/]], 'asked for together with the write')
  t.match(tried((e) => [files(e), looks(e), files(e)]), [['/arguments/ids/0', /^C/]], 'looked up afterwards')
  t.match(tried((e) => [looks(e), call('file', { ids: [clientOf(e).id, 'C77123'] })]), [['/arguments/ids/1', 'C77123']], 'each of a list')
  t.match(tried((e) => [looks(e), call('file', { ids: [clientOf(e).id, 'c77123'] })]), [['/arguments/ids/1', 'c77123']])
  t.match(tried((e) => [call('get_client', { client_id: clientOf(e).id }), files(e)]), [['/arguments/ids/0', /^C/]], 'a read with an id that nobody can know looks nothing up')
  t.match(tried((e) => [looks(e), call('get_client', { client_id: clientOf(e).id }), files(e, { label: { name: 'Adalind-x' } })]), [['/arguments/label/name', 'Adalind-x']])
  t.equal(tried((e) => [call('find_client', { name: 'Corentin' }), looks(e), files(e, { label: { name: 'Corentin' } })]), undefined, 'a name that was guessed and found')
  const spelled = (text: string) => tried((e) => [looks(e), call('file', { ids: [clientOf(e).id, 'C77123'] })], { scenario: bureauWith(['label hazel-19', `client ${text}`]) })
  for (const text of ['C77123', 'c-77123', 'c 77123', 'no. 77123']) t.equal(spelled(text), undefined, `the request names it as ${text}`)
  for (const text of ['C7712', 'C771230', '771 23']) t.match(spelled(text), [['/arguments/ids/1', 'C77123']], text)
  t.match(tried((e) => [call('get_client', { client_id: 'C77123' }), looks(e), call('file', { ids: [clientOf(e).id, 'C77123'] })]), [['/arguments/ids/1', 'C77123']], 'what only comes back in an error is not shown')
  t.match(tried((e) => [looks(e), call('add_note', { client_id: clientOf(e).id, text: 'kept at QX-4077' }), files(e, { label: { name: 'QX-4077' } })]), [['/arguments/text', 'kept at QX-4077'], ['/arguments/label/name', 'QX-4077']], 'nor what only comes back from a write')
  t.equal(tried((e) => [looks(e), call('add_note', { client_id: clientOf(e).id, text: 'x' }), call('drop_note', { note_id: 'N00001' })]), undefined, 'a write tells new things')
  t.equal(tried((e) => [looks(e), call('add_note', { client_id: 'C77123', text: 'QX-4077' })]), undefined, 'a write that was refused wrote nothing')
})

t.test('where things may come from', async (t) => {
  t.equal(named('Zollikon'), undefined, 'the prompt')
  t.equal(named('K-117'), undefined)
  t.equal(named('Umzug'), undefined, 'the rules')
  t.equal(named('hazel-19'), undefined, 'the request')
  t.equal(named('Florentin'), undefined, 'the description of a tool')
  t.same(named('55-1907'), [['/arguments/label/name', '55-1907']])
  t.equal(tried((e) => [looks(e), say('What is the code?'), files(e, { label: { name: '55-1907' } })]), undefined, 'the user')
  t.same(tried((e) => [looks(e), say('The code is 66-1907, is it?'), files(e, { label: { name: '66-1907' } })]), [['/arguments/label/name', '66-1907']], 'not what the agent says itself')
  t.same(named('shelf-8842'), [['/arguments/label/name', 'shelf-8842']])
  t.equal(tried((e) => [looks(e), files(e), files(e, { label: { name: 'shelf-8842' } })]), undefined, 'a message of the world')
  t.same(tried((e) => [looks(e), calls(['file', { ids: [clientOf(e).id] }], ['file', { ids: [clientOf(e).id], label: { name: 'shelf-8842' } }])]), [['/arguments/label/name', 'shelf-8842']], 'not before it came')
  const setup = bureauWith(['    instruction: \'Please file', '    setup: [{emit: agent, text: Your seal is otter-5519.}]\n    instruction: \'Please file'])
  t.equal(named('otter-5519', { scenario: setup }), undefined, 'a message of the set-up')
  const outage = [{ id: 'planned', kind: 'outage.window', match: { tools: ['give_back'] }, start_ms: 3_600_000, duration_ms: 600_000, announced: true }]
  t.equal(labelled({ name: 'closed until 10:10' }, { add: outage, scenario: STRICT }), undefined, 'what the dynamics announce')
  t.equal(labelled({ kept: true, way: 'film' }), undefined, 'flags, and values of an enum')
})

t.test('what is compared: words, values, joined things', async (t) => {
  t.equal(named('12 Mill Lane'), undefined)
  t.equal(named('MILL-lane_12'), undefined, 'another spelling of parts')
  t.equal(labelled((e) => ({ name: `${clientOf(e).house} Mill Lane` })), undefined, 'joined from the request and a read')
  t.equal(labelled((e) => ({ name: `${clientOf(e).name.toLowerCase()}@zollikon.form` })), undefined)
  t.equal(labelled((e) => ({ name: clientOf(e).phone.replaceAll(' ', '') })), undefined, 'a number written in one')
  t.equal(labelled((e) => ({ name: `MillLane${clientOf(e).name}` })), undefined)
  t.same(named('99 Mill Lane'), [['/arguments/label/name', '99 Mill Lane']], 'a figure that nothing showed')
  t.same(named('Oakhurst'), [['/arguments/label/name', 'Oakhurst']])
  t.same(named('oak-hurst-12'), [['/arguments/label/name', 'oak-hurst-12']])
  t.equal(named('a quiet client, rather shy'), undefined, 'a free text says what it wants')
  t.equal(named('see page 8, by 5 people'), undefined, 'small numbers')
  t.equal(named('12km, 12%, $12'), undefined)
  t.same(named('see C77123 for more'), [['/arguments/label/name', 'see C77123 for more']], 'but names no id')
  t.same(named('paid 4711 dollars'), [['/arguments/label/name', 'paid 4711 dollars']], 'and no figure')
  t.equal(named('安静的客户'), undefined, 'a free text without spaces')
  t.equal(named(''), undefined)
  t.equal(named('…'), undefined)
  t.equal(named('EUR'), undefined, 'a code that anybody knows')
  const long = `x ${'a'.repeat(300)} 4711`
  t.same(named(long), [['/arguments/label/name', long.slice(0, 200)]])
})

t.test('numbers and days: only where they are asked for', async (t) => {
  t.equal(labelled({ pages: 77 }), undefined)
  t.equal(labelled({ due: '2026-07-19' }), undefined)
  t.equal(labelled({ due: '17:45' }), undefined)
  const strict = { scenario: STRICT }
  t.equal(labelled({ pages: 8 }, strict), undefined, 'eight in words')
  t.equal(labelled({ pages: 12 }, strict), undefined)
  t.equal(labelled({ pages: 1 }, strict), undefined, 'one of it')
  t.same(labelled({ pages: 77 }, strict), [['/arguments/label/pages', 77]])
  t.equal(labelled((e) => ({ pages: clientOf(e).house }), strict), undefined)
  t.equal(labelled({ due: '2026-03-05' }, { scenario: bureauWith(['kind: grounding}', 'kind: grounding, numbers: true}'], ['March 5th', 'March 5th 2026']) }), undefined, 'a day by its parts, however it was spelled')
  t.same(labelled({ due: '2026-07-19' }, strict), [['/arguments/label/due', '2026-07-19']])
  t.match(tried((e) => [looks(e), call('wait', { ms: 4711 }), files(e, { label: { pages: 4711 } })], strict), [['/arguments/label/pages', 4711]], 'to wait for a number shows none')
})

t.test('tools in another form, late effects, lost answers', async (t) => {
  const drift = [{ id: 'drift', kind: 'schema.drift', match: { tools: ['file'] }, rename: { label: 'tag' } }]
  t.match(tried((e) => [looks(e), call('file', { ids: [clientOf(e).id], tag: { name: 'Oakhurst' } })], { add: drift }), [['/arguments', 'Oakhurst']])
  t.equal(tried((e) => [looks(e), call('file', { ids: [clientOf(e).id], tag: { name: 'hazel-19' } })], { add: drift }), undefined)
  const late = [{ id: 'late', kind: 'timeout.post_commit', match: { tools: ['file'] }, deadline_ms: 500, commit_delay: { ms: 5000 } }]
  t.match(tried((e) => [looks(e), files(e, { label: { name: 'Oakhurst' } })], { add: late }), [['/arguments/label/name', 'Oakhurst']], 'it took effect all the same')
  const unseen = [{ id: 'unseen', kind: 'response.empty', match: { tools: ['find_client'] } }]
  t.match(tried((e) => [looks(e), files(e)], { add: unseen }), [['/arguments/ids/0', /^C/]], 'what the tool said and nobody saw')
  const cut = [{ id: 'cut', kind: 'response.truncated', match: { tools: ['find_client'] }, bytes: 40 }]
  t.equal(tried((e) => [looks(e), files(e)], { add: cut }), undefined, 'what is left of an answer')
})

t.test('exemptions, and wrong ones', async (t) => {
  const but = (except: string) => bureauWith(['kind: grounding}', `kind: grounding, except: [${except}]}`])
  t.equal(named('Oakhurst', { scenario: but('file.label') }), undefined)
  t.equal(named('Oakhurst', { scenario: but("'fi*'") }), undefined)
  t.same(named('Oakhurst', { scenario: but('file.remark, take') }), [['/arguments/label/name', 'Oakhurst']])
  const wrong = (except: string) => compileBureau(['kind: grounding}', `kind: grounding, except: [${except}]}`]).complaints
  t.match(wrong('fil'), [{ line: 193, message: "tasks.filed.checks.0.except.0: unknown tool 'fil'", nearest: 'file' }])
  t.match(wrong('file.lable'), [{ message: "tasks.filed.checks.0.except.0: no argument 'lable' of file", nearest: 'label' }])
  t.same(wrong('find_client.name'), [], 'admission looks at reads too')
  const graded = bureauWith(['kind: grounding}', 'kind: grounding, gate: false}'])
  const episode = begin('filed', { scenario: graded })
  t.match(play(episode, files(episode)), { reward: 0, success: false, gates: { ending: true, integrity: true }, issues: [{ id: 'grounded', verdict: 'penalty' }] })
})

t.test('a long log is read once', async (t) => {
  const episode = begin('filed', { scenario: bureauWith(['turns: 60, calls: 80', 'turns: 4000, calls: 9000']) })
  episode.step(looks(episode))
  const { id } = clientOf(episode)
  for (let n = 0; n < 1500; n++) episode.step(calls(['get_client', { client_id: id }], ['file', { ids: [id], remark: `hazel-19 ${'word '.repeat(50)}` }]))
  const { view } = episode
  t.equal(view.events.length > 4000, true)
  const started = performance.now()
  t.same(ungroundedArguments(view), [])
  t.ok(performance.now() - started < 1500)
  t.equal(ungroundedArguments(begin('filed').view).length, 0)
})

t.test('witnesses of the catalogue write nothing that they did not read', async (t) => {
  for (const scenario of shippedCatalogue().list()) {
    for (const task of scenario.tasks.keys()) {
      const episode = tryStart(scenario, { seed: seedOf('grounding', 1), task })
      if (!episode) continue
      playOut(episode, createPolicy('oracle', episode)!)
      t.same(ungroundedArguments(episode.view), [], `${scenario.name} ${task}`)
    }
  }
})
