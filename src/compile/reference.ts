/** The witness of a task as it comes out when nothing interferes: what verdicts compare an episode with. */
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import type { EpisodeView, TaskInstance } from '../episode/task.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { actionOf, endingOf, planStep } from '../episode/witness-step.ts'
import { SpecFault } from '../world/fault.ts'
import { NO_DYNAMICS } from './profiles.ts'

/** References of one scenario that are kept. */
const MOST_KEPT = 128

/** The profile that proofs are played under: the calm one where there is one. */
export function calmOf({ profiles }: Pick<CompiledScenario, 'profiles'>): string {
  return profiles.includes('clean') ? 'clean' : NO_DYNAMICS
}

/** Plays the witness of a task to its end. @throws SpecFault where it does not come to it: then there is nothing to compare with */
function playWitness(scenario: CompiledScenario, { seed, template }: TaskInstance): EpisodeView {
  const episode = Episode.start(scenario.flat(), { seed, task: template.name, options: { dynamics: calmOf(scenario) } })
  const base = scenario.baseOf(seed)
  const captured: Record<string, unknown> = {}
  for (const step of template.witness.steps) {
    if (episode.ended) break
    const { observation: { messages } } = episode.step(actionOf(planStep(step, episode.task, base, captured)))
    const told = messages.find(({ role, name }) => role === 'tool' || (role === 'user' && name === undefined))
    if (step.as !== undefined && told) captured[step.as] = step.kind === 'say' ? told.content : jsonOrText(told.content)
  }
  if (!episode.ended) episode.step(endingOf(episode.task, base, captured))
  if (episode.last.info.stop_reason === 'env_error') throw new SpecFault(`the witness of ${template.name} breaks the world of seed ${seed}`)
  return episode.view
}

/** Keeps the references of a scenario; the one that was not asked for the longest goes first. A witness that fails for a seed is a fault of the specification, every time. */
export function compileReferences(scenario: () => CompiledScenario): CompiledScenario['referenceOf'] {
  const kept = new Map<string, EpisodeView | SpecFault | undefined>()
  return (task) => {
    const key = `${task.seed} ${task.template.name}`
    let outcome = kept.get(key)
    if (kept.delete(key)) kept.set(key, outcome)
    else {
      // While it is being played it is not there: its own verdict compares it with nothing.
      kept.set(key, undefined)
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!)
      outcome = playOrFault(scenario(), task)
      if (kept.has(key)) kept.set(key, outcome)
    }
    if (outcome instanceof SpecFault) throw outcome
    return outcome
  }
}

function playOrFault(scenario: CompiledScenario, task: TaskInstance): EpisodeView | SpecFault {
  try {
    return playWitness(scenario, task)
  } catch (error) {
    if (error instanceof SpecFault) return error
    throw error
  }
}
