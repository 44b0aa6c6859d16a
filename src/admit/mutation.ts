/** Mutated witnesses: each must score as the verifier's law says, or the verifier has a hole. */
import type { Episode } from '../episode/episode.ts'
import { parseContent } from '../policy/plan.ts'
import { SpecFault } from '../world/fault.ts'
import { callAction, finishAction } from '../policy/policy.ts'

/** One change to the witness, as the list of its steps in the order they are made. */
export type Mutation = { readonly name: string; readonly order: readonly number[]; readonly must: 'one' | 'below one'; readonly declines?: true }

/** The mutations that a witness allows: every write left out, every non-idempotent write doubled, a read repeated, commuting steps swapped. */
export function mutationsOf({ task, scenario }: Episode): Mutation[] {
  const { steps } = task.template.witness
  const all = steps.map((_, i) => i)
  const mutations: Mutation[] = [{ name: 'as it is', order: all, must: 'one' }]
  steps.forEach((step, i) => {
    const tool = scenario.world.tools.get(step.call)!.spec
    if (step.write) mutations.push({ name: `without write ${i + 1} (${step.call})`, order: all.filter((j) => j !== i), must: 'below one' })
    // Doing it again may be refused by the tool's own rules: what counts is that a doubled effect never scores 1.
    if (step.write && !tool.idempotent) mutations.push({ name: `write ${i + 1} (${step.call}) twice`, order: [...all.slice(0, i + 1), i, ...all.slice(i + 1)], must: 'below one' })
    if (!step.write) mutations.push({ name: `read ${i + 1} (${step.call}) twice`, order: [...all.slice(0, i + 1), i, ...all.slice(i + 1)], must: 'one' })
    if (step.commutes && i + 1 < steps.length) mutations.push({ name: `steps ${i + 1} and ${i + 2} swapped`, order: [...all.slice(0, i), i + 1, i, ...all.slice(i + 2)], must: 'one' })
  })
  mutations.push({ name: 'declined after all', order: all, must: 'below one', declines: true })
  return mutations
}

/**
 * Plays a mutated witness and says whether the reward is as it must be; null when the mutation does not apply
 * (a capture that a left-out step would have made, or a second write that the tool itself refused).
 */
export function playMutation(episode: Episode, mutation: Mutation): { reward: number | null; ok: boolean } | null {
  const { steps, answer } = episode.task.template.witness
  const base = episode.scenario.baseOf(episode.identity.seed)
  const captured: Record<string, unknown> = {}
  const done = new Set<number>()
  let refused = false
  let total: number | null = 0
  const play = (name: string, args: Record<string, unknown>) => {
    const { reward, observation } = episode.step(callAction(name, args))
    total = reward === null || total === null ? null : total + reward
    return observation.messages.at(-1)
  }
  try {
    for (const i of mutation.order) {
      const step = steps[i]!
      const message = play(step.call, step.args(episode.task, base, captured))
      if (message?.is_error && done.has(i)) refused = true
      if (step.as !== undefined && message && !message.is_error) captured[step.as] = parseContent(message.content)
      done.add(i)
    }
    const final = answer && { json: answer(episode.task, base, captured) }
    const { reward } = episode.step(mutation.declines ? callAction('report_unable', { reason: 'It could not be done.' }) : finishAction(final))
    total = reward === null || total === null ? null : total + reward
  } catch (error) {
    if (error instanceof SpecFault) return null
    throw error
  }
  if (mutation.must === 'below one' && refused) return null
  return { reward: total, ok: total !== null && (mutation.must === 'one' ? total === 1 : total < 1) }
}
