/** A server over real sockets for one test, and a client of a few lines. */
import { decode, encode } from '@msgpack/msgpack'
import { once } from 'node:events'
import WebSocket from 'ws'
import { SUBPROTOCOLS } from '../../protocol/json-rpc.ts'
import type { Access } from '../../src/server/access.ts'
import { GymServer } from '../../src/server/server.ts'
import type { Keepalive } from '../../src/server/websocket.ts'
import { openGym, type TestGym } from './gym-under-test.ts'

export type Encoding = keyof typeof SUBPROTOCOLS
type Answer = { id: unknown; result?: any; error?: { code: number; message: string; data: Record<string, unknown> } }

export const ADMIN_TOKEN = 'the-admin-token-of-this-test'

/** A client of a few lines: frames as the encoding wants them, answers in the order they came. */
export class Client {
  readonly socket: WebSocket
  readonly #encoding: Encoding
  readonly #answers: (Answer | Answer[])[] = []
  #wake: (() => void) | undefined
  #id = 0

  constructor(socket: WebSocket, encoding: Encoding) {
    this.socket = socket
    this.#encoding = encoding
    socket.on('message', (data, isBinary) => {
      this.#answers.push((isBinary ? decode(data as Buffer) : JSON.parse((data as Buffer).toString())) as Answer)
      this.#wake?.()
    })
    socket.on('close', () => this.#wake?.())
  }

  send(message: unknown): void {
    this.socket.send(this.#encoding === 'json' ? JSON.stringify(message) : encode(message))
  }

  async next(): Promise<any> {
    while (this.#answers.length === 0) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the connection is closed')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#answers.shift()
  }

  request(method: string, params: unknown = {}): { jsonrpc: '2.0'; id: number; method: string; params: unknown } {
    return { jsonrpc: '2.0', id: (this.#id += 1), method, params }
  }

  async ask(method: string, params: unknown = {}): Promise<any> {
    this.send(this.request(method, params))
    const { result, error } = await this.next()
    if (error) throw Object.assign(new Error(error.message), { data: error.data })
    return result
  }
}

export type House = { gym: TestGym; server: GymServer; url: string; connect(encoding?: Encoding, options?: WebSocket.ClientOptions): Promise<Client> }

/** Starts a server for one test and stops it afterwards. */
export async function house(t: { teardown(end: () => unknown): void }, access: Partial<Access> = {}, keepalive?: Keepalive): Promise<House> {
  const gym = openGym()
  const server = await GymServer.create(gym, { adminToken: ADMIN_TOKEN, tokens: [], hosts: [], origins: [], ...access }, keepalive)
  const url = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`
  const sockets: WebSocket[] = []
  t.teardown(async () => {
    for (const socket of sockets) socket.terminate()
    await server.stop()
  })
  const connect = async (encoding: Encoding = 'json', options: WebSocket.ClientOptions = {}): Promise<Client> => {
    const socket = new WebSocket(`ws://${url}/v1/ws`, SUBPROTOCOLS[encoding], options)
    sockets.push(socket)
    const client = new Client(socket, encoding)
    await once(socket, 'open')
    return client
  }
  return { gym, server, url, connect }
}
