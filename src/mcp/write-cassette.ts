/** Recordings as text: equal ones give equal bytes, and a call, an answer, a state and a tool are a line each, so that differences can be read. */
import type { Cassette } from '../../protocol/cassette.ts'
import { canonicalJson } from '../core/canonical-json.ts'

/** JSON with sorted keys. @throws NotCanonical for integers past 2^53 and what JSON cannot hold */
export function writeCassette({ format, server, tools, start, states, answers, calls }: Cassette): string {
  const names = Object.keys(states).sort()
  return [
    '{',
    `"format": ${canonicalJson(format)},`,
    `"server": ${canonicalJson(server)},`,
    `"tools": ${lines(tools.map(canonicalJson), '[', ']')},`,
    `"start": ${canonicalJson(start)},`,
    `"states": ${lines(names.map((name) => `${canonicalJson(name)}: ${canonicalJson(states[name])}`), '{', '}')},`,
    `"answers": ${lines(answers.map(canonicalJson), '[', ']')},`,
    `"calls": ${lines(calls.map(canonicalJson), '[', ']')}`,
    '}',
    '',
  ].join('\n')
}

function lines(items: readonly string[], open: string, close: string): string {
  return items.length ? `${open}\n${items.join(',\n')}\n${close}` : `${open}${close}`
}
