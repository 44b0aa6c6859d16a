/**
 * What a step costs over MCP, beside the same steps over the WebSocket: episodes of retail on one connection each, calls
 * one after another.
 *   node benchmarks/mcp.ts [episodes] [steps] [rounds]
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { once } from 'node:events'
import WebSocket from 'ws'
import { SUBPROTOCOLS } from '../protocol/json-rpc.ts'
import { shippedCatalogue } from '../test/checkout.ts'
import { ADMIN, ANYBODY, ask, openGym } from '../test/server/gym-under-test.ts'
import { Client as Socket } from '../test/server/house.ts'
import { GymServer } from '../src/server/server.ts'
import { Session } from '../src/server/session.ts'

const [episodes = 16, steps = 25, rounds = 5] = process.argv.slice(2).map(Number)
const gym = openGym({ catalogue: shippedCatalogue(), episodes: 100_000 })
const server = await GymServer.create(gym, { adminToken: ADMIN.principal, tokens: [], hosts: [], origins: [] })
const address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`
const session = new Session(gym, ANYBODY)
const call = { name: 'list_products', arguments: {} }

type Player = { step(): Promise<unknown>; end(): unknown }

function open(i: number): string {
  return ask(session, 'env/reset', { scenario: 'retail', seed: i }).episode
}

async function overMcp(i: number, mode: 'legacy' | { pin: string }): Promise<Player> {
  const client = new Client({ name: 'benchmark', version: '0' }, { versionNegotiation: { mode } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://${address}/mcp/${open(i)}`)))
  return { step: () => client.callTool(call), end: () => client.close() }
}

async function overSocket(i: number): Promise<Player> {
  const socket = new WebSocket(`ws://${address}/v1/ws`, SUBPROTOCOLS.json)
  const client = new Socket(socket, 'json')
  await once(socket, 'open')
  const episode = open(i)
  return { step: () => client.ask('env/step', { episode, action: { tool_calls: [call] } }), end: () => socket.terminate() }
}

/** Steps a second, of all episodes together. */
async function measure(make: (i: number) => Promise<Player>): Promise<number> {
  const players = await Promise.all(Array.from({ length: episodes }, (_, i) => make(i)))
  const began = performance.now()
  await Promise.all(players.map(async ({ step }) => { for (let i = 0; i < steps; i++) await step() }))
  const seconds = (performance.now() - began) / 1000
  await Promise.all(players.map(({ end }) => end()))
  return (episodes * steps) / seconds
}

const WAYS = { 'WebSocket, JSON': overSocket, 'MCP 2025-11-25': (i: number) => overMcp(i, 'legacy'), 'MCP 2026-07-28': (i: number) => overMcp(i, { pin: '2026-07-28' }) } as const
const figures = new Map<string, number[]>(Object.keys(WAYS).map((name) => [name, []]))
for (let round = 0; round <= rounds; round++) {
  for (const [name, make] of Object.entries(WAYS)) {
    const rate = await measure(make)
    // The first round warms up.
    if (round > 0) figures.get(name)!.push(rate)
  }
}
for (const [name, rates] of figures) console.log(`${name}: ${rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)]!.toFixed(0)} steps a second, client included`)
await server.stop()
process.exit(0)
