/** The WebSocket transport of the native dialect: subprotocols, keepalive and backpressure around a conversation. */
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { LIMITS, SUBPROTOCOLS } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import type { Codec, Frame } from './codec.ts'
import { Conversation } from './conversation.ts'
import type { Caller, Gym } from './gym.ts'
import { jsonCodec } from './json-codec.ts'
import { msgpackCodec } from './msgpack-codec.ts'
import { Session } from './session.ts'

const CODECS: ReadonlyMap<string, Codec> = new Map([jsonCodec, msgpackCodec].map((codec) => [codec.subprotocol, codec]))

/** Frames up to here are read, and answered with GYM_LIMIT when too large; larger ones close the connection (1009). */
const HARD_FRAME_BYTES = LIMITS.frame_bytes * 4
/** A reader this far behind is not read from until it has caught up to LOW. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024
const LOW_WATER_BYTES = 512 * 1024
/** A reader this far behind is cut off. */
const DROWNED_BYTES = 128 * 1024 * 1024

/** How connections are kept alive, in real milliseconds. */
export type Keepalive = { readonly pingMs: number; readonly deadlineMs: number }

/** A trainer may be deaf for a long model turn, so the deadline is generous; episodes outlive the socket anyway. */
const KEEPALIVE: Keepalive = { pingMs: 20_000, deadlineMs: 600_000 }

const GOING_AWAY = 1001
/** How long closing handshakes may take at shutdown before sockets are cut. */
const CLOSE_GRACE_MS = 2000

type Line = { readonly socket: WebSocket; readonly conversation: Conversation; heardAt: number }

function offered(header: string | undefined): string[] {
  return (header ?? '').split(',').map((name) => name.trim()).filter(Boolean)
}

function choose(names: Iterable<string>): string | false {
  for (const name of names) if (CODECS.has(name)) return name
  return false
}

/** Refuses an upgrade whose subprotocols are all unknown; none at all means JSON. */
async function checkSubprotocol(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const names = offered(request.headers['sec-websocket-protocol'])
  if (names.length === 0 || choose(names) !== false) return
  const near = nearest(names[0]!, CODECS.keys())
  const error = new GymError('GYM_INVALID_REQUEST', `unknown subprotocol ${names[0]}`, { path: 'Sec-WebSocket-Protocol', expected: Object.values(SUBPROTOCOLS), ...(near && { nearest: near }) })
  await reply.code(400).send({ error: error.toWire() })
}

/** Why a socket is not read from: answers that are stuck, or frames that wait for their turn. */
type Flow = { stuck: number; holding: boolean }

/** Sends, and stops reading from a peer that does not read what it is sent. */
function sendTo(socket: WebSocket, frame: Frame, flow: Flow): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount < HIGH_WATER_BYTES) {
    socket.send(frame)
    return
  }
  if (socket.bufferedAmount > DROWNED_BYTES) {
    socket.terminate()
    return
  }
  socket.pause()
  flow.stuck += 1
  socket.send(frame, () => {
    flow.stuck -= 1
    // The last answer that was stuck lets the reading go on, whatever was sent since: nobody else would.
    if (socket.readyState === socket.OPEN && !flow.holding && (flow.stuck === 0 || socket.bufferedAmount < LOW_WATER_BYTES)) socket.resume()
  })
}

export class WebSocketTransport {
  readonly #gym: Gym
  readonly #keepalive: Keepalive
  readonly #lines = new Set<Line>()

  constructor(gym: Gym, keepalive: Keepalive = KEEPALIVE) {
    this.#gym = gym
    this.#keepalive = keepalive
  }

  /** Registers the plugin; before any hook that may refuse, or a refused socket would never be let go. */
  async register(app: FastifyInstance): Promise<void> {
    await app.register(websocket, {
      options: { maxPayload: HARD_FRAME_BYTES, perMessageDeflate: false, handleProtocols: choose },
      // Sockets are closed by `close` below, with a code of ours, before the server closes.
      preClose: (done) => done(),
      errorHandler: (_error, socket) => socket.terminate(),
    })
    const pings = setInterval(() => this.#ping(), this.#keepalive.pingMs).unref()
    app.addHook('onClose', () => clearInterval(pings))
  }

  /** Adds the route `/v1/ws`; who calls has been judged by then. */
  addRoute(app: FastifyInstance, callerOf: (request: FastifyRequest) => Caller): void {
    app.get('/v1/ws', { websocket: true, preValidation: checkSubprotocol }, (socket, request) => {
      this.#open(socket, callerOf(request))
    })
  }

  #open(socket: WebSocket, caller: Caller): void {
    const { tally, clock } = this.#gym
    const codec = CODECS.get(socket.protocol) ?? jsonCodec
    const flow: Flow = { stuck: 0, holding: false }
    const conversation = new Conversation(new Session(this.#gym, caller), codec, (frame) => sendTo(socket, frame, flow), {
      onHold: (holding) => {
        flow.holding = holding
        if (holding) socket.pause()
        else if (flow.stuck === 0) socket.resume()
      },
    })
    const line: Line = { socket, conversation, heardAt: clock.now() }
    this.#lines.add(line)
    tally.connections += 1
    tally.connected += 1
    socket.on('message', (data, isBinary) => {
      // A socket that was cut off may still hand over what it had already read.
      if (socket.readyState !== socket.OPEN) return
      try {
        conversation.receive(data as Buffer, isBinary)
      } catch (error) {
        // Every fault is answered further in; one that is not must not take the other connections along.
        this.#gym.report('connection', error)
        socket.terminate()
      }
    })
    socket.on('pong', () => {
      line.heardAt = clock.now()
    })
    socket.on('close', () => {
      this.#lines.delete(line)
      tally.connections -= 1
      conversation.hurry()
    })
  }

  #ping(): void {
    const now = this.#gym.clock.now()
    for (const { socket, heardAt } of this.#lines) {
      if (now - heardAt > this.#keepalive.deadlineMs) socket.terminate()
      else if (socket.readyState === socket.OPEN) socket.ping()
    }
  }

  /** Finishes what is in flight (for at most `graceMs`), then closes every socket with 1001. */
  async close(graceMs: number): Promise<void> {
    const lines = [...this.#lines]
    const grace = setTimeout(() => lines.forEach(({ conversation }) => conversation.hurry()), graceMs)
    await Promise.all(lines.map(({ conversation }) => conversation.settled()))
    clearTimeout(grace)
    const closed = lines.map(({ socket }) => new Promise<void>((resolve) => {
      if (socket.readyState === socket.CLOSED) resolve()
      else socket.once('close', () => resolve())
      socket.close(GOING_AWAY, 'the server is shutting down')
    }))
    const cut = setTimeout(() => lines.forEach(({ socket }) => socket.terminate()), CLOSE_GRACE_MS)
    await Promise.all(closed)
    clearTimeout(cut)
  }
}
