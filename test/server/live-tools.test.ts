/** Live servers of others, good and bad: the gym stays healthy, the episode goes on with an honest observation. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { stateAfter, stateId } from '../../src/core/state-id.ts'
import { wallClock } from '../../src/server/clock.ts'
import { type AllowedServers, readAllowedServers } from '../../src/server/tool-servers/allowed-servers.ts'
import { LiveServer } from '../../src/server/tool-servers/live-server.ts'
import { sweepServers } from '../../src/server/tool-servers/server-folder.ts'
import { ROOT } from '../checkout.ts'
import { shelfCassette, shelfScenario } from '../shelf.ts'
import { ADMIN, ANYBODY, openGym, type TestGym, wired } from './gym-under-test.ts'

const ROGUE = join(ROOT, 'test/fixtures/rogue-server.js')
const SHELF = readFileSync(join(ROOT, 'test/fixtures/shelf.yaml'), 'utf8')
const { scenario, catalogue } = shelfScenario()
const STATE = { boxes: [{ label: 'blue', inside: 'screws' }, { label: 'red', inside: null }] }

function allowed(env: Record<string, string> = {}, bounds: Record<string, number> = {}): AllowedServers {
  return readAllowedServers(JSON.stringify({ servers: { shelf: { command: process.execPath, args: [ROGUE], env, cwd: '{folder}', call_ms: 700, start_ms: 5000, ...bounds } } }), {})
}

function live(env?: Record<string, string>, bounds?: Record<string, number>, restart = true): LiveServer {
  return new LiveServer({ allowed: allowed(env, bounds).get('shelf')!, mirror: { ...scenario!.world.spec.server!.state!, restart }, first: undefined, clock: wallClock })
}

const asked = (tool: string, args: Record<string, unknown> = {}, state = STATE, effect: 'read' | 'write' = 'write') => ({ tool, arguments: args, effect, at: stateId(state), state })

/** Of this process: others may be testing too. */
function folders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`fractal-gym-server-${process.pid}-`))
}

/** Of a process, with its arguments; empty where it is over. */
const commandOf = (pid: string): string => textOf(`/proc/${pid}/cmdline`)
const environmentOf = (pid: string): string => textOf(`/proc/${pid}/environ`)

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

t.test('a good server: brought to the state of the rows, asked, looked at', async (t) => {
  const server = live()
  t.match(await server.answer(asked('look', { label: 'blue' })), { answer: { json: 'screws' } })
  const { answer, state, ms } = await server.answer(asked('put', { label: 'red', thing: 'nails' }))
  t.same(answer, { json: 'done' })
  t.ok(Number.isInteger(ms) && ms >= 0)
  t.same(state, { boxes: [{ label: 'blue', inside: 'screws' }, { label: 'red', inside: 'nails' }] })
  t.match(await server.answer(asked('look', { label: 'red' }, state as typeof STATE)), { answer: { json: 'nails' } })
  t.match(await server.answer(asked('look', { label: 'red' })), { answer: { json: 'empty' } }, 'an earlier state, as after a rewind')
  t.match(await server.answer(asked('look', { label: 'white' })), { answer: { json: 'no box white', is_error: true } })
  await server.close()
  t.match(await server.answer(asked('look', { label: 'red' })), { answer: { failure: 'closed' } })
})

t.test('a bad server: every fault is an answer, and the next call finds it working', async (t) => {
  const EXPECTED: Record<string, object> = {
    hang: { failure: 'timeout', json: /waited 700 ms/ },
    crash: { failure: 'closed', json: /went away/ },
    // Whichever bound is met first.
    flood: { failure: /^(too_large|timeout)$/ },
    noise: { json: 'after some noise' },
    megabytes: { json: /^m{65536}\n\[cut here: 2934464 more characters\]$/ },
    gigantic: { failure: 'too_large', json: /more than 4000000 bytes/ },
    not_json: { failure: 'timeout' },
    no_content: { failure: 'protocol', json: /has no content/ },
    wrong_content: { failure: 'protocol', json: /block 1 of its content is none/ },
    lies: { json: 'see the structure', structured: { inside: ['not', 'text'] } },
    error: { failure: 'protocol', json: /bad day/ },
    picture: { json: 'a picture\n[image image/png, 5 bytes]', blocks: [{ type: 'text' }, { type: 'image', data: 'aGVsbG8=' }] },
    twice: { json: 'the first' },
    other_id: { failure: 'timeout' },
    surrogate: { failure: 'protocol' },
    deep: { failure: 'protocol' },
  }
  const server = live()
  for (const [label, expected] of Object.entries(EXPECTED)) {
    const { answer, state } = await server.answer(asked('add-box', { label }))
    t.match(answer, expected, label)
    t.equal(answer.is_error ?? false, 'failure' in expected, label)
    t.equal(state, undefined, label)
    t.match(await server.answer(asked('look', { label: 'blue' }, STATE, 'read')), { answer: { json: 'screws' } }, `after ${label}`)
  }
  await server.close()
})

t.test('what happened counts, although its answer was lost; what nobody can read does not', async (t) => {
  const server = live()
  const crashed = await server.answer(asked('add-box', { label: 'crash_after' }))
  t.match(crashed, { answer: { failure: 'closed' }, state: { boxes: [{ label: 'blue' }, { label: 'red' }, { label: 'crash_after' }] } })
  const bad = await server.answer(asked('add-box', { label: 'bad_file' }))
  t.match(bad, { answer: { failure: 'protocol', json: /cannot be shown: a line is no JSON object/ } })
  t.equal(bad.state, undefined)
  t.match(await server.answer(asked('look', { label: 'blue' })), { answer: { json: 'screws' } })
  await server.close()
})

t.test('a call that somebody left behind changes nothing for the next one', async (t) => {
  for (const restart of [true, false]) {
    const server = live({}, {}, restart)
    const left = server.answer(asked('add-box', { label: 'slow' }))
    const next = await server.answer(asked('list-boxes', {}, STATE, 'read'))
    t.match(await left, { answer: { json: 'added at last' }, state: { boxes: [{}, {}, { label: 'slow' }] } })
    t.same([next.answer, next.state], [{ json: 'blue\nred' }, undefined])
    await server.close()
  }
})

t.test('files that are none, a folder that is gone: an answer, and the next call finds all as it was', async (t) => {
  for (const restart of [true, false]) {
    const server = live({}, {}, restart)
    for (const [label, why] of [['link', /should be its file is none/], ['no_folder', /its folder is gone/], ['half_row', /half a character/]] as const) {
      const { answer, state } = await server.answer(asked('add-box', { label }))
      t.match(answer, { failure: 'protocol', json: why }, label)
      t.equal(state, undefined, label)
      t.match(await server.answer(asked('look', { label: 'blue' }, STATE, 'read')), { answer: { json: 'screws' } }, `after ${label}`)
    }
    await server.close()
  }
})

t.test('what a server started ends with it, and its folder goes, although somebody writes there', { skip: process.platform !== 'linux' }, async (t) => {
  const before = folders()
  const daemons = (): number => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes('fractal-gym-daemon') && !commandOf(pid).startsWith('sh')).length
  const server = live()
  t.match(await server.answer(asked('add-box', { label: 'daemon' })), { answer: { json: 'started' } })
  t.equal(daemons(), 1)
  await server.close()
  t.equal(daemons(), 0)
  t.same(folders(), before)
})

t.test('what a gym that was killed left is swept by the next one', { skip: process.platform !== 'linux' }, async (t) => {
  const gym = spawn(process.execPath, ['--input-type=module', '-e', `
    import { Connection } from ${JSON.stringify(join(ROOT, 'src/server/tool-servers/connection.ts'))}
    import { makeServerFolder } from ${JSON.stringify(join(ROOT, 'src/server/tool-servers/server-folder.ts'))}
    const cwd = makeServerFolder()
    await Connection.open({ command: process.execPath, args: [${JSON.stringify(ROGUE)}], env: { ROGUE: 'stays', NAME: cwd }, cwd })
    console.log(cwd)`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(gym.stdout, 'data') as [Buffer]
  const folder = line.toString().trim()
  const servers = (): string[] => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`NAME=${folder}`))
  await sweepServers()
  t.ok(existsSync(folder), 'of a gym that is alive nothing is taken')
  t.equal(servers().length, 1)
  gym.kill('SIGKILL')
  await once(gym, 'exit')
  await sweepServers()
  t.notOk(existsSync(folder))
  await sleep(100)
  t.same(servers(), [])
})

t.test('a server that does not start, or never answers', async (t) => {
  for (const [mode, kind] of [['dies', 'closed'], ['mute', 'timeout'], ['old', 'protocol']] as const) {
    const server = live({ ROGUE: mode }, { start_ms: 1200 })
    t.match(await server.answer(asked('look', { label: 'blue' })), { answer: { failure: kind, is_error: true } }, mode)
    await server.close()
  }
  const nowhere = new LiveServer({ allowed: readAllowedServers('{servers: {shelf: {command: /no/such/program}}}', {}).get('shelf')!, mirror: undefined, first: undefined, clock: wallClock })
  t.match(await nowhere.answer(asked('look')), { answer: { failure: 'closed', json: /ENOENT/ } })
  await nowhere.close()
})

t.test("the operator's list: what is wrong is said with its place", async (t) => {
  const wrong = (text: string, environment = {}): string => {
    try {
      readAllowedServers(text, environment)
      return 'nothing'
    } catch (error) {
      return `${String((error as { data: { path: string } }).data.path)}: ${(error as Error).message}`
    }
  }
  t.match(wrong('{servers: {a: {commnd: x}}}'), /^servers\.a/)
  t.match(wrong('{server: {}}'), /servers/)
  t.match(wrong('- {'), /line 1/)
  t.match(wrong('{servers: {a: {url: "file:///etc/passwd"}}}'), /^servers\.a/)
  t.match(wrong('{servers: {a: {command: x, env: {TOKEN: "${SECRET}"}}}}'), /^servers\.a\.env\.TOKEN: the environment has no SECRET/)
  t.equal(wrong('{servers: {a: {command: x, env: {TOKEN: "${SECRET}"}}}}', { SECRET: 'x' }), 'nothing')
})

t.test('over the wire: played live to the same rows, seq by seq, forked, after a restart of its server', async (t) => {
  const before = folders().length
  const gym = openGym({ catalogue, toolServers: allowed(), clock: wallClock as never })
  const { ask, admin } = wires(gym)
  const { episode } = await ask('env/reset', { scenario: 'shelf', seed: 1, options: { tools: 'live' } })
  const act = (id: string, name: string, args: object, seq?: number) => ask('env/step', { episode: id, action: { tool_calls: [{ name, arguments: args }] }, ...(seq !== undefined && { seq }) })
  const first = await act(episode, 'put', { label: 'red', thing: 'nails' }, 1)
  t.match(first, { observation: { messages: [{ content: 'done' }] } })
  t.same(await act(episode, 'put', { label: 'red', thing: 'nails' }, 1), first, 'asked again, the same, and done once')
  const { episodes: [fork] } = await ask('env/fork', { episode, count: 1 })
  t.match(await act(fork, 'look', { label: 'red' }), { observation: { messages: [{ content: 'nails' }] } })
  t.match(await act(fork, 'put', { label: 'red', thing: 'screws' }), { observation: { messages: [{ content: 'done' }] } })
  t.match(await act(episode, 'look', { label: 'red' }), { observation: { messages: [{ content: 'nails' }] } }, 'the fork has a server of its own')
  t.equal(gym.toolServers.running, 2)
  t.match(await act(episode, 'add_box', { label: 'crash' }), { observation: { messages: [{ content: /went away/ }] } })
  t.match(await act(episode, 'add_box', { label: 'green' }), { observation: { messages: [{ content: 'added' }] } })
  await t.rejects(ask('env/snapshot', { episode }), /GYM_FORBIDDEN.*admin token/)
  const { snapshot } = await admin('env/snapshot', { episode })
  const { episode: restored } = await admin('env/restore', { snapshot })
  t.match(await act(restored, 'list_boxes', {}), { observation: { messages: [{ content: 'blue\ngreen\nred' }] } })
  t.match(await act(episode, 'finish', {}), { terminated: true, reward: 1 })
  t.equal(gym.toolServers.running, 2, 'an episode that ended has none')
  for (const id of [fork, restored]) await ask('env/close', { episode: id })
  t.equal(gym.toolServers.running, 0)
  await sleep(300)
  t.equal(folders().length, before, 'nothing is left behind')
  t.same(gym.incidents, [])
})

t.test('more episodes than servers may run: idle ones rest, and go on in the state of their rows', async (t) => {
  const before = folders().length
  const gym = openGym({ catalogue, toolServers: allowed(), liveServers: 2, clock: wallClock as never })
  const { ask } = wires(gym)
  const open = async (): Promise<string> => (await ask('env/reset', { scenario: 'shelf', seed: 1, options: { tools: 'live' } })).episode
  const say = async (id: string, name: string, args: object): Promise<string> => (await ask('env/step', { episode: id, action: { tool_calls: [{ name, arguments: args }] } })).observation.messages[0].content
  const ids = [await open(), await open(), await open(), await open()]
  for (const [i, id] of ids.entries()) t.equal(await say(id, 'add_box', { label: `own_${i}` }), 'added')
  t.equal(gym.toolServers.running, 2)
  const lists = await Promise.all(ids.slice(0, 2).map((id) => say(id, 'list_boxes', {})))
  t.same(lists, ['blue\nown_0\nred', 'blue\nown_1\nred'])
  t.equal(gym.toolServers.running, 2)
  t.equal(folders().length, before + 2)
  const hanging = ids.slice(2).map((id) => say(id, 'add_box', { label: 'hang' }))
  await t.rejects(say(ids[0]!, 'list_boxes', {}), /GYM_CAPACITY.*2 live servers are running/, 'who is busy is left alone')
  for (const answer of await Promise.all(hanging)) t.match(answer, /waited 700 ms/)
  t.equal(await say(ids[0]!, 'list_boxes', {}), 'blue\nown_0\nred')
  for (const id of ids) await ask('env/close', { episode: id })
  t.equal(gym.toolServers.running, 0)
  await sleep(300)
  t.equal(folders().length, before, 'nothing is left behind')
  t.same(gym.incidents, [])
})

t.test('whatever the server does, steps of others are answered meanwhile', async (t) => {
  const gym = openGym({ catalogue, toolServers: allowed(), clock: wallClock as never })
  const { ask } = wires(gym)
  const [live, recorded] = [(await ask('env/reset', { scenario: 'shelf', seed: 1, options: { tools: 'live' } })).episode, (await ask('env/reset', { scenario: 'shelf', seed: 1 })).episode]
  let hung = true
  const hanging = ask('env/step', { episode: live, action: { tool_calls: [{ name: 'add_box', arguments: { label: 'hang' } }] } }).then((answer) => {
    hung = false
    return answer
  })
  t.match(await ask('env/step', { episode: recorded, action: { tool_calls: [{ name: 'look', arguments: { label: 'blue' } }] } }), { observation: { messages: [{ content: 'screws' }] } })
  t.equal(hung, true)
  t.match(await hanging, { observation: { messages: [{ content: /waited 700 ms/ }] } })
  await gym.toolServers.closeAll()
})

t.test('a server without files to look at is known by the calls that led to its state', async (t) => {
  const { scenario: blind, catalogue: blinds, complaints } = shelfScenario([
    [/ {4}lines:[\s\S]*?(?=tables:\n {2}boxes:)/.exec(SHELF)![0], '    calls: {table: trail, column: at}\n'],
    ['  boxes:\n    key: label', "  trail: {single: true, columns: {at: {type: string, value: \"'begin'\"}}}\n  boxes:\n    key: label"],
  ], { ...shelfCassette(), start: 'begin', states: {}, answers: [{ json: 'blue' }, { json: 'added' }, { json: 'blue\ngreen' }], calls: [
    { state: 'begin', tool: 'list-boxes', arguments: {}, answer: 0, ms: 1, bytes: 1 },
    { state: 'begin', tool: 'add-box', arguments: { label: 'green' }, answer: 1, ms: 1, bytes: 1, next: stateAfter('begin', 'add-box', { label: 'green' }) },
    { state: stateAfter('begin', 'add-box', { label: 'green' }), tool: 'list-boxes', arguments: {}, answer: 2, ms: 1, bytes: 1 },
  ] })
  t.same(complaints, [])
  const gym = openGym({ catalogue: blinds, toolServers: allowed({ ROGUE_FILE: 'own' }), clock: wallClock as never })
  const { ask } = wires(gym)
  const say = async (id: string, name: string, args: object): Promise<string> => (await ask('env/step', { episode: id, action: { tool_calls: [{ name, arguments: args }] } })).observation.messages[0].content
  const { episode: recorded } = await ask('env/reset', { scenario: 'shelf', seed: 1 })
  t.equal(await say(recorded, 'list_boxes', {}), 'blue')
  t.equal(await say(recorded, 'add_box', { label: 'green' }), 'added')
  t.equal(await say(recorded, 'list_boxes', {}), 'blue\ngreen')
  const { episode: live } = await ask('env/reset', { scenario: 'shelf', seed: 1, options: { tools: 'live' } })
  t.equal(await say(live, 'add_box', { label: 'green' }), 'added')
  t.equal(await say(live, 'list_boxes', {}), 'green')
  const { episodes: [fork] } = await ask('env/fork', { episode: live, count: 1 })
  t.match(await say(fork, 'list_boxes', {}), /cannot be brought back/, 'a fork has no server, and nobody knows how to bring one there')
  t.equal(await say(live, 'list_boxes', {}), 'green', 'the parent goes on')
  t.ok(blind)
  await gym.toolServers.closeAll()
})

t.test('nobody but the operator says which servers are called', async (t) => {
  const { ask } = wires(openGym({ catalogue, clock: wallClock as never }))
  await t.rejects(ask('env/reset', { scenario: 'shelf', seed: 1, options: { tools: 'live' } }), /GYM_FORBIDDEN.*allows no live server 'shelf'/)
  t.ok((await ask('env/reset', { scenario: 'shelf', seed: 1, options: { tools: 'recorded' } })).episode)
  const gym = openGym({ toolServers: allowed(), clock: wallClock as never })
  t.throws(() => gym.toolServers.requireAllowed(scenario!, true), /came over the wire/)
  t.ok(existsSync(ROGUE) && readFileSync(ROGUE).length > 0)
})

function wires(gym: TestGym): { ask(method: string, params: unknown): Promise<any>; admin(method: string, params: unknown): Promise<any> } {
  return { ask: wired(gym, ANYBODY), admin: wired(gym, ADMIN) }
}
