/** The worlds behind real servers: played live on the servers themselves, and replayed from their recordings, they come to the same. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ServedReply } from '../../protocol/cassette.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { wallClock } from '../../src/server/clock.ts'
import { readAllowedServers } from '../../src/server/tool-servers/allowed-servers.ts'
import { explore } from '../../src/server/tool-servers/explore.ts'
import { LiveServer } from '../../src/server/tool-servers/live-server.ts'
import { embeddedFiles } from '../../src/cli/embedded-catalogue.ts'
import { ROOT, shippedCatalogue } from '../checkout.ts'

const NAMES = ['memory', 'workspace'] as const
const list = readAllowedServers(readFileSync(join(ROOT, 'docs/tool-servers.example.yaml'), 'utf8'), {})

function serverOf({ world: { spec: { server } } }: CompiledScenario): LiveServer {
  return new LiveServer({ allowed: list.get(server!.name)!, mirror: server!.state, first: undefined, clock: wallClock })
}

async function playLive(scenario: CompiledScenario, seed: number, task: string, server: LiveServer): Promise<Episode> {
  const episode = Episode.start(scenario, { seed, task, options: { tools: 'live' } })
  const policy = createPolicy('oracle', episode)!
  while (!episode.ended) {
    const action = policy.act(episode.observation)
    const answers: ServedReply[] = []
    for (let asked = episode.asks(action, answers); asked; asked = episode.asks(action, answers)) answers.push(await server.answer(asked))
    episode.step(action, answers)
  }
  return episode
}

t.test('the plan of every task is paid 1 by the real server, and leaves what the recording leaves', async (t) => {
  for (const name of NAMES) {
    const scenario = shippedCatalogue().find(name)!
    const server = serverOf(scenario)
    for (const task of scenario.tasks.keys()) {
      const live = await playLive(scenario, 3, task, server)
      const recorded = Episode.start(scenario, { seed: 3, task })
      playOut(recorded, createPolicy('oracle', recorded)!)
      t.equal(live.last.reward, 1, `${task} live`)
      t.equal(recorded.last.reward, 1, `${task} recorded`)
      t.same(live.inspect().diff, recorded.inspect().diff, task)
      const said = (episode: Episode): string[] => episode.events().flatMap((event) => (event.type === 'call' ? [event.content] : []))
      t.same(said(recorded), said(live), `${task}: every answer is what the server says`)
    }
    await server.close()
  }
})

t.test('a recording made anew holds what the committed one holds', async (t) => {
  for (const name of NAMES) {
    const scenario = shippedCatalogue().find(name)!
    const server = serverOf(scenario)
    const { cassette, unpaid } = await explore(scenario, server, { seeds: 2, states: 6 })
    await server.close()
    t.same(unpaid, [])
    const kept = scenario.world.spec.server!.cassette
    if (!kept || 'file' in kept) return t.fail('no recording')
    t.equal(cassette.start, kept.start)
    const known = new Map(kept.calls.map((call) => [JSON.stringify([call.state, call.tool, call.arguments]), call]))
    // Who came to a state by another way may find its rows in another order: the first state alone is read to the letter.
    for (const call of cassette.calls.filter(({ state }) => state === cassette.start)) {
      const before = known.get(JSON.stringify([call.state, call.tool, call.arguments]))
      if (!before) t.fail(`${call.tool} ${JSON.stringify(call.arguments)} is not in the recording; npm run audit -- recordings makes it anew`)
      else t.same([cassette.answers[call.answer], call.next], [kept.answers[before.answer], before.next], call.tool)
    }
  }
})

t.test('the real folder shows nowhere: neither in what a file holds, nor in its size, nor after a start anew', async (t) => {
  const scenario = shippedCatalogue().find('workspace')!
  const episode = Episode.start(scenario, { seed: 3, task: 'new_job', options: { tools: 'live' } })
  const content = 'see /workspace/jobs, and /workspace.\n'
  let server = serverOf(scenario)
  const say = async (name: string, args: object): Promise<string> => {
    const action = { tool_calls: [{ name, arguments: args }] } as never
    const answers: ServedReply[] = []
    for (let asked = episode.asks(action, answers); asked; asked = episode.asks(action, answers)) answers.push(await server.answer(asked))
    episode.step(action, answers)
    return episode.observation.messages.at(-1)!.content
  }
  await say('write_file', { path: '/workspace/a.txt', content })
  t.equal(await say('edit_file', { path: '/workspace/a.txt', edits: [{ oldText: '/workspace/jobs', newText: '/workspace/archive' }] }).then((diff) => diff.includes('+see /workspace/archive')), true)
  t.match(JSON.stringify(episode.inspect().diff), /"see \/workspace\/archive, and \/workspace\.\\n"/)
  for (const _ of ['the same', 'another']) {
    t.equal(await say('read_text_file', { path: '/workspace/a.txt' }), content.replace('jobs', 'archive'))
    t.match(await say('list_directory_with_sizes', { path: '/workspace' }), /a\.txt +40 B\n/)
    await server.close()
    server = serverOf(scenario)
  }
  await server.close()
})

t.test('without the recording nothing is answered', async (t) => {
  const files = [...embeddedFiles('envs').filter(({ file }) => /dynamics|memory/.test(file)), ...embeddedFiles('scenarios').filter(({ file }) => /memory/.test(file))]
  const bare = files.map((file) => ({ ...file, text: file.text.replace(/^ {2}cassette:.*\n/m, '') }))
  const { catalogue, complaints } = compileCatalogue(bare)
  t.same(complaints, [])
  const episode = Episode.start(catalogue.find('memory')!, { seed: 3, task: 'note_fact' })
  playOut(episode, createPolicy('oracle', episode)!)
  t.equal(episode.last.reward, 0)
})
