/** Makes calls through a connection and keeps them in a file, scrubbed, whole at every moment. */
import { renameSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import type { ServerTool } from '../../protocol/cassette.ts'
import { failedAnswer } from '../mcp/answer-of.ts'
import type { ScrubOptions } from '../mcp/scrub.ts'
import { ScrubbedTape } from '../mcp/scrubbed-tape.ts'
import { writeCassette } from '../mcp/write-cassette.ts'
import { type Connection, ServerFailure } from '../server/tool-servers/connection.ts'

export class ToolRecorder {
  readonly tools: readonly ServerTool[]
  readonly #connection: Connection
  readonly #tape: ScrubbedTape
  readonly #file: string
  #calls = 0
  /** Calls go through one after another: the state in which each was made is then known. */
  #last: Promise<unknown> = Promise.resolve()
  #writing: Promise<void> | undefined
  #isStale = true

  constructor(connection: Connection, tools: ServerTool[], file: string, options: ScrubOptions, from?: string) {
    const { server, protocol } = connection
    this.tools = tools
    this.#connection = connection
    this.#file = file
    this.#tape = new ScrubbedTape({ ...server, ...(from !== undefined && { package: from }), ...(protocol !== undefined && { protocol }) }, tools, options)
    this.#writeNow()
  }

  get calls(): number {
    return this.#calls
  }

  /** How many secrets are hidden. */
  get counts(): Readonly<Record<string, number>> {
    return this.#tape.counts
  }

  /** Makes a call when those before it are done. @throws what the connection throws, after it was kept */
  call(tool: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown> {
    const done = this.#last.then(() => this.#call(tool, args, signal))
    this.#last = done.catch(() => {})
    return done
  }

  /** Waits until everything is in the file, and ends the connection. */
  async close(): Promise<void> {
    await this.#connection.close().catch(() => {})
    await this.#last
    await this.#writing
    if (this.#isStale) this.#writeNow()
  }

  async #call(tool: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown> {
    const began = performance.now()
    const since = (): number => performance.now() - began
    try {
      const result = await this.#connection.call(tool, args, undefined, signal)
      this.#keep(this.#tape.add({ tool, arguments: args, ms: since(), result }))
      return result
    } catch (error) {
      // What the caller itself called off says nothing about the server.
      if (signal?.aborted !== true && error instanceof ServerFailure) {
        this.#keep(this.#tape.add({ tool, arguments: args, ms: since(), failed: failedAnswer(error.kind, error.message), refused: error.isRefusal }))
      }
      throw error
    }
  }

  #keep(isTaped: boolean): void {
    if (!isTaped) return
    this.#calls++
    this.#isStale = true
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
  }

  /** Writes until the file holds everything; calls that come meanwhile are written together. */
  async #write(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      const beside = `${this.#file}.part`
      await writeFile(beside, writeCassette(this.#tape.toCassette()))
      await rename(beside, this.#file)
    }
  }

  #writeNow(): void {
    this.#isStale = false
    const beside = `${this.#file}.part`
    writeFileSync(beside, writeCassette(this.#tape.toCassette()))
    renameSync(beside, this.#file)
  }
}
