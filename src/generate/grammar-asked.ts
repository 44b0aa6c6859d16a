/** References become requests: the sentence is read, and what the reference says itself goes before what it says. */
import type { Split } from '../../protocol/scalars.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import { AXES, type AxisName } from './axis.ts'
import { PATTERNS, type Pattern, type Request } from './grammar-request.ts'
import { themeOf } from './own-theme.ts'
import type { GenReference } from './reference.ts'
import { readSentence } from './sentence.ts'

function refuse(path: string, expected: string, found: string, names: readonly string[] = []): never {
  const close = nearest(found, names)
  throw new GymError('GYM_INVALID_PARAMS', `${path}: expected ${expected}, found "${found.slice(0, 80)}"${close === undefined ? '' : `; did you mean "${close}"?`}`, { path, ...(close !== undefined && { nearest: close }) })
}

function checkAxes(axes: GenReference['axes']): void {
  for (const [name, value] of Object.entries(axes)) {
    if (!Object.hasOwn(AXES, name)) refuse(name, 'an axis', name, Object.keys(AXES))
    const { from, to, whole } = AXES[name as AxisName]
    if (!(value >= from && value <= to) || (whole && !Number.isInteger(value))) refuse(name, `a ${whole ? 'whole ' : ''}number from ${from} to ${to}`, String(value))
  }
}

function patternOf(pattern: string | undefined): Pattern | undefined {
  if (pattern === undefined) return undefined
  return PATTERNS.find((each) => each === pattern) ?? refuse('pattern', 'a pattern', pattern, PATTERNS)
}

/**
 * What a reference asks of the grammar.
 * @param split only themes of this split are drawn for `any`
 * @throws GymError GYM_INVALID_PARAMS for an axis, a pattern, a theme or a sentence that cannot be
 */
export function requestOf({ theme, axes, pattern: called, agents, profile, sentence }: Omit<GenReference, 'version'>, themes: readonly Theme[], split?: Split): Request {
  checkAxes(axes)
  const pattern = patternOf(called)
  if (agents !== undefined && !(Number.isInteger(agents) && agents >= 1 && agents <= 64)) refuse('agents', 'a whole number from 1 to 64', String(agents))
  const own = { ...(pattern !== undefined && { pattern }), ...(agents !== undefined && { agents }), ...(profile !== undefined && { profile }), ...(split !== undefined && { split }) }
  const open = theme === 'any' ? themes : themes.filter((each) => each.theme === theme)
  if (open.length === 0) refuse('theme', 'a theme, or any', theme, themes.map((each) => each.theme))
  if (sentence === undefined) return { theme, axes, ...own }
  const reading = readSentence(sentence)
  const { layers, axes: wished, ...wishes } = reading.wishes
  const made = themeOf(reading, open, theme !== 'any')
  return { theme, ...wishes, ...(made && { own: made }), ...own, axes: { ...wished, ...(layers !== undefined && { delegation: layers - 1 }), ...axes } }
}
