/** A world whose tools a server of others answers: a shelf of labelled boxes, with its recording, and the server itself in a few lines. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cassette, ServedReply, ServerState } from '../protocol/cassette.ts'
import { type Catalogue, compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import type { ServedCall } from '../src/world/served/served.ts'
import { stateId } from '../src/core/state-id.ts'
import { embeddedFiles } from '../src/cli/embedded-catalogue.ts'
import { ROOT } from './checkout.ts'

type Box = { readonly label: string; readonly inside: string | null }

/** What the server does: it knows nothing of the gym. */
export function shelfServer({ tool, arguments: args, state }: Pick<ServedCall, 'tool' | 'arguments' | 'state'>): ServedReply {
  const boxes = (state.boxes ?? []) as unknown as readonly Box[]
  const named = boxes.find(({ label }) => label === args.label)
  const says = (json: string): ServedReply => ({ answer: { json }, ms: 12 })
  const fails = (json: string): ServedReply => ({ answer: { json, is_error: true }, ms: 3 })
  const becomes = (json: string, next: readonly Box[]): ServedReply => ({ answer: { json }, ms: 40, state: { boxes: next.toSorted((a, b) => (a.label < b.label ? -1 : 1)) as unknown as ServerState[string] } })
  switch (tool) {
    case 'list-boxes': return says(boxes.map(({ label }) => label).join('\n'))
    case 'look': return named ? says(named.inside ?? 'empty') : fails(`no box ${String(args.label)}`)
    case 'put': return named ? becomes('done', boxes.map((box) => (box === named ? { ...box, inside: String(args.thing) } : box))) : fails(`no box ${String(args.label)}`)
    case 'add-box': return named ? fails('there already') : becomes('added', [...boxes, { label: String(args.label), inside: null }])
    case 'remove-box': return named ? becomes('removed', boxes.filter((box) => box !== named)) : fails(`no box ${String(args.label)}`)
    default: return fails('no such tool')
  }
}

const START: ServerState = { boxes: [{ label: 'blue', inside: 'screws' }, { label: 'red', inside: null }] }

/** Calls that are recorded in every state that some of them lead to. */
const CALLS: readonly (readonly [string, Record<string, string>])[] = [
  ['list-boxes', {}], ['look', { label: 'blue' }], ['look', { label: 'red' }], ['put', { label: 'red', thing: 'nails' }], ['put', { label: 'blue', thing: 'nails' }], ['add-box', { label: 'green' }], ['remove-box', { label: 'red' }],
]

/** The recording: all states that the calls above lead to. */
export function shelfCassette(): Cassette {
  const [states, answers, calls]: [Record<string, ServerState>, Cassette['answers'], Cassette['calls']] = [{}, [], []]
  const waiting = [START]
  for (let state = waiting.pop(); state; state = waiting.pop()) {
    const id = stateId(state)
    if (states[id]) continue
    states[id] = state
    for (const [tool, args] of CALLS) {
      const reply = shelfServer({ tool, arguments: args, state })
      calls.push({ state: id, tool, arguments: args, answer: answers.push(reply.answer) - 1, ms: reply.ms + 0.4, bytes: 10, ...(reply.state && { next: stateId(reply.state) }) })
      if (reply.state) waiting.push(reply.state)
    }
  }
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' }, ...(name === 'look' && { outputSchema: { type: 'object', properties: { inside: { type: 'string' } }, required: ['inside'] } }) })
  return { format: 'fractal-gym.cassette/1', server: { name: 'shelf', version: '1.0.0' }, tools: ['list-boxes', 'look', 'put', 'add-box', 'remove-box'].map(tool), start: stateId(START), states, answers, calls }
}

/** The scenario, with edits of its text. */
export function shelfScenario(edits: readonly (readonly [string, string])[] = [], cassette: unknown = shelfCassette()): { readonly scenario: CompiledScenario | undefined; readonly catalogue: Catalogue; readonly complaints: readonly string[] } {
  const text = edits.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`nothing to replace: ${from}`)
    return now.replace(from, () => to)
  }, readFileSync(join(ROOT, 'test/fixtures/shelf.yaml'), 'utf8'))
  const profiles = embeddedFiles('envs').filter(({ file }) => /dynamics/.test(file))
  const { catalogue, complaints } = compileCatalogue([{ file: 'shelf.yaml', text, data: { 'shelf.json': JSON.stringify(cassette) } }, ...profiles])
  return { scenario: catalogue.find('shelf'), catalogue, complaints: complaints.map(({ message }) => message) }
}
