/** The calls of recordings as calibration sees them. */
import type { Cassette, FAILURES, ServerTool } from '../../protocol/cassette.ts'
import { CUT_NOTE } from './answer-of.ts'
import { callKey } from './merge-cassettes.ts'
import { nameTool } from './tool-name.ts'

export type RecordedCall = {
  /** Place among all calls. */
  readonly n: number
  /** Name in worlds. */
  readonly tool: string
  readonly effect: 'read' | 'write'
  /** Real milliseconds. */
  readonly ms: number
  readonly bytes: number
  readonly failure: (typeof FAILURES)[number] | undefined
  /** What a tool said that failed. */
  readonly error: string | undefined
  /** Whether the answer was cut since it was too long. */
  readonly isCut: boolean
  /** Equal for calls that are alike in server, state and arguments. */
  readonly key: string
  /** Whether it is certain that a call without an answer changed something, or did not; undefined where nothing is known of the state. */
  readonly happened: boolean | undefined
}

/** Names of the tools of a recording in worlds: those that an import of the same list gives them. */
function worldNames(tools: readonly ServerTool[]): ReadonlyMap<string, string> {
  const [names, taken] = [new Map<string, string>(), new Set<string>()]
  for (const { name } of tools) {
    const own = nameTool(name, taken, () => {})
    taken.add(own)
    names.set(name, own)
  }
  return names
}

/** All calls, one recording after another. */
export function recordedCalls(cassettes: readonly Cassette[]): RecordedCall[] {
  const calls: RecordedCall[] = []
  for (const { server, tools, calls: all, answers, states } of cassettes) {
    const reads = new Set(tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name))
    const names = worldNames(tools)
    const hasRows = Object.keys(states).length > 0
    for (const call of all) {
      const { json, is_error, failure } = answers[call.answer]!
      const text = typeof json === 'string' ? json : JSON.stringify(json)
      calls.push({
        n: calls.length, tool: names.get(call.tool)!, effect: reads.has(call.tool) ? 'read' : 'write', ms: call.ms, bytes: call.bytes, failure,
        error: is_error && failure === undefined ? text : undefined, isCut: CUT_NOTE.test(text),
        key: `${server.name}\0${callKey(call)}`, happened: hasRows ? call.next !== undefined : undefined,
      })
    }
  }
  return calls
}
