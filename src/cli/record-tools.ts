/** Stands between a client and a server of tools, and records what passes. */
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { existsSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { environmentSecrets } from '../mcp/environment-secrets.ts'
import type { ScrubOptions } from '../mcp/scrub.ts'
import { UsageError, WorkFailed } from './failure.ts'
import { packageVersion } from './package-root.ts'
import { note } from './print.ts'
import { Connection, SERVER_LIMITS, type ServerAddress, ServerFailure } from '../server/tool-servers/connection.ts'
import { ToolRecorder } from './tool-recorder.ts'

export type RecordOptions = {
  out: string; url?: string; header?: string[]; env?: string[]; secret?: string[]; hide?: string[]
  emails?: boolean; from?: string; timeout: number; force?: boolean
}

/** `NAME=VALUE`, or `NAME` of the present environment. */
function variableOf(text: string): [string, string] {
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const value = at < 0 ? process.env[name] : text.slice(at + 1)
  if (value === undefined) throw new UsageError(`--env ${name}: the environment has no such variable; give NAME=VALUE`)
  return [name, value]
}

function headerOf(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new UsageError(`--header ${text.slice(0, 40)}: expected 'Name: value'`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

/** `NAME=FOLDER`: what stands for a folder. */
function folderOf(text: string): [string, string] {
  const [, name, folder] = /^([a-z][a-z0-9_-]*)=(.+)$/.exec(text) ?? []
  if (name === undefined || folder === undefined) throw new UsageError(`--hide ${text.slice(0, 40)}: expected name=/a/folder`)
  return [`<${name}>`, folder]
}

function addressOf(command: readonly string[], { url, env = [], header = [] }: RecordOptions): ServerAddress {
  const [program, ...args] = command
  if ((program === undefined) === (url === undefined)) throw new UsageError('name one server: --url URL, or -- COMMAND ARGS…')
  if (url !== undefined) return { url, headers: Object.fromEntries(header.map(headerOf)) }
  const inherited = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
  return { command: program!, args, env: { ...inherited, ...Object.fromEntries(env.map(variableOf)) } }
}

function scrubOptionsOf(address: ServerAddress, { env = [], secret = [], hide = [], emails = false }: RecordOptions): ScrubOptions {
  const folders = { '<temp>': tmpdir(), '<home>': homedir(), ...Object.fromEntries(hide.map(folderOf)) }
  const inHeaders = 'url' in address ? Object.values(address.headers).flatMap((value) => [value, value.replace(/^\S+\s+/, '')]) : []
  const given = 'url' in address ? {} : address.env
  return { secrets: [...environmentSecrets(given, [...env.map((one) => one.split('=', 1)[0]!), ...secret]), ...inHeaders], folders, emails }
}

/** The server that clients see. */
function mirror(recorder: ToolRecorder, { name, version }: { readonly name: string; readonly version: string }): Server {
  const server = new Server({ name, version }, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/list', () => ({ tools: recorder.tools as never }))
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    try {
      return (await recorder.call(params.name, params.arguments ?? {}, mcpReq.signal)) as never
    } catch (error) {
      const { cause, message } = error as Error
      throw cause instanceof ProtocolError ? cause : new ProtocolError(ProtocolErrorCode.InternalError, message)
    }
  })
  return server
}

/** @throws WorkFailed where the server does not answer */
async function reached<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ServerFailure) throw new WorkFailed(`the server cannot be reached: ${error.message}`)
    throw error
  }
}

/** Records until the client goes away. @throws UsageError, WorkFailed */
export async function recordTools(command: readonly string[], options: RecordOptions): Promise<void> {
  const { out, from, timeout, force = false } = options
  const address = addressOf(command, options)
  const scrubbing = scrubOptionsOf(address, options)
  if (existsSync(out) && !force) throw new WorkFailed(`${out} exists; record elsewhere, or over it with --force`)
  // The client decides what is too much: it would have got it without us, too.
  const limits = { ...SERVER_LIMITS, startMs: 60_000, callMs: timeout, messageBytes: 10_000_000, messages: Infinity }
  const connection = await reached(Connection.open(address, limits, { isHeard: true, isAsked: true }))
  try {
    const recorder = new ToolRecorder(connection, await reached(connection.listTools()), out, scrubbing, from)
    const ended = new Promise<void>((resolve) => {
      for (const event of ['end', 'close'] as const) process.stdin.once(event, () => resolve())
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    const handle = serveStdio(() => mirror(recorder, connection.server))
    note(`fractal-gym ${packageVersion()} records ${connection.server.name} ${connection.server.version} in ${out}`)
    await ended
    await recorder.close()
    await handle.close()
    note(`${recorder.calls} calls in ${out}${Object.entries(recorder.counts).map(([kind, n]) => `, ${n} × <${kind}>`).join('')}`)
  } finally {
    await connection.close().catch(() => {})
    process.stdin.unref?.()
  }
}
