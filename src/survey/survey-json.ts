/** A survey as JSON: what `--json` prints. */
import { histogram, spreadAxis } from './axis.ts'
import { PACE_MS, SESSION_ROUNDS, SESSION_TOOLS } from './latency-survey.ts'
import type { ProfileLine, ProfileSurvey } from './profile-survey.ts'
import type { Span } from './timeline.ts'

const BINS = 40

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6

/** Profiles in a list. */
export function listJson(lines: readonly ProfileLine[]): unknown {
  return lines.map(({ name, isDefault, entries, families, description }) => ({ name, default: isDefault, entries, families, description }))
}

/** One profile; times are virtual milliseconds. */
export function surveyJson({ scenario, digest, profile, description, intensity, changed, entries, latency, trials, timelines }: ProfileSurvey): unknown {
  return {
    scenario: `${scenario}@${digest}`, profile, description, intensity, changed,
    entries,
    latency: {
      draws: latency.draws, session: { tools: SESSION_TOOLS, rounds: SESSION_ROUNDS, pace_ms: PACE_MS },
      tools: latency.tools.map(({ tool, effect, p50, p90, p99, mean, draws }) => {
        const axis = spreadAxis(draws[0] ?? 0, draws.at(-1) ?? 0)
        return { tool, effect, p50, p90, p99, mean: rounded(mean), histogram: { scale: axis.isLog ? 'log' : 'linear', from: axis.from, to: axis.to, counts: histogram(draws, axis, BINS) } }
      }),
    },
    trials: trials.map(({ policy, episodes, successes, reward, voided, calls, failed, ms, strikes }) => ({
      policy, episodes, successes, mean_reward: rounded(reward), env_errors: voided, calls, failed_calls: failed, mean_ms: rounded(ms),
      entries: strikes.map(({ entry, of, met, struck, failed: seen }) => ({ entry, of, met, struck, seen_as_error: seen, share: met ? rounded(struck / met) : null })),
    })),
    timelines: timelines.map(({ policy, task, seed, luck, instruction, spans, happenings, ends, reason, reward, success }) => ({
      policy, task, seed, luck, instruction, reward, success, reason, ends_at: ends, calls: spans.map(callJson), events: happenings,
    })),
  }
}

function callJson({ at, until, name, about, outcome, faults, refusal, committed, later }: Span): unknown {
  return { at, returns_at: until, tool: name, about, outcome, faults, ...(refusal && { refusal }), happened_all_the_same: committed, later }
}
