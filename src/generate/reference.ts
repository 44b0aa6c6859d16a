/** References to generated scenarios: `gen:1/clinic?depth=3&s=...`, which with a seed say everything. */
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import { Team } from '../../protocol/spec/blueprint.ts'
import { AXES, type Axes, type AxisName } from './axis.ts'

/** Raised when the same reference and seed give another environment. */
export const GENERATOR_VERSION = 1

/** Bytes of a sentence as it stands in a reference. */
export const MOST_SENTENCE = 500

/** What a reference says; the seed comes beside it. */
export type GenReference = {
  readonly version: number
  /** A theme, or `any`: drawn from the seed. */
  readonly theme: string
  readonly axes: Axes
  /** A pattern of the team and a number of agents; drawn where absent. */
  readonly pattern?: Team['pattern']
  readonly agents?: number
  /** A dynamics profile; drawn where absent. */
  readonly profile?: string
  /** A sentence that describes what is wanted, at most 500 bytes as it stands in the reference. */
  readonly sentence?: string
}

const FORM = /^gen:(\d{1,6})\/([a-z][a-z0-9-]{1,39})(?:\?([^@#]*))?$/
const PATTERNS = Team.shape.pattern.unwrap().options
const NAMES = [...Object.keys(AXES), 'pattern', 'agents', 'profile', 's']

/** Whether a reference is one to a generated scenario. */
export function isGenerated(ref: string): boolean {
  return ref.startsWith('gen:')
}

function refuse(path: string, message: string, expected: string, found?: string, near?: string): never {
  throw new GymError('GYM_INVALID_PARAMS', `${message}; expected ${expected}${near === undefined ? '' : `, perhaps ${near}`}`, { path, expected, ...(found !== undefined && { found }), ...(near !== undefined && { nearest: near }) })
}

function numberOf(path: string, name: string, text: string, { from, to, whole }: { from: number; to: number; whole: boolean }): number {
  const value = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  const expected = `${whole ? 'a whole number' : 'a number'} from ${from} to ${to}`
  if (!(value >= from && value <= to) || (whole && !Number.isInteger(value))) refuse(path, `${name} is ${text || 'empty'}`, expected, text)
  return value
}

function decoded(path: string, name: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(path, `${name} is not percent-encoded UTF-8`, 'percent-encoded text', text)
  }
}

/**
 * Reads a reference.
 * @throws GymError GYM_INVALID_PARAMS that names the part, what was expected and the nearest name
 */
export function parseReference(ref: string, path = 'params.scenario'): GenReference {
  const [, version, theme, query = ''] = FORM.exec(ref) ?? []
  if (version === undefined) refuse(path, `${ref.slice(0, 100)} is no reference to a generated scenario`, 'gen:VERSION/THEME?axis=value&s=SENTENCE')
  if (Number(version) !== GENERATOR_VERSION) refuse(path, `this server has no generator of version ${version}`, `gen:${GENERATOR_VERSION}/…`, version, `gen:${GENERATOR_VERSION}/${theme}`)
  const axes: Partial<Record<AxisName, number>> = {}
  const rest: { pattern?: Team['pattern']; agents?: number; profile?: string; sentence?: string } = {}
  const seen = new Set<string>()
  for (const part of query === '' ? [] : query.split('&')) {
    const cut = part.indexOf('=')
    const name = cut < 0 ? part : part.slice(0, cut)
    const text = cut < 0 ? '' : part.slice(cut + 1)
    if (!NAMES.includes(name)) refuse(path, `no axis is called '${name}'`, NAMES.join(', '), name, nearest(name, NAMES))
    if (seen.has(name)) refuse(path, `${name} stands twice`, 'each axis once', name)
    seen.add(name)
    if (name === 's') {
      if (text.length > MOST_SENTENCE) refuse(path, `the sentence takes ${text.length} bytes`, `at most ${MOST_SENTENCE} bytes as it stands in the reference`)
      rest.sentence = decoded(path, 's', text)
    } else if (name === 'pattern') {
      const pattern = PATTERNS.find((one) => one === text)
      rest.pattern = pattern ?? refuse(path, `no pattern is called '${text}'`, PATTERNS.join(', '), text, nearest(text, PATTERNS))
    } else if (name === 'agents') rest.agents = numberOf(path, name, text, { from: 1, to: 64, whole: true })
    else if (name === 'profile') rest.profile = /^[a-z][a-z0-9_.-]{0,99}$/.test(text) ? text : refuse(path, `'${text}' is no name of a profile`, 'a dynamics profile', text)
    else axes[name as AxisName] = numberOf(path, name, text, AXES[name as AxisName])
  }
  return { version: GENERATOR_VERSION, theme: theme!, axes, ...rest }
}

/** The one spelling of a reference: names in order, numbers as JSON writes them, nothing that is drawn. */
export function printReference({ version, theme, axes, pattern, agents, profile, sentence }: GenReference): string {
  const named: [string, string | number | undefined][] = [...Object.keys(AXES).map((name): [string, number | undefined] => [name, axes[name as AxisName]]), ['pattern', pattern], ['agents', agents], ['profile', profile], ['s', sentence === undefined ? undefined : encodeSentence(sentence)]]
  const query = named.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`).join('&')
  return `gen:${version}/${theme}${query && '?'}${query}`
}

/** Percent-encodes a sentence, leaving nothing that a reference uses itself. */
function encodeSentence(sentence: string): string {
  return encodeURIComponent(sentence.toWellFormed()).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
