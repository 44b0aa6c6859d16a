/** What is read out of a stored sweep: its plan, its outcomes judged by this version of the verifier, its report. */
import type { SweepReport } from '../../../protocol/sweep-report.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import type { JournalEntry } from '../../episode/episode.ts'
import { GymError } from '../../core/gym-error.ts'
import type { StoredSweep, SweepStore } from '../../store/sweep-store.ts'
import { chooseEpisodes, lineOf } from '../../sweep/chosen.ts'
import { isOutdated, judgeAgain, playAgain } from '../../sweep/play-again.ts'
import { planOf, type Plan } from '../../sweep/plan.ts'
import { type Played, playedOf } from '../../sweep/played.ts'
import { countedOf, reportOn } from '../../sweep/report.ts'

/** Finds the scenario of a row, giving way while it is made. */
export type RowFinder = (ref: string, seed: number, task: string) => Generator<unknown, CompiledScenario>

export type SweepReading = {
  readonly sweep: StoredSweep
  readonly plan: Plan
  /** What counts: not what was on its way when an early stop was called. */
  readonly played: readonly Played[]
  readonly verifiedAgain: number
}

const BATCH = 200

/** The sweep of an id with what was played; what was judged by an earlier version of the verifier is judged again, and kept. */
export function* readSweep(store: SweepStore, sweep: StoredSweep, find: RowFinder): Generator<unknown, SweepReading> {
  const plan = planOf(sweep.spec, sweep.tasks)
  const played: Played[] = []
  const again = new Set<number>()
  let batch: { unit: number; outcome: Played['outcome'] }[] = []
  const flush = (): void => {
    if (batch.length) store.judgeAgain(sweep.id, batch)
    batch = []
  }
  for (const { unit, outcome, judgedAgain } of store.outcomes(sweep.id)) {
    const kept = playedOf(plan, unit, outcome)
    const now = isOutdated(outcome) ? yield* judged(store, sweep, plan, kept, find) : undefined
    if (now) batch.push({ unit, outcome: now })
    if (batch.length >= BATCH) flush()
    if (now || judgedAgain) again.add(unit)
    played.push(now ? { ...kept, outcome: now } : kept)
  }
  flush()
  const { counted } = countedOf(plan, played)
  return { sweep, plan, played: counted, verifiedAgain: counted.filter(({ unit }) => again.has(unit)).length }
}

function* judged(store: SweepStore, { id }: StoredSweep, plan: Plan, played: Played, find: RowFinder): Generator<unknown, Played['outcome'] | undefined> {
  const journal = store.journal(id, played.unit)
  if (journal === undefined) return undefined
  const { scenario, seed, task } = plan.rows[played.row]!
  yield
  try {
    return judgeAgain(yield* find(scenario, seed, task), plan, played, JSON.parse(journal) as JournalEntry[], played.outcome)
  } catch (error) {
    // A scenario that is not here any more leaves the outcome as it is, and the report says so.
    if (error instanceof GymError) return undefined
    throw error
  }
}

/** The report on a sweep, with its chosen episodes played again. */
export function* reportSweep(store: SweepStore, { sweep, plan, played, verifiedAgain }: SweepReading, find: RowFinder): Generator<unknown, SweepReport> {
  const timelines: NonNullable<SweepReport['timelines']> = []
  for (const episode of chooseEpisodes(plan, played)) {
    const journal = store.journal(sweep.id, episode.unit)
    const { scenario, seed, task } = plan.rows[episode.row]!
    if (journal === undefined) continue
    try {
      timelines.push(lineOf(plan, episode, playAgain(yield* find(scenario, seed, task), plan, episode, JSON.parse(journal) as JournalEntry[])))
    } catch (error) {
      if (!(error instanceof GymError)) throw error
    }
    yield
  }
  return reportOn(plan, played, { state: sweep.state, verifiedAgain, timelines })
}
