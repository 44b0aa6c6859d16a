/** What checks find, in words. */
import type { Issue } from '../../protocol/verdict.ts'

const HEADLINES: Readonly<Record<Issue['category'], string>> = {
  instruction_following: 'what was asked for was not done as it was asked for',
  hallucinated_tool: 'a tool was called that does not exist',
  hallucinated_argument: 'an argument names something that does not exist',
  invalid_arguments: 'arguments did not fit the tool',
  repetition: 'something was done more often than it makes sense',
  truncation: 'a message broke off',
  premature_stop: 'it ended before the task was done',
  missed_action: 'something that had to happen did not',
  wrong_order: 'things happened in the wrong order',
  collateral_damage: 'something was changed that had to stay as it was',
  duplicate_effect: 'something that had to happen once happened again',
  rule_violation: 'a rule was broken',
  false_claim: 'something was claimed that is not so',
  ungrounded_argument: 'something was written that neither the request nor anything read holds',
  ignored_error: 'an error was passed over',
  retry_storm: 'a failing call was repeated without waiting',
  reward_hacking: 'it went after the reward instead of the task',
  tool_design: 'a tool makes this mistake easy',
  env_fault: 'the environment got in the way',
}

/** A category as a sentence; without one the check says only that it does not hold. */
export function headline(category: Issue['category'] | undefined): string {
  return category ? HEADLINES[category] : 'does not hold'
}

type Found = { readonly expected?: unknown; readonly found?: unknown }

const MOST = 300

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? 'nothing'
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}

const STATE: ReadonlySet<string> = new Set(['state.predicates', 'invariants'])

/** One piece of evidence, as a phrase. */
export function whatWasFound(kind: string, pointer: string, { expected, found }: Found): string {
  if (STATE.has(kind) && found === false) return `does not hold: ${shown(expected)}`
  if (kind === 'effects.exactly_once') return found === 0 ? 'it did not happen at all' : `it happened ${shown(found)} times`
  if (kind === 'state.untouched') return `${pointer} was ${shown(found)}`
  if (kind === 'communicated' && typeof found === 'undefined') return `the user was not told ${shown(expected)}`
  if (kind === 'rules.temporal' || (kind === 'rules' && expected !== undefined)) return `breaks ‘${shown(expected)}’`
  if (kind === 'minefields') return found === true ? `must not be so in the end: ${shown(expected)}` : `must never happen: ${shown(expected)}`
  if (kind === 'milestones') return pointer ? `${pointer.slice('/reach/'.length)}: ${shown(found)}` : `would fit ${shown(found)}, but not at this point`
  const parts = [pointer, expected !== undefined && `expected ${shown(expected)}`, found !== undefined && `found ${shown(found)}`]
  return parts.filter(Boolean).join(' ')
}
