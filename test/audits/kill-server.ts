/** A real server process that is killed and started again over one data folder, and a socket to whichever runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { ROOT } from '../checkout.ts'

/** The connection, and the process behind it, went away before an answer came. */
export class Lost extends Error {}

/** An error reply. */
export class Refusal extends Error {
  readonly code: string
  readonly method: string
  constructor(method: string, code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
    this.method = method
  }
}

type Waiting = { method: string; resolve(result: unknown): void; reject(error: Error): void }

const READY = /ws:\/\/127\.0\.0\.1:(\d+)/
const PATIENCE_MS = 60_000

export class KilledServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fractal-gym-kill-'))
  readonly #args: readonly string[]
  #child: ChildProcess | undefined
  #socket: WebSocket | undefined
  #waiting = new Map<number, Waiting>()
  #lastId = 0
  #back: Promise<void> = Promise.resolve()
  #isBack: () => void = () => {}
  #isUp = true
  readonly #atExit = (): void => void this.#child?.kill('SIGKILL')
  readonly #atSignal = (): void => process.exit(1)

  constructor(args: readonly string[]) {
    this.#args = args
    process.on('exit', this.#atExit)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, this.#atSignal)
  }

  /** Starts a process; resolves when a socket is open, with how many milliseconds that took. */
  async start(): Promise<number> {
    const began = performance.now()
    const port = await this.#spawn().port
    const token = readFileSync(join(this.#folder, 'admin.token'), 'utf8').trim()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, ['fractal-gym.v1.json'], { headers: { authorization: `Bearer ${token}` } })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve())
      socket.once('error', reject)
    })
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString())))
    socket.on('error', () => {})
    this.#socket = socket
    this.#isUp = true
    this.#isBack()
    return performance.now() - began
  }

  /** Starts a process that is killed while it comes up. */
  async killWhileStarting(ms: number): Promise<void> {
    this.#spawn().port.catch(() => {})
    await sleep(ms)
    await this.kill()
  }

  #spawn(): { port: Promise<string> } {
    const child = spawn(process.execPath, ['src/cli/launch.js', 'serve', '--port', '0', '--data', this.#folder, ...this.#args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    let text = ''
    const port = new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the server did not start: ${text}`)), PATIENCE_MS)
      const read = (data: Buffer): void => {
        text = `${text}${data.toString()}`.slice(-2000)
        const found = READY.exec(text)
        if (!found) return
        clearTimeout(late)
        resolve(found[1]!)
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code, signal) => {
        clearTimeout(late)
        reject(new Error(`the server ended with ${code ?? signal}: ${text}`))
      })
    })
    return { port }
  }

  /** Ends the process without asking it, and fails what is unanswered. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (this.#isUp) {
      this.#back = new Promise((resolve) => {
        this.#isBack = resolve
      })
    }
    this.#isUp = false
    if (child && child.exitCode === null && child.signalCode === null) {
      await new Promise<void>((resolve) => {
        child.once('exit', () => resolve())
        child.kill(signal)
      })
    }
    // What the process had written to the socket may still arrive, as it may for any client.
    const socket = this.#socket
    if (socket && socket.readyState !== WebSocket.CLOSED) await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    this.#socket = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(new Lost('the server was killed'))
  }

  /** Resolves when a server is there again. */
  get back(): Promise<void> {
    return this.#back
  }

  /** Sends one request. @throws Lost when the process goes away first, Refusal for an error reply */
  ask(method: string, params: unknown): Promise<unknown> {
    const socket = this.#socket
    if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject(new Lost('no server'))
    const id = (this.#lastId += 1)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject })
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  #receive({ id, result, error }: { id: number; result?: unknown; error?: { message: string; data: { code: string } } }): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Refusal(waiting.method, error.data.code, error.message))
    else waiting?.resolve(result)
  }

  /** Ends the process and removes its data. */
  async end(): Promise<void> {
    await this.kill()
    process.off('exit', this.#atExit)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.off(signal, this.#atSignal)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
