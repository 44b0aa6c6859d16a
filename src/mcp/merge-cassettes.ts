/** Several recordings of one server as one. */
import type { Cassette, CassetteCall, ServerTool } from '../../protocol/cassette.ts'
import { canonicalJson } from '../core/canonical-json.ts'

/** Thrown for recordings that are not of one server. */
export class NotMergeable extends Error {
  override readonly name = 'NotMergeable'
}

export type Merged = {
  readonly cassette: Cassette
  /** Calls alike in state, tool and arguments that were answered otherwise, or led elsewhere, than the first of them, which is the one that replays. */
  readonly conflicts: number
  /** Tools that the recordings describe differently; the first description stays. */
  readonly changedTools: readonly string[]
}

/**
 * Joins recordings, in this order: each begins in its own start, as a session of its own, and the merged one starts
 * where the first does. Placeholders of secrets are compared as they stand.
 * @throws NotMergeable for none, other servers or versions, states with rows and without, or other starts without rows
 */
export function mergeCassettes(cassettes: readonly Cassette[]): Merged {
  const [first, ...others] = cassettes
  if (!first) throw new NotMergeable('there is no recording to merge')
  for (const other of others) checkAlike(first, other)
  const tools = new Map<string, ServerTool>()
  const changed = new Set<string>()
  const states: Cassette['states'] = {}
  const answers: Cassette['answers'] = []
  const indices = new Map<string, number>()
  const calls: CassetteCall[] = []
  const outcomes = new Map<string, string>()
  let conflicts = 0
  for (const cassette of cassettes) {
    for (const tool of cassette.tools) {
      const known = tools.get(tool.name)
      if (!known) tools.set(tool.name, tool)
      else if (canonicalJson(known) !== canonicalJson(tool)) changed.add(tool.name)
    }
    for (const [name, rows] of Object.entries(cassette.states)) states[name] ??= rows
    for (const call of cassette.calls) {
      const answer = cassette.answers[call.answer]!
      const text = canonicalJson(answer)
      if (!indices.has(text)) indices.set(text, answers.push(answer) - 1)
      calls.push({ ...call, answer: indices.get(text)! })
      if (answer.failure !== undefined) continue
      const key = callKey(call)
      const outcome = `${indices.get(text)!} ${call.next ?? ''}`
      const before = outcomes.get(key)
      if (before === undefined) outcomes.set(key, outcome)
      else if (before !== outcome) conflicts++
    }
  }
  return { cassette: { ...first, tools: [...tools.values()], states, answers, calls }, conflicts, changedTools: [...changed].sort() }
}

/** Equal for calls that a replay cannot tell apart. */
export function callKey({ state, tool, arguments: args }: Pick<CassetteCall, 'state' | 'tool' | 'arguments'>): string {
  return `${state}\0${tool}\0${canonicalJson(args)}`
}

function checkAlike(one: Cassette, other: Cassette): void {
  const [a, b] = [one.server, other.server]
  if (a.name !== b.name || a.version !== b.version) throw new NotMergeable(`recordings of ${a.name} ${a.version} and of ${b.name} ${b.version} are not of one server`)
  const hasRows = Object.keys(one.states).length > 0
  if (hasRows !== Object.keys(other.states).length > 0) throw new NotMergeable('one of the recordings knows its states by rows, another by calls alone')
  if (!hasRows && one.start !== other.start) throw new NotMergeable(`the recordings start in '${one.start}' and in '${other.start}', and have no rows to tell these apart`)
}
