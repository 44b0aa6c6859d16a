/** Rules under attack: some change of some witness should break each of them, and must then be worth nothing. */
import type { AdmissionCheck } from '../../protocol/report.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { brokenIds, RULES } from '../verify/kinds/rules.ts'
import { movesOf, type Mutation } from './mutation.ts'
import { Tally } from './tally.ts'
import type { WitnessRun } from './witness-run.ts'

/** Each step left out, each write made first, nothing of substance said. */
export function ruleProbes(run: WitnessRun): Mutation[] {
  const { steps } = run.end.task.template.witness
  const all = movesOf(run)
  const talks = steps.some((step) => step.kind === 'say')
  const others = (i: number) => all.filter((_, j) => j !== i)
  const writes = steps.flatMap((step, i) => (i > 0 && step.kind === 'call' && step.write ? [i] : []))
  return [
    ...steps.map((_, i): Mutation => ({ name: `without step ${i + 1}`, moves: others(i), must: 'reported' })),
    ...writes.map((i): Mutation => ({ name: `step ${i + 1} first`, moves: [{ step: i }, ...others(i)], must: 'reported' })),
    ...(talks ? [{ name: 'without saying it', moves: all, must: 'reported', muted: true } as const] : []),
  ]
}

/** Collects which rules were broken by a changed witness. */
export class RuleCoverage {
  readonly #ids: readonly string[]
  readonly #tally = new Tally('rules', 'no witness breaks a rule, and what breaks one earns nothing')
  readonly #broken = new Set<string>()

  /** @param ids of the rules that a machine checks */
  constructor(ids: CompiledScenario['ruleIds']) {
    this.#ids = ids
  }

  /** Notes a witness as it is: it may break nothing, not even in a call that failed. */
  addWitness(episode: Episode): void {
    const { task, seed } = episode.identity
    const broken = brokenIn(episode, false)
    this.#tally.add(broken.length === 0, () => ({ task, seed, policy: 'oracle', found: `the witness breaks ${broken.join(', ')}`, episode }))
  }

  /** Notes a changed witness and what it earned. */
  addProbe(episode: Episode, name: string, reward: number | null): void {
    const { task, seed } = episode.identity
    const broken = brokenIn(episode, true)
    for (const id of broken) this.#broken.add(id)
    if (broken.length) this.#tally.add(reward === 0 || reward === null, () => ({ task, seed, policy: name, found: `earns ${reward} and breaks ${broken.join(', ')}`, episode }))
  }

  /** A rule that nothing broke is named, not refused: no witness may come near it. */
  check(skipped: string | undefined): AdmissionCheck {
    const check = this.#tally.check(skipped)
    const untested = this.#ids.filter((id) => !this.#broken.has(id))
    return untested.length && check.ok ? { ...check, detail: `${check.detail}; no change of a witness breaks ${untested.join(', ')}` } : check
  }
}

/** What calls broke when they began, and what the verdict says that was broken over the whole log. */
function brokenIn(episode: Episode, succeeded: boolean): string[] {
  const calls = episode.events().flatMap((event) => (event.type === 'call' && (event.committed || !succeeded) ? event.broke ?? [] : []))
  const whole = episode.last.info.verdict?.components.find(({ id }) => id === RULES)
  return [...new Set([...calls, ...brokenIds(whole?.evidence)])]
}
