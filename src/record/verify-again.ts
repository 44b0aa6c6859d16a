/** A recorded episode, rebuilt and judged once more: the same verdict, or what the verifier now sees otherwise. */
import type { Trajectory } from '../../protocol/event.ts'
import type { Identity } from '../../protocol/identity.ts'
import type { QualityReport } from '../../protocol/quality-report.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import { VERIFIER_VERSION } from '../core/engine-version.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { journalOf } from '../episode/journal.ts'
import { reportOf } from './quality-report.ts'
import { compareEvents, type Difference, issuesAsShown, type Loose, written } from './replay.ts'

/** What became of one part of a verdict. */
export type VerdictChange = { readonly what: string; readonly recorded: unknown; readonly now: unknown }

export type Reverification = {
  /** Whether the episode came out as recorded, and its verdict too or by an earlier version of the verifier. */
  readonly ok: boolean
  readonly identity: Identity
  /** Versions of the verifier: of the recording (null where it has no verdict), and this one. */
  readonly verifier: { readonly recorded: string | null; readonly now: string }
  readonly reward: { readonly recorded: number | null; readonly now: number | null }
  readonly changes: readonly VerdictChange[]
  /** Where the episode itself came out differently; then its verdict says nothing about the recording. */
  readonly differences: readonly Difference[]
  readonly report: QualityReport
}

/** The end of a recording, as far as it may be read. */
type RecordedEnd = { readonly reason?: string; readonly verdict?: Partial<Verdict> }

/**
 * Rebuilds the episode of a recording from its actions and verifies it.
 * @throws GymError GYM_SNAPSHOT_INVALID when it is of another engine or of other scenario content
 */
export function verifyAgain(scenario: CompiledScenario, { identity, events, reward, state_hash }: Trajectory): Reverification {
  const log = events as Loose[]
  const episode = Episode.replay(scenario, identity, journalOf(log))
  const report = written(reportOf(episode))
  const recorded = (log.findLast(({ type }) => type === 'end') as RecordedEnd | undefined)?.verdict
  const differences = compareEvents(log.map(withoutVerdict), written(episode.events()).map((event) => withoutVerdict(event as Loose)))
  const paid = episode.trajectory().reward
  // What a trainer reads as the reward is that of the verdict beside it: another version may judge otherwise, but says so there.
  if (reward !== paid && reward !== recorded?.reward) differences.push({ what: 'reward', at: null, recorded: reward, replayed: paid })
  // The hash holds what was paid.
  if (state_hash !== episode.stateHash() && (recorded?.reward ?? paid) === paid) differences.push({ what: 'state hash', at: null, recorded: state_hash, replayed: episode.stateHash() })
  const changes = recorded ? changesOf(recorded, { ...report.verdict, issues: report.issues }) : []
  // One that was recorded before versions were told is of an earlier one.
  const before = recorded ? recorded.verifier ?? '0' : null
  return {
    ok: differences.length === 0 && (changes.length === 0 || isEarlier(before)),
    identity, differences, changes, report,
    verifier: { recorded: before, now: VERIFIER_VERSION },
    reward: { recorded: recorded?.reward ?? null, now: report.verdict.reward },
  }
}

/** Whether a version of the verifier came before this one: what it judged otherwise is no surprise. */
function isEarlier(version: string | null): boolean {
  return version !== null && /^\d+$/.test(version) && Number(version) < Number(VERIFIER_VERSION)
}

function withoutVerdict({ verdict: _verdict, ...rest }: Loose): Loose {
  return rest
}

/** What differs between two verdicts, told by checks, gates, milestones and issues; only what the recording has is compared. */
function changesOf(recorded: Partial<Verdict>, now: Verdict): VerdictChange[] {
  const parts: [string, unknown, unknown][] = [
    ...(['status', 'reward', 'success'] as const).map((name): [string, unknown, unknown] => [name, recorded[name], now[name]]),
    ...paired('check', recorded.components, now.components, ({ id }) => id, ({ score, gate, weight }) => ({ score, gate, weight })),
    ...paired('milestone', recorded.milestones, now.milestones, ({ check, milestone }) => `${check}.${milestone}`, ({ reached }) => reached),
    ...paired('issue', recorded.issues, issuesAsShown(recorded.issues ?? [], now.issues), ({ id }) => id, ({ category, verdict, severity }) => `${category} (${severity}, ${verdict})`),
  ]
  return parts.filter(([, was, is]) => JSON.stringify(was) !== JSON.stringify(is)).map(([what, was, is]) => ({ what, recorded: was ?? null, now: is ?? null }))
}

function paired<T>(what: string, recorded: readonly T[] | undefined, now: readonly T[], idOf: (one: T) => string, told: (one: T) => unknown): [string, unknown, unknown][] {
  if (!recorded) return []
  const was = new Map(recorded.map((one) => [idOf(one), told(one)]))
  const is = new Map(now.map((one) => [idOf(one), told(one)]))
  return [...new Set([...was.keys(), ...is.keys()])].map((id) => [`${what} ${id}`, was.get(id), is.get(id)])
}
