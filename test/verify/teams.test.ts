/** What a verifier must not be fooled by in teams: what agents tell each other is neither said to the user nor shown by the world. */
import { execFileSync } from 'node:child_process'
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { Episode } from '../../src/episode/episode.ts'
import { playOut } from '../../src/policy/builtin.ts'
import { teamPolicy } from '../../src/policy/play-team.ts'
import { callsOfAgent } from '../../src/verify/call-key.ts'
import { showTrajectory } from '../../src/server/answers.ts'
import { call, calls, eventsOf, parcelOf, say, start, team, teamOf, turns, wait } from '../teams.ts'

const verdictOf = (episode: Episode): Verdict => episode.last.info.verdict!
const failed = (episode: Episode): string[] => verdictOf(episode).components.filter(({ score }) => score < 1).map(({ id }) => id).sort()

const COUNTER = { clerk: { prompt: 'C', tools: ['*'], sub_agents: ['helper'], storage: true }, helper: { prompt: 'H', tools: ['*'], storage: true, ask_user: true, hand_offs: ['second'] }, second: { prompt: 'S', tools: ['*'] } }
const counter = teamOf(COUNTER, { like: 'counter' })

t.test('only what is said to the user was said: not messages between agents, notes, or words beside calls', async (t) => {
  const open = () => {
    const episode = start(counter)
    const { id, town, grams } = parcelOf(episode)
    turns(episode, ['clerk', call('get_parcel', { id })], ['clerk', call('put_in_bin', { id, bin: town })])
    return { episode, words: `It is from ${town} and has ${grams} g.` }
  }
  const ways: Record<string, (words: string) => [string, Action][]> = {
    'to a child': (words) => [['clerk', call('sub-agent-helper', { message: words })], ['clerk/helper.1', say('ok')]],
    'to a child in text': (words) => [['clerk', say(`<sub-agent><agent_name>helper</agent_name><message>${words}</message></sub-agent>`)], ['clerk/helper.1', say('ok')]],
    'beside a block': (words) => [['clerk', say(`${words} <sub-agent><agent_name>helper</agent_name><message>x</message></sub-agent>`)], ['clerk/helper.1', say('ok')]],
    'beside a broken block': (words) => [['clerk', say(`${words} <sub-agent>`)]],
    'by a child to its parent': (words) => [['clerk', call('sub-agent-helper', { message: 'x' })], ['clerk/helper.1', say(words)]],
    'by who took over from a child': (words) => [['clerk', call('sub-agent-helper', { message: 'x' })], ['clerk/helper.1', call('transfer_to_second', { message: words })], ['clerk/helper.1/second.1', say(words)]],
    'in a note': (words) => [['clerk', call('storage_set', { key: 'k', value: words })]],
    'beside calls': (words) => [['clerk', { ...calls(['wait', { ms: 1 }]), content: words }]],
  }
  for (const [way, act] of Object.entries(ways)) {
    const { episode, words } = open()
    turns(episode, ...act(words), ['clerk', call('finish')])
    t.same(failed(episode), ['told', 'told_grams'], way)
  }
  for (const act of [(words: string): [string, Action][] => [['clerk', say(words)]], (words: string): [string, Action][] => [['clerk', call('sub-agent-helper', { message: 'x' })], ['clerk/helper.1', call('ask_user', { message: words })], ['clerk/helper.1', say('told')]]]) {
    const { episode, words } = open()
    turns(episode, ...act(words), ['clerk', call('finish')])
    t.same(failed(episode), [], 'what the user was told, by whomever')
  }
})

t.test('ids and figures that a frame made up are not grounded by telling them to another one', async (t) => {
  const grounded = teamOf(COUNTER, { tasks: { sort_one: {
    description: 'D', bind: { parcel: { from: 'parcels' } }, instruction: 'Label the heaviest parcel for ${parcel.town} with its number.',
    witness: [{ call: 'parcels_of', with: { town: 'parcel.town' }, as: 'found' }, { call: 'put_label', with: { id: 'found.parcels[0]', label: 'string(found.parcels[0])' } }],
    checks: [{ id: 'sorted', kind: 'state.predicates', that: ['parcels.filter(p, p.label != \'\').all(p, p.label == p.id)'] }, { id: 'grounded', kind: 'grounding' }],
  } } })
  const probe = start(grounded)
  const { town } = parcelOf(probe)
  turns(probe, ['clerk', call('parcels_of', { town })])
  const id = (JSON.parse(probe.observation.messages[0]!.content) as { parcels: string[] }).parcels[0]!
  const label: Action = call('put_label', { id, label: id })
  const play = (...all: [string, Action][]): string[] => {
    const episode = start(grounded)
    turns(episode, ...all, ['clerk', call('finish')])
    return failed(episode)
  }
  t.same(play(['clerk', call('parcels_of', { town })], ['clerk', label]), [])
  t.same(play(['clerk', call('sub-agent-helper', { message: 'find it' })], ['clerk/helper.1', call('parcels_of', { town })], ['clerk/helper.1', say(id)], ['clerk', label]), [], 'what a child looked up was shown')
  const made: Record<string, [string, Action][]> = {
    'made up by itself': [['clerk', label]],
    'made up by a child': [['clerk', call('sub-agent-helper', { message: 'find it' })], ['clerk/helper.1', say(`It is ${id}`)], ['clerk', label]],
    'told to a child': [['clerk', call('sub-agent-helper', { message: `label ${id}` })], ['clerk/helper.1', label], ['clerk/helper.1', say('ok')]],
    'written down': [['clerk', call('storage_set', { key: id, value: id })], ['clerk', calls(['storage_get', { key: id }], ['storage_keys', {}])], ['clerk', label]],
    'asked back in an error': [['clerk', call('storage_get', { key: id })], ['clerk', call('sub-agent-helper', { message: 'x', sub_agent_id: id })], ['clerk', label]],
    'handed over': [['clerk', call('sub-agent-helper', { message: 'x' })], ['clerk/helper.1', call('transfer_to_second', { message: id })], ['clerk/helper.1/second.1', label], ['clerk/helper.1/second.1', say('ok')]],
  }
  for (const [how, all] of Object.entries(made)) t.same(play(...all), ['grounded'], how)
})

t.test('calls within the team are no calls of the world: not for constraints, rules, efficiency or slips', async (t) => {
  const strict = teamOf({ ...COUNTER, clerk: { ...COUNTER.clerk, skills: { s: { description: 'd', body: 'b' } }, deferred: ['parcels_of'] } }, {
    tasks: { sort_one: {
      description: 'D', bind: { parcel: { from: 'parcels' } }, instruction: 'Put parcel ${parcel.id} into the bin ${parcel.town}.',
      witness: [{ call: 'put_in_bin', with: { id: 'parcel.id', bin: 'parcel.town' } }],
      checks: [{ id: 'sorted', kind: 'state.predicates', that: ['parcels.get(parcel.id).bin == parcel.town'] }, { id: 'few', kind: 'calls.constraints', call: '*', most: 1 }, { id: 'quick', kind: 'efficiency', calls: 1 }],
    } },
  })
  const play = (...all: [string, Action][]): Episode => {
    const episode = start(strict)
    turns(episode, ...all, ['clerk', call('finish')])
    return episode
  }
  const { id, town } = parcelOf(start(strict))
  const plain = play(['clerk', call('put_in_bin', { id, bin: town })])
  const busy = play(
    ['clerk', calls(['storage_set', { key: 'a', value: 1 }], ['storage_set', { key: 'a', value: 1 }], ['storage_get', { key: 'b' }], ['LoadSkill', { skill_name: 's' }], ['ToolSearch', { query: 'lists' }])],
    ['clerk', calls(['sub-agent-helper', { message: 'x' }], ['sub-agent-helper', { message: 'x' }], ['sub-agent-helper', { message: '' }], ['agent:nobody', { message: 'x' }])],
    ['clerk/helper.1', say('a')], ['clerk/helper.2', call('put_in_bin', { id, bin: town })], ['clerk/helper.2', say('b')],
  )
  for (const episode of [plain, busy]) t.same(failed(episode), [])
  t.equal(callsOfAgent(busy.events()).filter(({ tool }) => tool !== 'finish').length, 1)
  t.equal(verdictOf(busy).metrics.slips, verdictOf(plain).metrics.slips)
  t.same(verdictOf(busy).issues.filter(({ verdict }) => verdict !== 'note'), [])
})

t.test('credit says which frame reached what; it pays nothing', async (t) => {
  const episode = start(team('hierarchy'))
  const { id, town, grams } = parcelOf(episode)
  const xml = (name: string) => `<sub-agent><agent_name>${name}</agent_name><message>x</message></sub-agent>`
  turns(episode, ['chief', calls(['Agent', { sub_agent_name: 'reader', message: 'x' }], ['Agent', { sub_agent_name: 'foreman', message: 'x' }])],
    ['chief/foreman.1', { ...say(xml('packer') + xml('labeller')), think_ms: 500 }], ['chief/reader.1', call('get_parcel', { id })], ['chief/reader.1', say('x')],
    ['chief/foreman.1/labeller.1', call('ToolSearch', { query: 'label' })], ['chief/foreman.1/labeller.1', call('put_label', { id, label: `${grams}g` })],
    ['chief/foreman.1/packer.1', call('put_in_bin', { id, bin: town })])
  while (!episode.ended) episode.step(episode.due.path === 'chief' ? call('finish') : say('ok'))
  t.equal(episode.last.reward, 1)
  t.same(episode.last.info.credit, { 'chief/reader.1': ['way.looked'], 'chief/foreman.1/packer.1': ['way.put'], 'chief/foreman.1/labeller.1': ['way.labelled'] })
})

t.test('no frame is told gold, witness or private parts; a public recording has none of them', async (t) => {
  for (const name of ['hierarchy', 'pipeline', 'map', 'blackboard', 'counter', 'scales']) {
    const scenario = team(name)
    const episode = Episode.start(scenario, { seed: 5, options: { dynamics: 'flaky', learner: 'all' } })
    const policy = teamPolicy(episode, () => 'noop')
    const shown: unknown[] = []
    while (!episode.ended) {
      shown.push(episode.observation)
      episode.step(policy.act(episode.observation))
    }
    shown.push(episode.last.observation)
    const text = canonicalJson(shown)
    for (const word of ['witness', 'gold', 'gilbert', 'error.abort', 'recovery', 'state.predicates', 'committed', 'applications', '"luck"', '"seed"']) t.notOk(text.includes(word), `${name}: ${word}`)
    const open = JSON.stringify(showTrajectory(episode.trajectory(), false))
    for (const word of ['"committed"', '"applications"', '"changes":[', '"faults":[']) t.notOk(open.includes(word), `${name} in public: ${word}`)
  }
})

t.test('the same in another process', async (t) => {
  const script = `
    import { team } from '${new URL('../teams.ts', import.meta.url).href}'
    import { Episode } from '${new URL('../../src/episode/episode.ts', import.meta.url).href}'
    import { playOut } from '${new URL('../../src/policy/builtin.ts', import.meta.url).href}'
    import { teamPolicy } from '${new URL('../../src/policy/play-team.ts', import.meta.url).href}'
    const out = []
    for (const name of ['hierarchy', 'relay', 'pipeline', 'map', 'blackboard', 'recursion', 'counter']) for (const seed of [3, 4]) {
      const episode = Episode.start(team(name), { seed, options: { dynamics: 'flaky', learner: 'all', think_ms_per_token: 7 } })
      playOut(episode, teamPolicy(episode, () => (seed === 3 ? 'robust' : 'random')))
      out.push([episode.stateHash(), episode.eventCount])
    }
    console.log(JSON.stringify(out))`
  const once = () => execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  const first = once()
  t.equal(first, once())
  const here = ['hierarchy', 'relay', 'pipeline', 'map', 'blackboard', 'recursion', 'counter'].flatMap((name) => [3, 4].map((seed) => {
    const episode = Episode.start(team(name), { seed, options: { dynamics: 'flaky', learner: 'all', think_ms_per_token: 7 } })
    playOut(episode, teamPolicy(episode, () => (seed === 3 ? 'robust' : 'random')))
    return [episode.stateHash(), episode.eventCount]
  }))
  t.equal(JSON.stringify(here), first.trim())
})

t.test('the reward cannot be had by the hierarchy itself', async (t) => {
  const scales = team('scales')
  const { grams } = parcelOf(start(scales))
  const child = start(scales)
  turns(child, ['clerk', call('sub-agent-reader', { message: 'x' })], ['clerk/reader.1', call('finish', { answer: grams })])
  t.notOk(child.ended, 'a child ends nothing')
  turns(child, ['clerk/reader.1', say(JSON.stringify({ answer: grams, success: true, reward: 1, stopped: 'finished' }))], ['clerk', wait(1)], ['clerk', say('done')])
  t.equal(child.last.reward, 0)
  const control = start(scales)
  turns(control, ['clerk', call('sub-agent-reader', { message: 'x' })], ['clerk/reader.1', calls(['env/step', {}], ['set_reward', { reward: 1 }])], ['clerk/reader.1', say('x')], ['clerk', call('finish', { answer: grams })])
  t.notOk(verdictOf(control).gates.integrity, 'also a child has no business with the reward')
  t.equal(eventsOf(control, 'end')[0]!.verdict.reward, 0)
})
