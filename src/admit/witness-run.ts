/** The witness of a task as it is played alone, kept at every step: what is changed in it branches off there. */
import type { Action } from '../../protocol/action.ts'
import type { CallEvent } from '../../protocol/event.ts'
import type { Message } from '../../protocol/observation.ts'
import { Episode, type EpisodeRequest } from '../episode/episode.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Captures, WitnessStep } from '../episode/task.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { actionOf, endingOf, planStep } from '../episode/witness-step.ts'
import { type Cells, cellsOf } from './cells.ts'
import { faultOf } from './trial.ts'

/** What a step of the witness was told, as it is captured; undefined when that is nothing. Notifications that came with it are no answer. */
export function toldBy(step: WitnessStep, messages: readonly Message[], refusals: ReadonlySet<string>): unknown {
  const message = messages.findLast(({ role, name }) => (step.kind === 'say' ? role === 'user' && name === undefined : role === 'tool'))
  if (step.as === undefined || !message) return undefined
  if (step.kind === 'say') return message.content
  return !message.is_error || (step.kind === 'call' && refusals.has(step.call)) ? jsonOrText(message.content) : undefined
}

/** One play of a witness. */
export type WitnessRun = {
  readonly request: EpisodeRequest
  /** The episode before each step that was made, and before the ending where nobody ended it earlier; not to be stepped. */
  readonly before: readonly Episode[]
  /** What was captured before each of these. */
  readonly captured: readonly Captures[]
  /** All that was captured. */
  readonly known: Captures
  /** The action of each step. */
  readonly actions: readonly Action[]
  /** The episode as it ended. */
  readonly end: Episode
  readonly reward: number | null
  /** What the agent changed, net. */
  readonly cells: Cells
}

/** Plays a witness from its start to its end; undefined where the plan itself fails. */
export function runWitness(scenario: CompiledScenario, request: EpisodeRequest): WitnessRun | undefined {
  const episode = Episode.start(scenario, request)
  const { task, identity } = episode
  const { witness: { steps }, refusals } = task.template
  const base = scenario.baseOf(identity.seed)
  const before: Episode[] = []
  const captured: Captures[] = []
  const actions: Action[] = []
  let known: Captures = {}
  let reward: number | null = 0
  const take = (action: Action): readonly Message[] => {
    const outcome = episode.step(action)
    reward = reward === null || outcome.reward === null ? null : reward + outcome.reward
    return outcome.observation.messages
  }
  const keep = (): void => {
    before.push(episode.fork())
    captured.push(known)
  }
  try {
    for (const step of steps) {
      if (episode.ended) break
      const action = actionOf(planStep(step, task, base, known))
      keep()
      actions.push(action)
      const told = toldBy(step, take(action), refusals)
      if (told !== undefined) known = { ...known, [step.as!]: told }
    }
    if (!episode.ended) {
      const ending = endingOf(task, base, known)
      keep()
      take(ending)
    }
  } catch (error) {
    if (faultOf(error) === undefined) throw error
    return undefined
  }
  return { request, before, captured, known, actions, end: episode, reward, cells: cellsOf(episode) }
}

/** The event of the first call among those of an episode from an index on. */
export function callFrom(episode: Episode, index: number): CallEvent | undefined {
  return episode.eventsFrom(index).find((event): event is CallEvent => event.type === 'call')
}
