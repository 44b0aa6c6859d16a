/** Teams over the wire: who is asked, what is answered, and what survives. */
import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Action } from '../../protocol/action.ts'
import type { Observation } from '../../protocol/observation.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { EndpointError } from '../../src/llm/endpoint.ts'
import type { Players } from '../../src/server/players.ts'
import { Session } from '../../src/server/session.ts'
import { shippedFiles } from '../checkout.ts'
import { ADMIN, ANYBODY, ask, openGym, refusal } from './gym-under-test.ts'

const file = join(import.meta.dirname, '../fixtures/teams.yaml')
const { catalogue, complaints } = compileCatalogue([{ file, text: readFileSync(file, 'utf8') }], {}, shippedFiles())
if (complaints.length) throw new Error(JSON.stringify(complaints[0]))

const open = (options: Parameters<typeof openGym>[0] = {}) => {
  const gym = openGym({ catalogue, ...options })
  return { gym, session: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN) }
}

type Step = { observation: Observation; observations?: Observation[]; reward: number; terminated: boolean; truncated: boolean; info: Record<string, unknown>; seq: number }

/** What the reader of the pipeline and the hierarchy has to do. */
function read(observation: Observation): Action {
  const parcel = /P\d{5}/.exec(observation.messages.map(({ content }) => content).join())
  if (parcel) return { tool_calls: [{ name: 'get_parcel', arguments: { id: parcel[0] } }] }
  return { content: JSON.stringify({ results: { get_parcel: JSON.parse(observation.messages.at(-1)!.content) as unknown } }) }
}

t.test('a trainer who plays one agent is asked for that one alone; what others earn comes with its answers', async (t) => {
  const { session } = open()
  const reset = ask(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { learner: 'reader' } })
  t.match(reset.observation, { agent: 'reader', frame: 'chief/reader.1', depth: 1 })
  t.equal(reset.observation.messages[0].role, 'system')
  t.same(reset.observation.messages.map(({ role }: { role: string }) => role), ['system', 'user'], 'its prompt, and what it is told')
  t.notOk(JSON.stringify(reset.observation.tools).includes('put_in_bin'), 'its own tools')
  const looked: Step = ask(session, 'env/step', { episode: reset.episode, action: { tool_calls: [{ name: 'get_parcel', arguments: { id: /P\d{5}/.exec(reset.observation.messages[1].content)![0] } }] } })
  t.same([looked.observation.frame, looked.reward], ['chief/reader.1', 0])
  const done: Step = ask(session, 'env/step', { episode: reset.episode, action: { content: looked.observation.messages[0]!.content }, seq: 2 })
  t.match(done, { reward: 1, terminated: true, seq: 2, info: { stop_reason: 'finished', played: Number, credit: { 'chief/reader.1': ['way.looked'] } } })
  t.same(ask(session, 'env/step', { episode: reset.episode, action: { content: looked.observation.messages[0]!.content }, seq: 2 }), done, 'the same seq, the same answer')
  t.same(ask(session, 'env/resume', { episode: reset.episode }).last, done)
})

t.test('without the trainer\'s part the others do theirs, and the task fails', async (t) => {
  const { session } = open()
  const { episode } = ask(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { learner: ['packer'] } })
  let step: Step = ask(session, 'env/step', { episode, action: { content: 'no' } })
  while (!step.terminated && !step.truncated) step = ask(session, 'env/step', { episode, action: { content: 'no' } })
  t.match(step, { reward: 0, info: { stop_reason: 'finished' } })
})

t.test('an episode that never needs the trainer ends with its reset', async (t) => {
  const { session } = open()
  const { ended } = ask(session, 'env/reset', { scenario: 'relay', seed: 5, options: { learner: 'labeller', others: 'noop' } })
  t.match(ended, { reward: 0, terminated: true, truncated: false, info: { stop_reason: 'finished' } })
})

t.test('options about the team are refused by place and nearest name', async (t) => {
  const { session } = open()
  t.match(refusal(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { learner: 'redaer' } }), { code: 'GYM_INVALID_PARAMS', path: 'params.options.learner', nearest: 'reader' })
  t.match(refusal(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { others: { pakcer: 'noop' } } }), { code: 'GYM_INVALID_PARAMS', path: 'params.options.others', nearest: 'packer' })
  t.match(refusal(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { others: { policy: 'endpoint', endpoint: 'x' } } }), { code: 'GYM_INVALID_PARAMS', path: 'params.options.others' })
  const { episode } = ask(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { learner: 'reader' } })
  t.match(refusal(session, 'env/step', { episode, action: { frame: 'chief', content: 'x' } }), { code: 'GYM_UNKNOWN_FRAME', path: 'params.action.frame' }, 'not the trainer\'s turn there')
  t.match(refusal(session, 'env/step', { episode }), { code: 'GYM_INVALID_PARAMS', path: 'params.action' })
  t.match(refusal(session, 'env/step', { episode, action: {}, actions: [{}] }), { code: 'GYM_INVALID_PARAMS' })
  t.match(refusal(session, 'env/step', { episode, actions: [{ frame: 'chief/reader.1' }, { frame: 'chief/reader.1' }] }), { code: 'GYM_UNKNOWN_FRAME', path: 'params.actions.1.frame' })
})

t.test('parallel frames: all that wait are listed, a step answers several, in whatever grouping', async (t) => {
  const { session, admin } = open()
  const play = (group: number): { hash: string; reward: number } => {
    const options = { learner: ['packer', 'reader', 'labeller'], parallel_frames: true }
    let answer = ask(session, 'env/reset', { scenario: 'blackboard', seed: 8, options })
    const { episode } = answer
    t.same(answer.observations.map(({ agent }: Observation) => agent), ['labeller', 'packer', 'reader'])
    t.equal(answer.observation.frame, answer.observations[0].frame)
    const parcel = /P\d{5}/.exec(answer.observation.messages[1].content)![0]
    const seen = new Map<string, number>()
    let reward = 0
    const acts: Record<string, Action[]> = {
      reader: [{ tool_calls: [{ name: 'get_parcel', arguments: { id: parcel } }] }, { tool_calls: [{ name: 'wait', arguments: { ms: 5000 } }] }, { content: 'done' }],
      packer: [{ think_ms: 2000, tool_calls: [{ name: 'storage_set', arguments: { key: 'plan', value: 1 } }] }, { tool_calls: [{ name: 'wait', arguments: { ms: 900 } }] }, { content: 'done' }],
      labeller: [{ think_ms: 100, tool_calls: [{ name: 'storage_get', arguments: { key: 'plan' } }] }, { tool_calls: [{ name: 'get_parcel', arguments: { id: parcel } }] }, { content: 'done' }],
    }
    for (let n = 0; !answer.terminated && n < 100; n++) {
      const waiting = (answer.observations as Observation[]).toReversed().slice(0, group)
      const actions = waiting.map(({ frame, agent }) => {
        const at = seen.get(frame) ?? 0
        seen.set(frame, at + 1)
        return { ...acts[agent]![at]!, frame }
      })
      answer = ask(session, 'env/step', { episode, actions })
      reward += answer.reward
    }
    return { hash: ask(admin, 'env/state', { episode }).hash, reward }
  }
  t.same(play(1), play(3))
  t.same(play(2), play(3))
})

t.test('fork, snapshot and restore in the middle of a team: the others go on as they would have', async (t) => {
  const { session, admin } = open()
  const reset = ask(session, 'env/reset', { scenario: 'pipeline', seed: 9, options: { learner: 'reader', dynamics: 'flaky' } })
  const first: Step = ask(session, 'env/step', { episode: reset.episode, action: read(reset.observation) })
  const { episodes: [fork] } = ask(session, 'env/fork', { episode: reset.episode })
  const { snapshot } = ask(session, 'env/snapshot', { episode: reset.episode })
  const restored = ask(session, 'env/restore', { snapshot })
  t.same([restored.seq, restored.observation], [1, first.observation])
  const finish = (episode: string): unknown => {
    let step = first
    while (!step.terminated && !step.truncated) step = ask(session, 'env/step', { episode, action: step.observation.messages.at(-1)?.is_error ? read(reset.observation) : read(step.observation) })
    return [step.reward, ask(admin, 'env/state', { episode }).hash]
  }
  const original = finish(reset.episode)
  t.same(finish(fork), original)
  t.same(finish(restored.episode), original)
  const { episodes: [early] } = ask(session, 'env/fork', { episode: reset.episode, at: 1 })
  t.same(finish(early), original)
})

t.test('scenario/get names the agents, and rows show what a reset shows', async (t) => {
  const { session } = open()
  const { agents } = ask(session, 'scenario/get', { scenario: 'pipeline' })
  t.match(agents, [{ name: 'line', workflow: true, calls: ['reader', 'packer', 'labeller'], learner: false }, { name: 'reader', workflow: false, tools: ['get_parcel'], learner: true }])
  for (const scenario of ['pipeline', 'hierarchy', 'relay']) {
    const { tasks: [row] } = ask(session, 'task/sample', { scenario, seed: 3, count: 1, include: ['prompt', 'tools'] })
    const { observation } = ask(session, 'env/reset', { scenario, seed: row.seed, task: row.task })
    t.same([row.prompt, row.tools], [observation.messages, observation.tools], scenario)
  }
})

t.test('an endpoint plays: others are answered meanwhile, its failure loses nothing', async (t) => {
  const waiting: { answer(action: Action): void; fail(): void }[] = []
  const players: Players = {
    names: ['small'],
    ask: () => new Promise((resolve, reject) => waiting.push({ answer: resolve, fail: () => reject(new EndpointError('timeout', 'no answer')) })),
  }
  const { session, gym } = open({ players })
  const gone = new AbortController().signal
  const later = async (id: number, method: string, params: unknown): Promise<{ result?: Step; error?: { message: string; data: Record<string, unknown> } }> => (await session.settle({ jsonrpc: '2.0', id, method, params }, gone)).reply as never
  const asked = async (n: number): Promise<void> => { while (waiting.length < n) await new Promise((resolve) => { setImmediate(resolve) }) }
  const { episode } = ask(session, 'env/reset', { scenario: 'hierarchy', seed: 5, options: { others: { policy: 'endpoint', endpoint: 'small' } } })
  const action = { tool_calls: [{ name: 'Agent', arguments: { sub_agent_name: 'reader', message: 'Look.' } }] }

  const failing = later(1, 'env/step', { episode, action, seq: 1 })
  await asked(1)
  waiting[0]!.fail()
  t.match(await failing, { error: { data: { code: 'GYM_ENDPOINT', retryable: true, fault: 'timeout' } } })

  const again = later(2, 'env/step', { episode, action, seq: 1 })
  await asked(2)
  const behind = later(3, 'env/resume', { episode })
  t.match(ask(session, 'env/reset', { scenario: 'flat', seed: 5 }).observation, { frame: 'clerk' }, 'another episode')
  waiting[1]!.answer({ content: 'It is heavy.' })
  const { result } = await again
  t.match(result, { seq: 1, reward: 0, terminated: false, info: { played: 1 }, observation: { frame: 'chief', messages: [{ role: 'tool', content: /"result":"It is heavy."/ }] } })
  t.match(await behind, { result: { seq: 1, last: { observation: result!.observation } } }, 'later calls on the episode stand behind')

  const next = later(4, 'env/step', { episode, action, seq: 2 })
  await asked(3)
  waiting[2]!.fail()
  t.ok((await next).error)
  const ahead = later(5, 'env/step', { episode, action: { tool_calls: [{ name: 'finish', arguments: {} }] }, seq: 3 })
  await asked(4)
  waiting[3]!.answer({ content: 'Sorry.' })
  t.match(await ahead, { result: { seq: 3, terminated: true } }, 'the step before is brought to its end first')
  t.same(gym.incidents, [])
})
