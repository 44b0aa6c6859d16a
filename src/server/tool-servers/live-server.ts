/** A server of others that plays for one episode: brought to the state of its rows, asked, and looked at afterwards. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServedAnswer, ServedReply, ServerState } from '../../../protocol/cassette.ts'
import type { Mirror } from '../../../protocol/spec/world.ts'
import { answerOf, failedAnswer } from '../../mcp/answer-of.ts'
import type { ServedCall } from '../../episode/live-tools.ts'
import { stateAfter, stateId } from '../../core/state-id.ts'
import type { Clock } from '../clock.ts'
import { type AllowedServer, addressOf } from './allowed-servers.ts'
import { Connection, ServerFailure } from './connection.ts'
import { emptyFolder, readFolder, Unreadable, writeFolder } from './folder-mirror.ts'
import { renamed } from './renamed.ts'

type Parts = {
  readonly allowed: AllowedServer
  readonly mirror: Mirror | undefined
  /** Name of the state in which it begins, where nothing else tells its state. */
  readonly first: string | undefined
  readonly clock: Clock
}

export class LiveServer {
  readonly #allowed: AllowedServer
  readonly #mirror: Mirror | undefined
  readonly #first: string | undefined
  readonly #clock: Clock
  #folder: string | undefined
  #connection: Connection | undefined
  /** Name of the state that it is in; undefined before it was started. */
  #at: string | undefined
  #closed = false

  constructor({ allowed, mirror, first, clock }: Parts) {
    this.#allowed = allowed
    this.#mirror = mirror
    this.#first = first
    this.#clock = clock
  }

  /** Answers a call; whatever the server does, this gives a reply. */
  async answer(call: ServedCall): Promise<ServedReply> {
    const began = this.#clock.now()
    const answer = await this.#ask(call)
    const ms = Math.max(0, Math.round(this.#clock.now() - began))
    if (this.#folder === undefined) return { answer, ms }
    if (!this.#looks) {
      if (call.effect === 'write' && !answer.failure) this.#at = stateAfter(call.at, call.tool, call.arguments)
      return { answer, ms }
    }
    try {
      const state = readFolder(this.#folder!, this.#mirror!)
      const now = stateId(state)
      this.#at = answer.failure ? undefined : now
      return { answer, ms, ...(now !== call.at && { state }) }
    } catch (error) {
      // Its rows stay as they were: the next call starts it from them.
      this.#at = undefined
      const why = error instanceof Unreadable ? error.message : 'it is not there any more'
      return { answer: failedAnswer('protocol', `The server answered, but what it left cannot be shown: ${why}`), ms }
    }
  }

  /** Ends the server's process and removes its folder. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#stop()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = undefined
  }

  /** Whether its state is in files. */
  get #looks(): boolean {
    return this.#mirror?.files !== undefined || this.#mirror?.lines !== undefined
  }

  async #ask(call: ServedCall): Promise<ServedAnswer> {
    try {
      const connection = await this.#ready(call)
      const { root = '/workspace' } = this.#mirror ?? {}
      const folder = this.#folder!
      const result = await connection.call(call.tool, renamed(call.arguments, root, folder) as Record<string, unknown>, this.#allowed.limits.callMs)
      return renamed(answerOf(result), folder, root) as ServedAnswer
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error
      // A call that was refused may be followed by others; one that got no answer may still be under way.
      if (error.kind !== 'protocol') await this.#stop()
      return failedAnswer(error.kind, renamed(error.message, this.#folder ?? '', this.#mirror?.root ?? '/workspace') as string)
    }
  }

  /** The connection, to a server in the state of the call. @throws ServerFailure */
  async #ready({ at, state }: ServedCall): Promise<Connection> {
    if (this.#closed) throw new ServerFailure('closed', 'the episode was closed')
    const isCurrent = this.#at === at || !(this.#looks || this.#mirror)
    if (this.#connection?.isOpen && isCurrent) return this.#connection
    if (this.#first !== undefined && at !== this.#first) throw new ServerFailure('closed', 'the server cannot be brought back to the state that it was in')
    await this.#stop()
    this.#folder ??= realpathSync(mkdtempSync(join(tmpdir(), 'fractal-gym-server-')))
    if (this.#looks) this.#prepare(this.#folder, state)
    const connection = await Connection.open(addressOf(this.#allowed, this.#folder), this.#allowed.limits)
    if (this.#closed) {
      await connection.close()
      throw new ServerFailure('closed', 'the episode was closed')
    }
    this.#connection = connection
    this.#at = at
    return connection
  }

  #prepare(folder: string, state: ServerState): void {
    emptyFolder(folder)
    try {
      writeFolder(folder, this.#mirror!, state)
    } catch (error) {
      throw new ServerFailure('protocol', `the rows make no files: ${(error as Error).message}`)
    }
  }

  async #stop(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    await connection?.close()
  }
}
