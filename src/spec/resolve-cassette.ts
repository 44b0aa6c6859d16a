/** `cassette: {file: …}` of a World, resolved: the recording stands in the specification. */
import { Cassette } from '../../protocol/cassette.ts'
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import { checkValue } from './document-bounds.ts'
import type { Path } from './complaint.ts'

/** The most that a recording may hold. */
export const CASSETTE_LIMITS = { characters: 8_000_000, calls: 100_000 } as const

/** What is wrong with a world's recording, and where in the World. */
export type Misrecorded = { readonly code: string; readonly message: string; readonly path: Path; readonly file?: string; readonly expected?: string; readonly nearest?: string }

/** The value of a recording's text, or the first thing that is wrong with it. */
export function readCassette(text: string): { readonly cassette: Cassette } | { readonly problem: string } {
  if (text.length > CASSETTE_LIMITS.characters) return { problem: `a recording has at most ${CASSETTE_LIMITS.characters} characters` }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message.slice(0, 200)}` }
  }
  const { calls, answers } = (value ?? {}) as { calls?: unknown[]; answers?: unknown[] }
  const size = Array.isArray(calls) && Array.isArray(answers) && calls.length <= CASSETTE_LIMITS.calls ? [...calls, ...answers].map((part) => checkValue(part)).find((part) => part !== undefined) : undefined
  if (size !== undefined) return { problem: size }
  const read = Cassette.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    return { problem: `${issue!.path.join('.') || 'recording'}: ${issue!.message}` }
  }
  const problem = inconsistency(read.data)
  return problem === undefined ? { cassette: read.data } : { problem }
}

/** The first name that leads nowhere. */
function inconsistency({ calls, answers, states, start, tools }: Cassette): string | undefined {
  if (calls.length > CASSETTE_LIMITS.calls) return `a recording has at most ${CASSETTE_LIMITS.calls} calls`
  const known = new Set(tools.map(({ name }) => name))
  const hasRows = Object.keys(states).length > 0
  if (hasRows && !Object.hasOwn(states, start)) return `start: no state '${start}'`
  for (const [i, call] of calls.entries()) {
    if (call.answer >= answers.length) return `calls.${i}.answer: there are ${answers.length} answers`
    if (!known.has(call.tool)) return `calls.${i}.tool: no tool '${call.tool}'`
    for (const name of hasRows ? [call.state, call.next ?? start] : []) if (!Object.hasOwn(states, name)) return `calls.${i}: no state '${name}'`
  }
  return undefined
}

/** A world with its recording in it, or what is wrong with that. */
export function resolveCassette(world: World, data: Readonly<Record<string, string>>): { readonly world: World; readonly wrong?: Misrecorded } {
  const { server } = world
  if (!server?.cassette) return { world }
  let cassette = server.cassette
  if ('file' in cassette) {
    const { file } = cassette
    const path: Path = ['server', 'cassette', 'file']
    if (!Object.hasOwn(data, file)) {
      const near = nearest(file, Object.keys(data))
      return { world, wrong: { code: 'file', message: `no file '${file}'`, path, expected: 'a file beside the specification', ...(near !== undefined && { nearest: near }) } }
    }
    const read = readCassette(data[file]!)
    if ('problem' in read) return { world, wrong: { code: 'cassette', message: read.problem, path, file } }
    cassette = read.cassette
  } else {
    const problem = inconsistency(cassette)
    if (problem !== undefined) return { world, wrong: { code: 'cassette', message: problem, path: ['server', 'cassette'] } }
  }
  return { world: { ...world, server: { ...server, cassette } } }
}
