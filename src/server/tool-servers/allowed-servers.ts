/** The servers of others that the operator allows: only these are ever started or called, whatever a specification says. */
import { z } from 'zod'
import { GymError } from '../../core/gym-error.ts'
import { readPlain } from '../../spec/read-plain.ts'
import { DocumentName } from '../../../protocol/spec/notation.ts'
import { SERVER_LIMITS, type ServerAddress, type ServerLimits } from './connection.ts'

const Texts = z.record(z.string().min(1).max(200), z.string().max(10_000)).default({})
const bounds = {
  call_ms: z.int().min(10).max(600_000).default(SERVER_LIMITS.callMs).describe('Real milliseconds that a call may take.'),
  start_ms: z.int().min(100).max(600_000).default(SERVER_LIMITS.startMs).describe('Real milliseconds that the start may take.'),
  answer_bytes: z.int().min(1000).max(100_000_000).default(SERVER_LIMITS.messageBytes).describe('The most that it may send at once.'),
}

/** `{folder}` in arguments, variables and cwd stands for the folder of the episode. */
const Entry = z.union([
  z.strictObject({ command: z.string().min(1).max(1000), args: z.array(z.string().max(10_000)).max(200).default([]), env: Texts, cwd: z.string().min(1).max(4096).optional().describe('Where it runs; default where the gym runs.'), ...bounds }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }), headers: Texts, ...bounds }),
])

/** The operator's file: servers by the name that worlds call them by. */
export const ToolServersFile = z.strictObject({ servers: z.record(DocumentName, Entry) })

export type AllowedServer = { readonly name: string; readonly entry: z.infer<typeof Entry>; readonly limits: ServerLimits }

export type AllowedServers = ReadonlyMap<string, AllowedServer>

/**
 * Reads the operator's list; `${NAME}` in values is taken from the environment that is handed over.
 * @throws GymError GYM_INVALID_PARAMS with what is wrong and where
 */
export function readAllowedServers(text: string, environment: Readonly<Record<string, string | undefined>>): AllowedServers {
  const refuse = (message: string, path: string) => new GymError('GYM_INVALID_PARAMS', message, { path })
  const read = readPlain(text)
  if ('complaint' in read) throw refuse(read.complaint, '')
  const parsed = ToolServersFile.safeParse(read.value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(issue!.message, issue!.path.join('.'))
  }
  const filled = (value: string, path: string): string => value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const found = environment[name]
    if (found === undefined) throw refuse(`the environment has no ${name}`, path)
    return found
  })
  const all = (texts: Readonly<Record<string, string>>, path: string) => Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, filled(value, `${path}.${key}`)]))
  return new Map(Object.entries(parsed.data.servers).map(([name, entry]) => {
    const at = `servers.${name}`
    const whole = 'url' in entry ? { ...entry, headers: all(entry.headers, `${at}.headers`) } : { ...entry, args: entry.args.map((arg, i) => filled(arg, `${at}.args.${i}`)), env: all(entry.env, `${at}.env`) }
    return [name, { name, entry: whole, limits: { ...SERVER_LIMITS, callMs: entry.call_ms, startMs: entry.start_ms, messageBytes: entry.answer_bytes } }]
  }))
}

/** Where a server is for an episode whose files are in a folder. */
export function addressOf({ entry }: AllowedServer, folder: string): ServerAddress {
  if ('url' in entry) return { url: entry.url, headers: entry.headers }
  const here = (text: string) => text.replaceAll('{folder}', folder)
  return { command: entry.command, args: entry.args.map(here), env: Object.fromEntries(Object.entries(entry.env).map(([name, value]) => [name, here(value)])), ...(entry.cwd !== undefined && { cwd: here(entry.cwd) }) }
}
