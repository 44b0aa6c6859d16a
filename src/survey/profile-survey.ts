/** Everything about a profile over a scenario: its entries, the latencies, what comes of tasks, one seed in detail. */
import type { DynamicsChoice } from '../../protocol/identity.ts'
import { nearest } from '../core/nearest.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { createPolicy, playOut } from '../policy/builtin.ts'
import { accountOf, type EntryAccount } from './entry-account.ts'
import { type LatencySurvey, surveyLatency } from './latency-survey.ts'
import { type Timeline, timelineOf } from './timeline.ts'
import { surveyTrial, type Trial } from './trial-survey.ts'

/** A profile at an intensity, with changes as a reset may make them. */
export type SurveyChoice = Exclude<DynamicsChoice, string> & { readonly profile: string; readonly intensity: number }

export type SurveyRequest = {
  readonly choice: SurveyChoice
  /** Of the timelines. */
  readonly seed: number
  readonly task?: string
  readonly luck?: number
  readonly policies: readonly string[]
  /** Latencies drawn for each tool. */
  readonly draws: number
  /** Episodes of each policy. */
  readonly episodes: number
}

export type ProfileSurvey = {
  readonly scenario: string
  readonly digest: string
  readonly profile: string
  readonly description: string
  readonly intensity: number
  /** Whether entries were added or left out. */
  readonly changed: boolean
  readonly entries: readonly EntryAccount[]
  readonly latency: LatencySurvey
  readonly trials: readonly Trial[]
  readonly timelines: readonly Timeline[]
}

/** A profile of a scenario, in a line. */
export type ProfileLine = { readonly name: string; readonly isDefault: boolean; readonly entries: number; readonly families: readonly string[]; readonly description: string }

/** The profiles that resets of a scenario may name. */
export function listProfiles(scenario: CompiledScenario): ProfileLine[] {
  const fallback = scenario.dynamicsOf(undefined)!.dynamics.name
  return scenario.profiles.map((name) => {
    const { entries, description } = scenario.dynamicsOf(name)!.dynamics
    const families = new Set(entries.map(({ spec }) => spec.kind.split('.')[0]!))
    return { name, isDefault: name === fallback, entries: entries.length, families: [...families], description }
  })
}

/** Shares of the work, roughly: of the latencies, of all trials together. */
const LATENCY_SHARE = 0.5

/**
 * Surveys a profile.
 * @param progress is told the share that is done, from 0 to 1
 * @throws GymError GYM_UNKNOWN_DYNAMICS, GYM_UNKNOWN_TASK, GYM_NO_TASK, GYM_INVALID_PARAMS (changes that do not fit)
 */
export function surveyProfile(scenario: CompiledScenario, request: SurveyRequest, progress: (share: number) => void = () => {}): ProfileSurvey {
  const { choice, seed, task, luck, policies, draws, episodes } = request
  const { profile, intensity } = choice
  const chosen = scenario.dynamicsOf(choice)
  if (!chosen) throw new GymError('GYM_UNKNOWN_DYNAMICS', `${scenario.name} has no dynamics profile '${profile}'`, { nearest: nearest(profile, scenario.profiles), expected: scenario.profiles })
  const { dynamics } = chosen
  // The seed first: a wrong one is told at once.
  const timelines = policies.map((policy) => {
    const episode = Episode.start(scenario.flat(), { seed, task, options: { dynamics: choice, luck } })
    playOut(episode, createPolicy(policy, episode)!)
    return timelineOf(episode, policy)
  })
  const latency = surveyLatency(scenario, dynamics, intensity, draws, (share) => progress(share * LATENCY_SHARE))
  const trials = policies.map((policy, i) => surveyTrial(scenario, dynamics, choice, policy, episodes, (share) => progress(LATENCY_SHARE + ((i + share) / policies.length) * (1 - LATENCY_SHARE))))
  return {
    scenario: scenario.name, digest: scenario.digest, profile, description: dynamics.description, intensity, changed: choice.add !== undefined || choice.without !== undefined,
    entries: dynamics.entries.toSorted((a, b) => a.rank - b.rank || a.index - b.index).map((entry) => accountOf(entry, intensity)),
    latency, trials, timelines,
  }
}
