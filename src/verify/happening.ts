/** Things that happen in an episode, found in its log. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { Happening } from '../../protocol/spec/check.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { Site } from '../world/site.ts'
import { compileCallPattern } from './call-pattern.ts'
import type { CheckEnvironment } from './compile-check.ts'
import { agentWords, listenFor, userWords } from './words.ts'

/** Where something happened: an event, and the turn that it belongs to. */
export type Occurrence = { readonly event: number; readonly turn: number }

/** Finds all occurrences in an episode, in order. */
export type Find = (view: EpisodeView) => Occurrence[]

/** Compiles a happening; mistakes become findings of the site. */
export function compileHappening(happening: Happening, environment: CheckEnvironment, site: Site): Find {
  if ('call' in happening) return compileCallPattern(happening, environment, site).find
  if ('ends' in happening) return ({ events }) => events.flatMap((event) => (event.type === 'call' && event.frame !== USER_FRAME && event.tool === happening.ends && !event.is_error ? [{ event: event.index, turn: event.turn }] : []))
  const [word, phrases] = 'says' in happening ? ['says', happening.says] as const : ['hears', happening.hears] as const
  if (!environment.user) site.at(word).complain('user', 'there is no user to talk to', { key: true, expected: 'user: … in the scenario or the task' })
  const heard = listenFor(phrases)
  const sayings = word === 'says' ? agentWords : userWords
  return ({ events }) => sayings(events).filter(({ text }) => heard(text))
}
