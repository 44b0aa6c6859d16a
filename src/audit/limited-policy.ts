/**
 * Policies that know the plan and are limited in one way each: what they lose shows how hard an axis is. Their limits
 * are fixed here, before anything is measured.
 */
import type { Action } from '../../protocol/action.ts'
import type { Observation } from '../../protocol/observation.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { chance, type Key, keyOf } from '../core/keyed.ts'
import type { Policy } from '../policy/policy.ts'

/** Share of the turns that go wrong. */
const SLIPS = 0.08
/** Characters of one message that are read. */
const SIGHT = 900
/** Questions that are asked. */
const QUESTIONS = 1
/** Stands for what was not known. */
const UNKNOWN = 'unknown-0'

type Arguments = Record<string, unknown>

/** The first call of a policy of ours, which writes arguments as objects. */
function callOf({ tool_calls }: Action): { readonly name: string; readonly arguments: Arguments } | undefined {
  return tool_calls?.[0] as { name: string; arguments: Arguments } | undefined
}

/** The action with other arguments for its first call. */
function withArguments(action: Action, args: Arguments): Action {
  const [, ...rest] = action.tool_calls ?? []
  return { ...action, tool_calls: [{ ...callOf(action)!, arguments: args }, ...rest] }
}

/** Every turn goes wrong with the same chance: an argument is lost. */
export function slipping(inner: Policy, key: Key): Policy {
  let turn = 0
  return {
    act(observation) {
      const action = inner.act(observation)
      const args = callOf(action)?.arguments
      const own = keyOf(['turn', turn++], key)
      const names = args ? Object.keys(args).filter((name) => typeof args[name] === 'string') : []
      return args && names.length && chance(own, SLIPS) ? withArguments(action, { ...args, [names[0]!]: UNKNOWN }) : action
    },
  }
}

/** Reads only the beginning of each message, and asks the user a bounded number of questions: what it did not see it does not know. */
export function shortSighted(inner: Policy, { sight = SIGHT, questions = Number.POSITIVE_INFINITY }: { sight?: number; questions?: number } = {}): Policy {
  let seen = ''
  let asked = 0
  const known = (value: unknown): unknown => (typeof value === 'string' && /\d/.test(value) && !seen.includes(value) ? UNKNOWN : value)
  return {
    act(observation) {
      for (const { content } of observation.messages) seen += `\n${content.slice(0, sight)}`
      const action = inner.act(observation)
      if (!callOf(action) && action.content !== undefined) {
        asked += 1
        return asked <= questions ? action : { tool_calls: [{ name: 'wait', arguments: { ms: 1 } }] }
      }
      const args = callOf(action)?.arguments
      return args ? withArguments(action, Object.fromEntries(Object.entries(args).map(([name, value]) => [name, known(value)]))) : action
    },
  }
}

/** Asks once and no more. */
export function shy(inner: Policy): Policy {
  return shortSighted(inner, { sight: Number.POSITIVE_INFINITY, questions: QUESTIONS })
}

/** Searches by name alone, and takes the first row that comes. */
export function hasty(inner: Policy): Policy {
  /** Key of a later row to that of the first, over all lists by name. */
  const first = new Map<unknown, unknown>()
  let byName = false
  const note = ({ messages }: Observation): void => {
    for (const { role, content } of messages) {
      if (role !== 'tool' || !byName) continue
      const result = jsonOrText(content)
      const rows = result !== null && typeof result === 'object' ? Object.values(result).find(Array.isArray) as Arguments[] | undefined : undefined
      for (const row of rows?.slice(1) ?? []) for (const [name, value] of Object.entries(row ?? {})) if (/id$|number$/.test(name)) first.set(value, rows![0]![name])
    }
  }
  return {
    act(observation) {
      note(observation)
      const action = inner.act(observation)
      const args = callOf(action)?.arguments
      if (!args) return action
      byName = typeof args['name'] === 'string'
      if (byName) return withArguments(action, { name: args['name'] })
      return withArguments(action, Object.fromEntries(Object.entries(args).map(([name, value]) => [name, first.get(value) ?? value])))
    },
  }
}
