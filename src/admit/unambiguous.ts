/** Whether an instruction means one thing: what reads the same and is about another row must be as good. */
import type { Action } from '../../protocol/action.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode, type EpisodeRequest } from '../episode/episode.ts'
import type { Twin } from '../episode/task.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { runWitness, type WitnessRun } from './witness-run.ts'

/** What the search for twins may cost for each slot, in units. */
const UNITS = 5 * CALL_UNITS

/** An instance that was read the other way, and what that earned. */
export type Misreading = { readonly found: string; readonly episode: Episode }

/**
 * Plays the witness of each twin in the task itself, as somebody does who reads the instruction that way. A tool that
 * answers otherwise than in the twin's own world, or a user who does, tells the two apart.
 */
export function misreadings({ request, end }: WitnessRun): Misreading[] {
  const { task, scenario, identity } = end
  return task.template.twins(task, scenario.baseOf(identity.seed), UNITS).flatMap((twin) => {
    const own = runWitness(worldOf(scenario, twin), request)
    if (own?.reward !== 1) return []
    const episode = playAlike(scenario, request, own)
    const last = episode?.events().at(-1)
    if (!episode || last?.type !== 'end' || last.verdict.reward === 1) return []
    return [{ episode, found: `the instruction means two things: ${twin.slot} ${twin.drawn} and ${twin.slot} ${twin.other} fit it alike, and who takes the second earns ${last.verdict.reward ?? 'nothing'}: "${task.instruction.slice(0, 300)}"; tell them apart in the instruction, or in bind.${twin.slot}` }]
  })
}

/** The scenario with the twin as its task. */
function worldOf(scenario: CompiledScenario, { task }: Twin): CompiledScenario {
  return { ...scenario, drawTask: () => task, referenceOf: () => undefined }
}

/** Makes the turns of one episode in another; undefined as soon as something else is observed. */
function playAlike(scenario: CompiledScenario, request: EpisodeRequest, { before, end }: WitnessRun): Episode | undefined {
  const episode = Episode.start(scenario, request)
  const actions = end.events().flatMap((event) => (event.type === 'turn' ? [event.action] : [])) as Action[]
  for (const [i, action] of actions.entries()) {
    if (episode.ended || shown(episode) !== shown(before[i]!)) return undefined
    episode.step(action)
  }
  return episode.ended ? episode : undefined
}

function shown({ observation: { messages } }: Episode): string {
  return canonicalJson(messages)
}
