/** Texts of recordings, checked: their form first, then whether what they refer to is there. */
import { Cassette } from '../../protocol/cassette.ts'
import { unfitPlace } from '../core/fit-json.ts'

/** The most that a recording may hold: UTF-8 bytes of its text, and calls. */
export const CASSETTE_LIMITS = { bytes: 20_000_000, calls: 200_000 } as const
const MOST_COMPLAINTS = 20

/** What is wrong with a recording: its size, its JSON, its form (`schema`) or what it refers to (`meaning`), and where. */
export type CassetteComplaint = { readonly code: 'size' | 'json' | 'schema' | 'meaning'; readonly path: string; readonly message: string }

export type CassetteRead = { readonly cassette: Cassette } | { readonly complaints: readonly CassetteComplaint[] }

/** Reads a recording; never throws. */
export function readCassette(text: string): CassetteRead {
  const bytes = Buffer.byteLength(text)
  if (bytes > CASSETTE_LIMITS.bytes) return wrong('size', '', `a recording has at most ${CASSETTE_LIMITS.bytes} bytes; this one has ${bytes}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return wrong('json', '', `not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
  const unfit = unfitPart(value)
  if (unfit) return { complaints: [unfit] }
  const read = Cassette.safeParse(value)
  if (!read.success) {
    return { complaints: read.error.issues.slice(0, MOST_COMPLAINTS).map(({ path, message }) => ({ code: 'schema', path: path.join('.'), message })) }
  }
  const complaints = meaningOf(read.data).slice(0, MOST_COMPLAINTS)
  return complaints.length ? { complaints } : { cassette: read.data }
}

/** One line for each complaint. */
export function complaintText(complaints: readonly CassetteComplaint[]): string {
  return complaints.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n')
}

function wrong(code: CassetteComplaint['code'], path: string, message: string): CassetteRead {
  return { complaints: [{ code, path, message }] }
}

/** Looked at before the schema is, which follows values as deep as they go. */
function unfitPart(value: unknown): CassetteComplaint | undefined {
  if (value === null || typeof value !== 'object') return undefined
  for (const [key, part] of Object.entries(value)) {
    const parts: [string, unknown][] = part !== null && typeof part === 'object' ? Object.entries(part) : [['', part]]
    if (parts.length > CASSETTE_LIMITS.calls) return { code: 'size', path: key, message: `more than ${CASSETTE_LIMITS.calls}` }
    for (const [inner, one] of parts) {
      const unfit = inner === '__proto__' ? 'a key of prototypes (__proto__)' : unfitPlace(one)
      if (unfit !== undefined) return { code: 'json', path: inner === '' ? key : `${key}.${inner}`, message: `it holds ${unfit}` }
    }
  }
  return undefined
}

/** Names and numbers that lead nowhere. A recording with any rows has them for every state. */
export function meaningOf({ calls, answers, states, start, tools }: Cassette): CassetteComplaint[] {
  const complaints: CassetteComplaint[] = []
  const say = (path: string, message: string): void => void complaints.push({ code: 'meaning', path, message })
  const known = new Set(tools.map(({ name }) => name))
  if (known.size < tools.length) say('tools', 'two tools are of one name')
  const hasRows = Object.keys(states).length > 0
  const reached = new Set([start, ...calls.flatMap(({ next }) => next ?? [])])
  if (hasRows && !Object.hasOwn(states, start)) say('start', `no state '${start}'`)
  for (const [i, { answer, tool, state, next }] of calls.entries()) {
    if (answer >= answers.length) say(`calls.${i}.answer`, `there are ${answers.length} answers`)
    if (!known.has(tool)) say(`calls.${i}.tool`, `no tool '${tool}'`)
    if (!hasRows && !reached.has(state)) say(`calls.${i}.state`, `no call leads to the state '${state}'`)
    for (const [key, name] of [['state', state], ['next', next]] as const) if (hasRows && name !== undefined && !Object.hasOwn(states, name)) say(`calls.${i}.${key}`, `no state '${name}'`)
    if (complaints.length >= MOST_COMPLAINTS) break
  }
  return complaints
}
