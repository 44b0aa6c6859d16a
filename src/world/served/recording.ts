/** A recording as a server: what was asked in a state is answered as it was then, anything else by a declared rule. */
import { distance } from 'fastest-levenshtein'
import type { Cassette, CassetteCall } from '../../../protocol/cassette.ts'
import type { UNSEEN } from '../../../protocol/spec/world.ts'
import { canonicalJson, NotCanonical } from '../../core/canonical-json.ts'
import type { Served, ServedCall, ServedReply } from './served.ts'
import { stubOf } from './stub.ts'

type Unseen = (typeof UNSEEN)[number]

/** What an agent reads where the recording has no answer. */
const NO_ANSWER = 'No answer to this call was recorded for the present state. Other calls, or other arguments, may have one.'
/** Recorded calls that are compared with one that is not there. */
const MOST_COMPARED = 500

export type Recording = {
  readonly serve: Served
  /** The longest text of an answer, in characters. */
  readonly longest: number
}

/**
 * Reads a recording once. Of calls alike in state, tool and arguments the first counts, and those that got no answer
 * are left out: what went wrong on the way is for the dynamics to say.
 */
export function compileRecording(cassette: Cassette, unseen: Unseen): Recording {
  const byCall = new Map<string, CassetteCall>()
  const byTool = new Map<string, CassetteCall[]>()
  for (const call of cassette.calls) {
    if (cassette.answers[call.answer]!.failure) continue
    const key = keyOf(call.state, call.tool, canonicalJson(call.arguments))
    if (byCall.has(key)) continue
    byCall.set(key, call)
    const ofTool = byTool.get(call.tool)
    if (ofTool) ofTool.push(call)
    else byTool.set(call.tool, [call])
  }
  const outputs = new Map(cassette.tools.map(({ name, outputSchema }) => [name, outputSchema]))
  const replyOf = ({ answer, ms, next }: CassetteCall): ServedReply => ({
    answer: cassette.answers[answer]!, ms: Math.round(ms), ...(next !== undefined && cassette.states[next] && { state: cassette.states[next] }),
  })

  function unseenReply(call: ServedCall): ServedReply {
    if (unseen === 'nearest' && call.effect === 'read') {
      const near = nearestOf(byTool.get(call.tool) ?? [], call)
      if (near) return { answer: cassette.answers[near.answer]!, ms: Math.round(near.ms) }
    }
    if (unseen !== 'stub') return { answer: { json: NO_ANSWER, is_error: true }, ms: 0 }
    const schema = outputs.get(call.tool)
    return { answer: { json: schema === undefined ? 'ok' : JSON.stringify(stubOf(schema)) }, ms: 0 }
  }

  return {
    longest: cassette.answers.reduce((most, { json }) => Math.max(most, typeof json === 'string' ? json.length : JSON.stringify(json).length), NO_ANSWER.length),
    serve(call) {
      const args = textOf(call.arguments)
      const found = args === undefined ? undefined : byCall.get(keyOf(call.at, call.tool, args))
      return found ? replyOf(found) : unseenReply(call)
    },
  }
}

function keyOf(state: string, tool: string, args: string): string {
  return `${state}\0${tool}\0${args}`
}

/** Arguments as they are compared; undefined for those that JSON cannot hold. */
function textOf(args: unknown): string | undefined {
  try {
    return canonicalJson(args)
  } catch (error) {
    if (error instanceof NotCanonical) return undefined
    throw error
  }
}

/** The call whose arguments are spelt most alike, in this state before others; the earliest of equals. */
function nearestOf(calls: readonly CassetteCall[], { arguments: args, at }: ServedCall): CassetteCall | undefined {
  const wanted = textOf(args)
  const here = calls.filter((call) => call.state === at)
  let best: { call: CassetteCall; far: number } | undefined
  for (const call of (here.length ? here : calls).slice(0, MOST_COMPARED)) {
    const far = wanted === undefined ? 0 : distance(wanted, canonicalJson(call.arguments))
    if (!best || far < best.far) best = { call, far }
  }
  return best?.call
}
