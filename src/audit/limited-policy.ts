/**
 * Policies that know the plan and are limited in one way each: what they lose shows how hard an axis is. Their limits
 * are constants: whatever is measured, they are the same.
 */
import type { Action } from '../../protocol/action.ts'
import type { Observation } from '../../protocol/observation.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { chance, type Key, keyOf } from '../core/keyed.ts'
import type { Episode } from '../episode/episode.ts'
import { createPolicy, type Policy } from '../policy/builtin.ts'

/** Share of the turns in which the thread is lost. */
const LOST = 0.08
/** Share of the questions that are asked. */
const ASKED = 0.75
/** Characters of tools and messages that are remembered. */
const WINDOW = 20_000
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

function knowing(episode: Episode, name = 'oracle'): Policy {
  return createPolicy(name, episode)!
}

/** Plays until something makes it give up, for itself and for whoever works with it: nothing is mended. */
function untilLost(episode: Episode, losesAt: (action: Action, turn: number) => boolean): Policy {
  const [inner, giveUp] = [knowing(episode), createPolicy('refuse', episode)!]
  let [turn, lost] = [0, false]
  return {
    act(observation) {
      if (!lost) {
        const action = inner.act(observation)
        lost = losesAt(action, turn++)
        if (!lost) return action
      }
      return giveUp.act(observation)
    },
  }
}

/** Loses the thread in every turn with the same chance, whoever's turn it is. */
export function losesThread(episode: Episode, key: Key): Policy {
  return untilLost(episode, (_, turn) => chance(keyOf(['turn', turn], key), LOST))
}

/** Does not think of asking, with the same chance for each question. */
export function shy(episode: Episode, key: Key): Policy {
  return untilLost(episode, (action, turn) => !callOf(action) && action.content !== undefined && !chance(keyOf(['question', turn], key), ASKED))
}

/** Remembers the tools and so many characters of what was said last: a value that it has forgotten it does not know. */
export function shortMemory(episode: Episode): Policy {
  const inner = knowing(episode)
  const room = Math.max(0, WINDOW - JSON.stringify(episode.tools).length)
  let said = ''
  const known = (value: unknown): unknown => (typeof value === 'string' && /\d/.test(value) && !said.includes(value) ? UNKNOWN : value)
  return {
    act(observation) {
      for (const { content } of observation.messages) said = room === 0 ? '' : `${said}\n${content}`.slice(-room)
      const action = inner.act(observation)
      const args = callOf(action)?.arguments
      return args ? withArguments(action, Object.fromEntries(Object.entries(args).map(([name, value]) => [name, known(value)]))) : action
    },
  }
}

/** Searches by name alone, and takes the first row that comes. */
export function hasty(episode: Episode): Policy {
  const inner = knowing(episode)
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
