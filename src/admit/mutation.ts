/** Mutated witnesses: each must score as the verifier's law says, or the verifier has a hole. */
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../episode/episode.ts'
import type { WitnessStep } from '../episode/task.ts'
import { actionOf, callAction, endingOf, parseContent, planStep } from '../episode/witness-step.ts'
import { SpecFault } from '../world/fault.ts'
import { noop } from '../policy/trivial.ts'

/** One change to the witness, as the list of its steps in the order they are made. */
export type Mutation = {
  readonly name: string
  readonly order: readonly number[]
  readonly must: 'one' | 'below one' | 'anything'
  /** Ends the other way: declines what was done, or claims to have done what cannot be done. */
  readonly turned?: true
  /** Says something else wherever the witness says something. */
  readonly muted?: true
}

/**
 * The mutations that a witness allows: every write left out, every non-idempotent write doubled, a read repeated,
 * commuting steps swapped, nothing of substance said, what calls.constraints demands left out, the wrong ending.
 */
export function mutationsOf({ task, scenario }: Episode): Mutation[] {
  const { witness, required, outcome } = task.template
  const { steps } = witness
  const all = steps.map((_, i) => i)
  const without = (left: (step: WitnessStep) => boolean) => all.filter((i) => !left(steps[i]!))
  const mutations: Mutation[] = [{ name: 'as it is', order: all, must: 'one' }]
  steps.forEach((step, i) => {
    if (step.kind !== 'call') return
    const tool = scenario.world.tools.get(step.call)!.spec
    if (step.write) mutations.push({ name: `without write ${i + 1} (${step.call})`, order: all.filter((j) => j !== i), must: 'below one' })
    // Doing it again may be refused by the tool's own rules: what counts is that a doubled effect never scores 1.
    if (step.write && !tool.idempotent) mutations.push({ name: `write ${i + 1} (${step.call}) twice`, order: [...all.slice(0, i + 1), i, ...all.slice(i + 1)], must: 'below one' })
    if (!step.write) mutations.push({ name: `read ${i + 1} (${step.call}) twice`, order: [...all.slice(0, i + 1), i, ...all.slice(i + 1)], must: 'one' })
    if (step.commutes && i + 1 < steps.length) mutations.push({ name: `steps ${i + 1} and ${i + 2} swapped`, order: [...all.slice(0, i), i + 1, i, ...all.slice(i + 2)], must: 'one' })
  })
  for (const tools of required.calls) mutations.push({ name: `without ${tools.join(' and ')}`, order: without((step) => step.kind === 'call' && tools.includes(step.call)), must: 'below one' })
  if (required.words) mutations.push({ name: 'without saying it', order: all, must: 'below one', muted: true })
  if (outcome === 'unable') mutations.push({ name: 'declined at once', order: [], must: 'below one' })
  mutations.push({ name: outcome === 'unable' ? 'finished after all' : 'declined after all', order: all, must: 'below one', turned: true })
  return mutations
}

/**
 * Plays a mutated witness and says whether the reward is as it must be; null when the mutation does not apply
 * (a capture that a left-out step would have made, a second write that the tool itself refused, a user who was gone).
 */
export function playMutation(episode: Episode, mutation: Mutation): { reward: number | null; ok: boolean } | null {
  const { witness: { steps }, refusals } = episode.task.template
  const base = episode.scenario.baseOf(episode.identity.seed)
  const captured: Record<string, unknown> = {}
  const done = new Set<number>()
  let refused = false
  let total: number | null = 0
  const play = (action: Action) => {
    const { reward, observation } = episode.step(action)
    total = reward === null || total === null ? null : total + reward
    return observation.messages.at(-1)
  }
  try {
    for (const i of mutation.order) {
      if (episode.ended) break
      const step = steps[i]!
      const message = play(step.kind === 'say' && mutation.muted ? { content: 'Hello.' } : actionOf(planStep(step, episode.task, base, captured)))
      if (message?.is_error && done.has(i)) refused = true
      if (step.as !== undefined && message && (!message.is_error || (step.kind === 'call' && refusals.has(step.call)))) captured[step.as] = step.kind === 'say' ? message.content : parseContent(message.content)
      done.add(i)
    }
    // A satisfied user has ended it already.
    if (episode.ended && mutation.turned) return null
    if (!episode.ended) {
      play(mutation.turned ? turnedEnding(episode) : endingOf(episode.task, base, captured))
    }
  } catch (error) {
    if (error instanceof SpecFault) return null
    throw error
  }
  if (mutation.must === 'below one' && refused) return null
  return { reward: total, ok: mutation.must === 'anything' || (total !== null && (mutation.must === 'one' ? total === 1 : total < 1)) }
}

function turnedEnding(episode: Episode): Action {
  return episode.task.template.outcome === 'unable' ? noop(episode).act(episode.observation) : callAction('report_unable', { reason: 'It could not be done.' })
}
