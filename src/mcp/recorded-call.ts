/** The calls of recordings as calibration sees them. */
import type { Cassette, FAILURES } from '../../protocol/cassette.ts'
import { CUT_NOTE } from './answer-of.ts'
import { callKey } from './merge-cassettes.ts'

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

/** Lower snake case, as names of tools are in worlds. */
export function worldName(theirs: string): string {
  const name = theirs.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 64)
  return name === '' ? 'tool' : name
}

/** All calls, one recording after another. */
export function recordedCalls(cassettes: readonly Cassette[]): RecordedCall[] {
  const calls: RecordedCall[] = []
  for (const { server, tools, calls: all, answers, states } of cassettes) {
    const reads = new Set(tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name))
    const hasRows = Object.keys(states).length > 0
    for (const call of all) {
      const { json, is_error, failure } = answers[call.answer]!
      const text = typeof json === 'string' ? json : JSON.stringify(json)
      calls.push({
        n: calls.length, tool: worldName(call.tool), effect: reads.has(call.tool) ? 'read' : 'write', ms: call.ms, bytes: call.bytes, failure,
        error: is_error && failure === undefined ? text : undefined, isCut: CUT_NOTE.test(text),
        key: `${server.name}\0${callKey(call)}`, happened: hasRows ? call.next !== undefined : undefined,
      })
    }
  }
  return calls
}
