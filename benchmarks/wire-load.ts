/** A closed-loop load over WebSocket: each connection sends its next message when the last one was answered. */
import { WebSocket } from 'ws'

/** Messages of one connection, in order. */
export type Lane = readonly string[]

export type Load = {
  /** Messages answered a second, over all connections. */
  readonly rate: number
  /** Milliseconds from sending to the answer, sorted. */
  readonly latencies: Float64Array
}

/** Opens one socket for each lane. */
export async function connect(url: string, count: number, protocols: string[] = []): Promise<WebSocket[]> {
  return Promise.all(Array.from({ length: count }, () => new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false })
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })))
}

/** Sends the lanes over their sockets; `look` sees every reply, when it is given. */
export async function runLoad(sockets: readonly WebSocket[], lanes: readonly Lane[], look?: (reply: string, lane: number) => void): Promise<Load> {
  const total = lanes.reduce((sum, lane) => sum + lane.length, 0)
  const latencies = new Float64Array(total)
  let done = 0
  const started = performance.now()
  await Promise.all(lanes.map((lane, i) => new Promise<void>((resolve) => {
    const socket = sockets[i]!
    let next = 0
    let sentAt = 0
    const send = () => {
      sentAt = performance.now()
      socket.send(lane[next++]!)
    }
    const receive = (data: Buffer) => {
      latencies[done++] = performance.now() - sentAt
      look?.(data.toString(), i)
      if (next < lane.length) send()
      else {
        socket.off('message', receive)
        resolve()
      }
    }
    socket.on('message', receive)
    send()
  })))
  const seconds = (performance.now() - started) / 1000
  return { rate: total / seconds, latencies: latencies.sort() }
}

/** One request and its reply, parsed. */
export async function request(socket: WebSocket, method: string, params: unknown): Promise<any> {
  return new Promise((resolve, reject) => {
    socket.once('message', (data: Buffer) => {
      const reply = JSON.parse(data.toString())
      if (reply.error) reject(new Error(JSON.stringify(reply.error)))
      else resolve(reply.result)
    })
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  })
}
