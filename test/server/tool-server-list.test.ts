/** Lists of tools of servers that hang, crash, flood and lie: an error each time, and no process is left. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { Connection, SERVER_LIMITS, type ServerAddress, ServerFailure } from '../../src/server/tool-servers/connection.ts'

const FILE = join(import.meta.dirname, '../fixtures/odd-server.js')
const LIMITS = { ...SERVER_LIMITS, startMs: 4000, listMs: 1500, listBytes: 200_000 }

const odd = (mode: string, ...more: string[]): ServerAddress => ({ command: process.execPath, args: [FILE, mode, ...more], env: {} })

async function list(address: ServerAddress, limits = LIMITS): Promise<string[]> {
  const connection = await Connection.open(address, limits)
  try {
    return (await connection.listTools()).map(({ name }) => name)
  } finally {
    await connection.close()
  }
}

async function failure(address: ServerAddress, limits = LIMITS): Promise<string> {
  try {
    return `listed ${(await list(address, limits)).length}`
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error
    return `${error.kind}: ${error.message}`
  }
}

/** Whether a process is over; what nobody has waited for yet counts as over. */
async function isOver(pid: number): Promise<boolean> {
  for (let i = 0; i < 50; i++) {
    const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)![0] : 'X'
    if (state === 'X' || state === 'Z') return true
    await pause(40)
  }
  return false
}

t.test('all pages of a list', async (t) => {
  t.same(await list(odd('good')), ['getItem', 'finish', 'env'])
})

t.test('whatever a server does instead is a failure with a reason', async (t) => {
  t.match(await failure(odd('silent'), { ...LIMITS, startMs: 800 }), /^timeout: /)
  t.match(await failure(odd('chatter')), /^(too_large: more than 10000 messages|timeout: )/)
  t.match(await failure(odd('hangs')), /^timeout: waited/)
  t.match(await failure(odd('crash')), /^closed: /)
  t.match(await failure(odd('gone')), /^closed: the server went away/)
  t.match(await failure(odd('flood')), /^(too_large|closed|timeout): /)
  t.match(await failure(odd('endless')), /^too_large: more than 100 pages/)
  t.match(await failure(odd('many')), /^too_large: /)
  t.match(await failure(odd('large')), /^too_large: /)
  t.match(await failure(odd('deep')), /^(too_large|protocol): /)
  t.match(await failure(odd('nameless')), /^protocol: a tool of the list is none: name/)
  t.match(await failure(odd('none')), /^protocol: /)
  t.match(await failure(odd('error')), /^protocol: .*out of order/)
  t.match(await failure({ command: 'no-such-program-here', args: [], env: {} }), /^closed: .*ENOENT/)
})

t.test('what a server wrote before it fell is kept for the operator', async (t) => {
  const error = await Connection.open(odd('crash'), LIMITS).then(() => undefined, (reason: unknown) => reason)
  t.match(error, { lastWords: 'no TOKEN was given' })
  t.notMatch((error as Error).message, 'TOKEN', 'it is no part of what agents may see')
})

t.test('no process is left, whatever it ignores and whatever it started', { skip: existsSync('/proc/self/stat') ? false : 'needs /proc' }, async (t) => {
  const file = join(t.testdir({}), 'pid')
  for (const mode of ['hangs', 'chatter', 'family', 'good']) {
    await failure(odd(mode, file))
    t.ok(await isOver(Number(readFileSync(file, 'utf8'))), mode)
  }
})

/** Answers of a server over HTTP: initialize as it should be, the list as said. */
function overHttp(answerList: (respond: (result: object) => void, response: Parameters<RequestListener>[1]) => void): RequestListener {
  return (request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end()
      const { id, method, params } = JSON.parse(body) as { id?: number; method: string; params?: { protocolVersion: string } }
      const respond = (result: object): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
      if (id === undefined) response.writeHead(202).end()
      else if (method === 'initialize') respond({ protocolVersion: params!.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'web', version: '1' } })
      else answerList(respond, response)
    })
  }
}

t.test('the same over HTTP', async (t) => {
  const at = async (listener: RequestListener): Promise<ServerAddress> => {
    const server = createServer(listener).listen(0)
    t.teardown(() => (server.closeAllConnections(), server.close()))
    await new Promise((resolve) => server.once('listening', resolve))
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, headers: { 'x-key': 'k' } }
  }
  const tools = [{ name: 'one', inputSchema: { type: 'object' } }]
  t.same(await list(await at(overHttp((respond) => respond({ tools })))), ['one'])
  t.match(await failure(await at(overHttp(() => {}))), /^timeout: /)
  t.match(await failure(await at(overHttp((_, response) => void response.writeHead(500).end('broken')))), /^protocol: /)
  t.match(await failure(await at(overHttp((respond) => respond({ tools: [{ ...tools[0], description: 'x'.repeat(5_000_000) }] })))), /^too_large: |^protocol: /)
  t.match(await failure({ url: 'http://127.0.0.1:9/mcp', headers: {} }), /^closed: /)
  let keys = 0
  const other = await at((request, response) => { if (request.headers['x-key']) keys++; response.writeHead(404).end() }) as { url: string }
  t.match(await failure(await at((_, response) => void response.writeHead(307, { location: other.url }).end())), `protocol: the server is elsewhere (307): ${other.url}`)
  t.equal(keys, 0, 'a key for one host does not go to another')
})
