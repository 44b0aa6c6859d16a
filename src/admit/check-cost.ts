/** What the checks of tasks cost over the ends of their witnesses, and whether that is affordable. */
import type { CheckCost } from '../../protocol/report.ts'
import { CHECK_UNITS, SCORE_UNITS } from '../verify/check-context.ts'
import { PROGRESS } from '../verify/check-cost.ts'
import type { CompiledTask, EpisodeView } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Tally } from './tally.ts'

/** What a check may cost at the end of a witness: an agent may leave more rows behind than that, and a check must not fail for it. */
export const CHECK_BUDGET = CHECK_UNITS / 4
/** The same of all checks of a task together. */
const TASK_BUDGET = SCORE_UNITS / 4
/** Rows of the largest table that a check may go through. */
export const MOST_SCANNED = 20_000
/** Rows of a table that is worth a remark when a check goes through it. */
const WORTH_SAYING = 1000
const MOST_SAID = 3

type Sum = { readonly kind: string; readonly scans: readonly string[]; units: number; most: number; times: number }

export class CheckCosts {
  readonly #tasks = new Map<string, Map<string, Sum>>()
  readonly #rows: ReadonlyMap<string, number>

  constructor({ tables }: Pick<CompiledWorld, 'tables'>) {
    this.#rows = new Map(tables.map(({ name, slots }) => [name, slots]))
  }

  /** Looks at an episode that its witness has ended. */
  add(task: CompiledTask, view: EpisodeView): void {
    const sums = this.#tasks.get(task.name) ?? new Map<string, Sum>()
    this.#tasks.set(task.name, sums)
    for (const { check, kind, units, scans } of task.costs(view)) {
      // A check may be called what the look of shaping is called.
      const name = `${check} ${kind}`
      const sum = sums.get(name) ?? { kind, scans, units: 0, most: 0, times: 0 }
      sums.set(name, sum)
      sum.units += units
      sum.most = Math.max(sum.most, units)
      sum.times += 1
    }
  }

  /** The dearest first. */
  list(): CheckCost[] {
    const all = [...this.#tasks].flatMap(([task, sums]) => [...sums].map(([name, { kind, scans, units, most, times }]): CheckCost => (
      { task, check: name.slice(0, -kind.length - 1), kind, units: Math.round(units / times), most, scans: [...scans] })))
    return all.sort((a, b) => b.units - a.units || (`${a.task} ${a.check}` < `${b.task} ${b.check}` ? -1 : 1))
  }

  /** Counts each check as affordable or not, and names those that go through many rows. */
  judge(tally: Tally): void {
    // A look of shaping runs the same checks: they are counted by themselves.
    const costs = this.list().filter(({ kind }) => kind !== PROGRESS.kind)
    for (const { task, check, most, scans } of costs) {
      const vast = scans.find((table) => this.#rows.get(table)! > MOST_SCANNED)
      tally.add(vast === undefined, () => ({ task, found: `${check} goes through all ${this.#rows.get(vast!)} rows of ${vast}; more than ${MOST_SCANNED} need a key, or a condition such as x.column == value` }))
      tally.add(most <= CHECK_BUDGET, () => ({ task, found: `${check} costs ${most} units after the witness, more than ${CHECK_BUDGET}` }))
    }
    for (const task of this.#tasks.keys()) {
      const together = costs.filter((cost) => cost.task === task).reduce((sum, { most }) => sum + most, 0)
      tally.add(together <= TASK_BUDGET, () => ({ task, found: `its checks cost ${together} units together, more than ${TASK_BUDGET}` }))
    }
    const remarks = this.#remarks(costs)
    if (remarks.length) tally.remark(`rows are gone through one by one: ${remarks.slice(0, MOST_SAID).join(', ')}${remarks.length > MOST_SAID ? ` and ${remarks.length - MOST_SAID} more` : ''}`)
  }

  #remarks(costs: readonly CheckCost[]): string[] {
    const found = costs.flatMap(({ task, check, scans }) => scans.map((table) => ({ text: `${task}.${check} (${table}, ${this.#rows.get(table)} rows)`, rows: this.#rows.get(table)! })))
    return found.filter(({ rows }) => rows >= WORTH_SAYING).sort((a, b) => b.rows - a.rows).map(({ text }) => text)
  }
}
