/** A server of others that plays for one episode: brought to the state of its rows, asked, and looked at afterwards. */
import type { Cassette, ServedAnswer, ServedReply, ServerState, ServerTool } from '../../../protocol/cassette.ts'
import type { Mirror } from '../../../protocol/spec/world.ts'
import { answerOf, failedAnswer } from '../../mcp/answer-of.ts'
import { unfitPlace } from '../../core/fit-json.ts'
import type { ServedCall } from '../../episode/live-tools.ts'
import { stateAfter, stateId } from '../../core/state-id.ts'
import type { Clock } from '../clock.ts'
import { type AllowedServer, addressOf } from './allowed-servers.ts'
import { Connection, ServerFailure } from './connection.ts'
import { readFolder, Unreadable, writeFolder } from './folder-mirror.ts'
import { renamed, withPaths } from './renamed.ts'
import { emptyServerFolder, hasServerFolder, makeServerFolder, removeServerFolder } from './server-folder.ts'

/** Names under which arguments hold paths, where a world says nothing else. */
const PATHS = ['path', 'paths', 'source', 'destination']

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
  /** Ends with the call before. */
  #before: Promise<unknown> = Promise.resolve()
  /** Calls that have no answer yet. */
  #calls = 0

  constructor({ allowed, mirror, first, clock }: Parts) {
    this.#allowed = allowed
    this.#mirror = mirror
    this.#first = first
    this.#clock = clock
  }

  /**
   * Answers a call; whatever the server does, this gives a reply. One call at a time: who leaves an episode in the midst
   * of one and comes back would otherwise share the server with it.
   * @param room what has to end before it may run
   */
  answer(call: ServedCall, room?: Promise<void>): Promise<ServedReply> {
    this.#calls += 1
    const answer = this.#before.then(() => room).then(() => this.#answer(call)).finally(() => (this.#calls -= 1))
    this.#before = answer.catch(() => {})
    return answer
  }

  /** Whether it is idle and nothing is lost with its process: its rows tell the whole state. */
  get canRest(): boolean {
    return this.#calls === 0 && this.#looks
  }

  async #answer(call: ServedCall): Promise<ServedReply> {
    const began = this.#clock.now()
    const answer = await this.#ask(call)
    const ms = Math.max(0, Math.round(this.#clock.now() - began))
    if (this.#folder === undefined) return { answer, ms }
    if (!this.#looks) {
      if (call.effect === 'write' && !answer.failure) this.#at = stateAfter(call.at, call.tool, call.arguments)
      return { answer, ms }
    }
    try {
      const state = this.#look(this.#folder)
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

  /** What the server says of itself, and its tools. @throws ServerFailure when it is not running */
  async about(): Promise<{ readonly info: Cassette['server']; readonly tools: ServerTool[] }> {
    const connection = this.#connection
    if (!connection?.isOpen) throw new ServerFailure('closed', 'the server is not running')
    return { info: { ...connection.server, ...(connection.protocol !== undefined && { protocol: connection.protocol }) }, tools: await connection.listTools() }
  }

  /** Ends the server's process and removes its folder. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#stop()
    const folder = this.#folder
    this.#folder = undefined
    if (folder !== undefined) await removeServerFolder(folder)
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
      const result = await connection.call(call.tool, withPaths(call.arguments, this.#mirror?.paths ?? PATHS, root, folder), this.#allowed.limits.callMs)
      // Before it is cut: half a path would not be known again. What is nested too deep is no answer in any case.
      return answerOf(unfitPlace(result) === undefined ? renamed(result, folder, root) : result)
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
    // Who stands in a folder that was removed does not see the one that is made in its place.
    if (this.#connection?.isOpen && this.#mirror?.restart === false && hasServerFolder(this.#folder!)) {
      this.#prepare(this.#folder!, state)
      this.#at = at
      return this.#connection
    }
    await this.#stop()
    const folder = (this.#folder ??= makeServerFolder())
    if (this.#looks) this.#prepare(folder, state)
    const connection = await Connection.open(addressOf(this.#allowed, folder), this.#allowed.limits)
    if (this.#closed) {
      await connection.close()
      // It may have been made once more by the server, which was just starting.
      await removeServerFolder(folder)
      throw new ServerFailure('closed', 'the episode was closed')
    }
    this.#connection = connection
    this.#at = at
    return connection
  }

  /** Its files as rows, in which nothing tells where they lay. @throws Unreadable */
  #look(folder: string): ServerState {
    const { root = '/workspace' } = this.#mirror!
    const state = renamed(readFolder(folder, this.#mirror!), folder, root) as ServerState
    const unfit = unfitPlace(state)
    if (unfit !== undefined) throw new Unreadable(`it holds ${unfit}`)
    return state
  }

  #prepare(folder: string, state: ServerState): void {
    try {
      emptyServerFolder(folder)
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
