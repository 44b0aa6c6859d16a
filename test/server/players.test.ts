/** Endpoints as players of a server: known by name alone, asked with the history of a frame. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Others } from '../../protocol/identity.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { Episode } from '../../src/episode/episode.ts'
import { EndpointError } from '../../src/llm/endpoint.ts'
import { Cast } from '../../src/policy/cast.ts'
import { endpointPlayers, NO_PLAYERS, type Players, requirePlayers } from '../../src/server/players.ts'
import { Session } from '../../src/server/session.ts'
import { ROOT, shippedFiles } from '../checkout.ts'
import { type Asked, called, REAL, reply, startModel } from '../llm/model-under-test.ts'
import { ANYBODY, ask, openGym, refusal } from './gym-under-test.ts'

const files = [...shippedFiles().filter(({ file }) => file.startsWith('envs/dynamics/')), { file: 'teams.yaml', text: readFileSync(`${ROOT}test/fixtures/teams.yaml`, 'utf8') }]
const { catalogue } = compileCatalogue(files)
const GONE = new AbortController().signal

/** Players of these names whom nobody asks. */
const named = (...names: string[]): Players => endpointPlayers(new Map(names.map((name) => [name, { url: 'http://127.0.0.1:9/v1', model: 'm', timeoutMs: 1000, retries: 0, mostBytes: 1000 }])), REAL)

function refused(others: Others | undefined, players: Players): GymError | undefined {
  try {
    requirePlayers(others, { players })
    return undefined
  } catch (error) {
    if (error instanceof GymError) return error
    throw error
  }
}

t.test('a reset names endpoints that are there, or is refused', async (t) => {
  const players = named('small', 'large')
  t.same(players.names, ['large', 'small'])
  const fine: (Others | undefined)[] = [undefined, 'robust', { policy: 'oracle', competence: 0.5 }, { policy: 'endpoint', endpoint: 'small' }, { packer: { policy: 'endpoint', endpoint: 'large' }, '*': 'noop' }]
  for (const one of fine) t.equal(refused(one, players), undefined)
  const expected = [{ policy: 'endpoint', endpoint: 'large' }, { policy: 'endpoint', endpoint: 'small' }]
  t.match(refused({ policy: 'endpoint', endpoint: 'smal' }, players), { gymCode: 'GYM_INVALID_PARAMS', message: /'smal'; did you mean 'small'/, data: { path: 'params.options.others', nearest: 'small', expected } })
  t.match(refused({ '*': 'robust', packer: { policy: 'endpoint', endpoint: 'http://127.0.0.1/v1' } }, players), { gymCode: 'GYM_INVALID_PARAMS' }, 'an address is no name')
  t.match(refused('endpoint', players), { message: /has to be named; there are: large, small/, data: { expected } })
  t.match(refused({ '*': { policy: 'endpoint' } }, players), { message: /has to be named/ })
  t.match(refused({ policy: 'endpoint', endpoint: 'small' }, NO_PLAYERS), { message: /without any \(--endpoint/, data: { expected: [] } })
  await t.rejects(NO_PLAYERS.ask('small', { messages: [], tools: [] }, GONE), GymError)

  const session = new Session(openGym({ catalogue, players }), ANYBODY)
  const reset = (others: unknown): unknown => ({ scenario: 'hierarchy', seed: 3, options: { learner: 'chief', others } })
  t.match(refusal(session, 'env/reset', reset({ policy: 'endpoint', endpoint: 'larg' })), { code: 'GYM_INVALID_PARAMS', path: 'params.options.others', nearest: 'large' })
  t.match(refusal(session, 'env/reset', reset({ policy: 'endpoint', endpoint: 'small', url: 'http://127.0.0.1/v1' })), { code: 'GYM_INVALID_PARAMS' }, 'nobody gives an address over the wire')
  t.match(ask(session, 'env/reset', reset({ policy: 'endpoint', endpoint: 'small' })), { info: { options: { others: { endpoint: 'small' } } } })
})

/** A model that does what it was told to, as far as it sees it. */
function sensible({ body }: Asked): Record<string, unknown> {
  const tools = (body.tools as { function: { name: string } }[]).map((one) => one.function.name)
  const text = JSON.stringify(body.messages)
  const id = /P\d{5}/.exec(text)![0]
  const { town, grams } = /\\"town\\":\\"(?<town>\w+)\\",\\"grams\\":(?<grams>\d+)/.exec(text)?.groups ?? {}
  const has = (name: string): boolean => tools.includes(name)
  const done = (name: string): boolean => (body.messages as { tool_calls?: { function: { name: string } }[] }[]).some(({ tool_calls: calls }) => calls?.some((one) => one.function.name === name))
  if (has('get_parcel') && !town) return { content: null, tool_calls: [called('get_parcel', JSON.stringify({ id }))] }
  if (has('put_in_bin') && !done('put_in_bin')) return { content: null, tool_calls: [called('put_in_bin', JSON.stringify({ id, bin: town }))] }
  if (has('ToolSearch') && !has('put_label')) return { content: 'I look for it.', tool_calls: [called('ToolSearch', '{"query": "put label"}', '')] }
  if (has('put_label') && !done('put_label')) return { content: null, tool_calls: [called('put_label', JSON.stringify({ id, label: `${grams}g` }))] }
  return { content: 'Done.' }
}

t.test('a model plays the agents below, and the task is done', async (t) => {
  const model = await startModel(t)
  const players = endpointPlayers(new Map([['small', model.endpoint()]]), REAL)
  model.behave((response, asked) => reply(response, sensible(asked), { prompt_tokens: 10, completion_tokens: 5 }))
  const episode = Episode.start(catalogue.find('hierarchy')!, { seed: 3, task: 'sort_one', options: { learner: ['chief', 'foreman'], others: { policy: 'endpoint', endpoint: 'small' } } })
  const cast = new Cast(episode)
  const id = /P\d{5}/.exec(episode.task.instruction)![0]
  const sub = (agent: string, message: string): string => `<sub-agent><agent_name>${agent}</agent_name><message>${message}</message></sub-agent>`
  const said: Record<string, string[]> = { foreman: [sub('packer', `Put ${id} into the bin of its town.`) + sub('labeller', `Label ${id}.`), 'Done.'], chief: [] }
  const calls: unknown[] = [{ name: 'Agent', arguments: { sub_agent_name: 'foreman', message: id } }, { name: 'finish', arguments: {} }]
  while (!episode.ended) {
    for (let asked = cast.play(); asked; asked = cast.play()) cast.answer(asked.path, await players.ask(asked.player.endpoint!, asked.history, GONE))
    if (episode.ended) break
    const content = said[episode.due.agent]!.shift()
    episode.step(content === undefined ? { tool_calls: [calls.shift()] } : { content })
  }
  t.match(episode.last, { reward: 1, terminated: true })
  t.ok(model.asked.length >= 6, `${model.asked.length} questions`)
  t.ok(model.asked.every(({ body }) => !JSON.stringify(body).includes('witness')))
})

t.test('what an endpoint does badly is an error, and the frame can be asked again', async (t) => {
  const model = await startModel(t)
  const players = endpointPlayers(new Map([['small', model.endpoint({ retries: 0, timeoutMs: 300 })]]), REAL)
  const episode = Episode.start(catalogue.find('hierarchy')!, { seed: 3, task: 'sort_one', options: { learner: 'reader', others: { policy: 'endpoint', endpoint: 'small' } } })
  const cast = new Cast(episode)
  const before = episode.stateHash()
  for (const bad of [() => {}, (response) => void response.writeHead(500).end(), (response) => void response.end('{"choices": [{"mess')] satisfies Parameters<typeof model.behave>[0][]) {
    model.behave(bad)
    await t.rejects(players.ask('small', cast.play()!.history, GONE), EndpointError)
    t.equal(episode.stateHash(), before)
  }
  const turns: Record<string, unknown>[] = [
    { content: null, tool_calls: [called('get_parcel', '{}')] },
    { content: null, tool_calls: [called('Agent', '{"sub_agent_name": ')] },
    { content: null, tool_calls: ['Agent', { id: 'x', function: { name: 'wait', arguments: '{"ms": "5"}' } }] },
  ]
  model.behave((response, _asked, n) => reply(response, turns[n]))
  const told: string[][] = []
  for (const _ of turns) {
    const asked = cast.play()!
    cast.answer(asked.path, await players.ask('small', asked.history, GONE))
    told.push(episode.observation.messages.map(({ content }) => content))
  }
  t.match(told, [[/Unknown tool 'get_parcel'/], [/Malformed tool call: arguments are not valid JSON/], [/Malformed tool call/, /Waited 5 ms/]])
})
