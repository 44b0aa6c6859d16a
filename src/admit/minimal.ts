/** Whether witnesses are as short as they seem: no plan with fewer writes is paid 1, and none has fewer than is claimed. */
import type { AdmissionCheck } from '../../protocol/report.ts'
import type { Action } from '../../protocol/action.ts'
import { calmOf } from '../compile/reference.ts'
import { Episode } from '../episode/episode.ts'
import { actionOf, callAction, endingOf, planStep } from '../episode/witness-step.ts'
import { type Deed, describePlan, writesIn } from '../search/deed.ts'
import type { Bounds } from '../search/meter.ts'
import { type Minimality, proveMinimal } from '../search/minimal.ts'
import { modelOf } from '../search/model.ts'
import { writeTools } from '../search/repair.ts'
import { Tally } from './tally.ts'
import { faultOf } from './trial.ts'
import { toldBy } from './witness-run.ts'

/** What the search for a shorter plan may cost, once a seed. */
const BOUNDS: Bounds = { tries: 2500, units: 6_000_000 }
/** Seeds of each template that are searched. */
const SEEDS = 2
/** A shorter plan is not meant to be refused anything. */
const NO_REFUSALS: ReadonlySet<string> = new Set()
/** Plans that are played, of those that lead to the goal of the state; more leave it open. */
const MOST_PLAYED = 5

export type Shorter = { readonly verdict: Minimality['verdict']; readonly writes: number; readonly plan: readonly Deed[] | undefined; /** The episode in which the shorter plan was paid. */ readonly episode: Episode | undefined }

/** A tally that says how many were proved, and how many searches did not come to an end. */
export class MinimalProofs {
  readonly #tally = new Tally('minimal', 'no plan with fewer writes than the witness, or than the task claims, is paid 1')
  readonly #open = new Set<string>()
  #proven = 0

  /** Searches the task of a solved episode, the first few of each template; one that was left open is not tried again. */
  add(task: string, solved: Episode, at: number): void {
    if (at >= SEEDS || this.#open.has(task)) return
    const found = searchShorter(solved)
    if (!found) return
    const { verdict, writes, plan, episode } = found
    if (verdict === 'unknown') this.#open.add(task)
    else if (verdict === 'proven') this.#proven += 1
    this.#tally.add(verdict !== 'refuted', () => ({ task, seed: solved.identity.seed, found: `${writesIn(plan!)} of ${writes} writes are enough: ${describePlan(plan!)}`, episode }))
  }

  /** The detail says how far the searches came. */
  check(skipped: string | undefined): AdmissionCheck {
    const check = this.#tally.check(skipped)
    const open = [...this.#open]
    return open.length ? { ...check, detail: `${check.detail}; ${this.#proven} proved, ${open.length} not decided within the bounds (${open.join(', ')})` } : check
  }
}

/** Looks for a plan shorter than the witness of an episode; undefined where there is nothing to undercut. */
export function searchShorter({ scenario, identity: { seed, task }, task: { template: { outcome }, difficulty } }: Episode): Shorter | undefined {
  const request = { seed, task, options: { dynamics: calmOf(scenario) } }
  const model = modelOf(Episode.start(scenario, request).view)
  const own = model ? writesIn(model.script.deeds) : 0
  // What cannot be done may have the difficulty of what can.
  const claimed = outcome === 'done' ? difficulty['writes'] ?? 0 : 0
  if (model && claimed > own) return { verdict: 'refuted', writes: claimed, plan: model.script.deeds, episode: undefined }
  if (!model || own === 0) return undefined
  let paid: Episode | undefined
  let played = 0
  const accept = (plan: readonly Deed[]): boolean => {
    if (played++ >= MOST_PLAYED) return false
    const episode = Episode.start(scenario, request)
    if (playPlan(episode, plan) === 1) paid = episode
    return paid !== undefined
  }
  const { verdict, plan } = proveMinimal(model, { tools: writeTools(scenario.world, scenario.root.tools), bounds: BOUNDS, accept })
  return { verdict: verdict === 'proven' && played > MOST_PLAYED ? 'unknown' : verdict, writes: own, plan, episode: paid }
}

/**
 * Plays the witness with the writes of a plan in place of its own: each where the witness makes it, another one where
 * the next of the witness's is due. Gives the reward; undefined when an answer that is needed never came.
 */
export function playPlan(episode: Episode, plan: readonly Deed[]): number | undefined {
  const { task, scenario, identity } = episode
  const base = scenario.baseOf(identity.seed)
  const captured: Record<string, unknown> = {}
  const calls = plan.filter((deed) => deed.kind === 'call')
  let total = 0
  const play = (action: Action) => {
    if (episode.ended) return []
    const { reward, observation } = episode.step(action)
    total += reward ?? Number.NaN
    return observation.messages
  }
  try {
    for (const [i, step] of task.template.witness.steps.entries()) {
      if (step.kind === 'call' && step.write) {
        // What is no step of the witness, or comes before its time, goes first.
        const own = calls.findIndex((deed) => deed.step === i)
        for (const deed of calls.splice(0, own < 0 ? Number(calls[0]?.step === undefined) : own)) play(callAction(deed.tool, { ...deed.args }))
        if (own < 0) continue
        calls.shift()
      }
      const told = toldBy(step, play(actionOf(planStep(step, task, base, captured))), NO_REFUSALS)
      if (told !== undefined) captured[step.as!] = told
    }
    for (const deed of calls) play(callAction(deed.tool, { ...deed.args }))
    play(endingOf(task, base, captured))
  } catch (error) {
    if (faultOf(error) === undefined) throw error
    return undefined
  }
  return total
}
