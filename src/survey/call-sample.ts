/** Calls of a scenario's tools as they are really made, with what they answer when nothing is in their way. */
import { USER_FRAME } from '../../protocol/event.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { createPolicy } from '../policy/builtin.ts'
import { jsonOrText } from '../core/json-or-text.ts'

export type CallSample = { readonly args: Record<string, unknown>; readonly json: unknown }

/** The profile under which every call works and takes no time. */
const NO_DYNAMICS = 'none'
/** Calls that are kept of each tool. */
const MOST_KEPT = 20
/** Steps of a wanderer who looks for tools that no witness calls. */
const WANDERINGS = 60

/** A seed of a survey; its parts name it. */
export function surveySeed(...parts: readonly (string | number)[]): number {
  return word53(keyOf(['survey', ...parts]))
}

/** An episode, or undefined where the seed has no such task. */
export function tryStart(scenario: CompiledScenario, request: Parameters<typeof Episode.start>[1]): Episode | undefined {
  try {
    return Episode.start(scenario.flat(), request)
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return undefined
    throw error
  }
}

/**
 * Plays each task's witness once, and where that leaves tools uncalled wanders about for a while. Tools that were
 * never called with success are absent.
 */
export function sampleCalls(scenario: CompiledScenario): ReadonlyMap<string, readonly CallSample[]> {
  const samples = new Map<string, CallSample[]>()
  const play = (policy: string, task: string, steps: number): void => {
    const seed = surveySeed('sample', task)
    const episode = tryStart(scenario, { seed, task, options: { dynamics: NO_DYNAMICS } })
    if (!episode) return
    const player = createPolicy(policy, episode)!
    for (let n = 0; n < steps && !episode.ended; n++) episode.step(player.act(episode.observation))
    for (const event of episode.events()) {
      if (event.type !== 'call' || event.is_error || event.frame === USER_FRAME) continue
      const kept = samples.get(event.tool) ?? []
      if (kept.length < MOST_KEPT) samples.set(event.tool, [...kept, { args: (event.coerced ? event.meant!.arguments : event.arguments) as Record<string, unknown>, json: jsonOrText(event.content) }])
    }
  }
  const tasks = [...scenario.tasks.keys()]
  for (const task of tasks) play('oracle', task, Infinity)
  for (const task of tasks) if (scenario.tools.some((name) => !samples.has(name))) play('random', task, WANDERINGS)
  return samples
}
