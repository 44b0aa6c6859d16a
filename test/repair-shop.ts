/** The repair shop of test/fixtures: whole, or with tasks, checks and documents of one's own. */
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { parseAllDocuments, stringify } from 'yaml'
import type { Action } from '../protocol/action.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { admitScenario } from '../src/admit/admit.ts'
import { type Complaint, compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { ROOT } from './checkout.ts'

const FILE = 'test/fixtures/repair-shop.yaml'

/** What differs from the fixture. */
export type ShopEdit = {
  /** The only tasks that are kept. */
  readonly only?: readonly string[]
  /** Parts of tasks that replace theirs; `task.variant` names a variant. A part that is undefined goes. */
  readonly tasks?: Readonly<Record<string, object>>
  /** Parts of the scenario that replace its own. */
  readonly scenario?: object
  /** More tools of the world. */
  readonly tools?: object
}

/** Compiles the shop with an edit. */
export function compileShop({ only, tasks = {}, scenario = {}, tools = {} }: ShopEdit = {}): { scenario: CompiledScenario | undefined; complaints: Complaint[] } {
  const [world, framework, dynamics, spec] = parseAllDocuments(readFileSync(ROOT + FILE, 'utf8')).map((document) => document.toJS())
  Object.assign(world.tools, tools)
  Object.assign(spec, scenario)
  for (const [path, parts] of Object.entries(tasks)) {
    const [name, variant] = path.split('.') as [string, string?]
    const task = variant === undefined ? (spec.tasks[name] ??= {}) : spec.tasks[name].variants[variant]
    Object.assign(task, parts)
  }
  if (only) spec.tasks = Object.fromEntries(only.map((name) => [name, spec.tasks[name]]))
  const text = [world, framework, dynamics, spec].map((document) => stringify(document, { aliasDuplicateObjects: false })).join('---\n')
  const { catalogue, complaints } = compileCatalogue([{ file: FILE, text }])
  return { scenario: catalogue.find('repair-shop'), complaints }
}

/** @throws Error with the complaints */
export function repairShop(edit: ShopEdit = {}): CompiledScenario {
  const { scenario, complaints } = compileShop(edit)
  if (!scenario || complaints.length) throw new Error(complaints.map((c) => `${c.line}: ${c.message}`).join('\n'))
  return scenario
}

export const call = (name: string, args: unknown = {}): Action => ({ tool_calls: [{ name, arguments: args }] })
export const say = (content: string): Action => ({ content })
export const finish = (answer?: unknown): Action => call('finish', answer === undefined ? {} : { answer })

/** What came of an episode. */
export type Outcome = {
  /** The sum of the step rewards; null when the environment failed. */
  readonly paid: number | null
  readonly verdict: Verdict
  /** Categories of the issues that lowered the reward. */
  readonly blamed: readonly string[]
  /** Checks that failed. */
  readonly failed: readonly string[]
}

/** Plays actions until the episode ends. @throws Error when it does not */
export function play(episode: Episode, ...actions: readonly Action[]): Outcome {
  let paid: number | null = 0
  for (const action of actions) {
    if (episode.ended) break
    const { reward } = episode.step(action)
    paid = reward === null || paid === null ? null : paid + reward
  }
  const { verdict } = episode.last.info
  if (!verdict) throw new Error('the episode did not end')
  const failed = verdict.components.filter(({ score }) => score < 1).map(({ id }) => id)
  return { paid, verdict, failed, blamed: verdict.issues.filter((issue) => issue.verdict !== 'note').map(({ category }) => category) }
}

/** The shop as it is. */
export const shop = repairShop()

type Options = { readonly scenario?: CompiledScenario; readonly seed?: number; readonly [option: string]: unknown }

/** Starts an episode; what is neither scenario nor seed is an option of the reset. */
export function begin(task: string, { scenario = shop, seed = 5, ...options }: Options = {}): Episode {
  return Episode.start(scenario, { seed, task, options })
}

/** Plays what a function makes of a new episode. */
export function attempt(task: string, acts: (episode: Episode) => readonly Action[], options: Options = {}): Outcome & { readonly episode: Episode } {
  const episode = begin(task, options)
  return { ...play(episode, ...acts(episode)), episode }
}

/** A job of the world before anybody came. */
export type Job = { readonly id: string; readonly owner: string; readonly status: string; readonly missing: boolean; readonly price: number }

export function jobOf(episode: Episode): Job {
  return slotsOf(episode).job as Job
}

export function jobsOf({ scenario, identity }: Episode): Job[] {
  return scenario.baseOf(identity.seed).rows(0).map((row) => ({ id: row.id, owner: row.owner, status: row.status, missing: row.missing, price: Number(row.price) / 100 }) as Job)
}

export const looks = (episode: Episode): Action => call('find_job', { id: jobOf(episode).id })
export const repairs = (episode: Episode): Action => call('repair', { id: jobOf(episode).id })
export const charges = (episode: Episode, amount = jobOf(episode).price): Action => call('charge', { id: jobOf(episode).id, amount })

/** The honest way to do the task `mend`. */
export const mends = (episode: Episode): Action[] => [looks(episode), repairs(episode), charges(episode), finish('C001')]

/** The shop with one task alone and other checks of it, as a careless author would have written them. */
export function careless(task: string, checks: readonly object[], parts: object = {}): CompiledScenario {
  return repairShop({ only: [task], tasks: { [task]: { variants: {}, checks, ...parts } } })
}

/** What admission finds wrong, by the ids of its checks. */
export function refusals(scenario: CompiledScenario): string[] {
  return admitScenario(scenario, { seeds: 3 }).checks.filter(({ ok }) => !ok).map(({ id }) => id)
}

/** Asserts that a cheat is paid nothing, that this check vetoed it, and for what. */
export function refuses(t: Test, { paid, verdict, episode }: ReturnType<typeof attempt>, check: string, category: string, name = 'the cheat'): void {
  t.equal(paid, 0, `${name} is paid nothing`)
  t.notOk(verdict.success)
  const issue = verdict.issues.find(({ id }) => id === check)
  t.match(issue, { category, verdict: 'veto' }, `${name}: ${check}`)
  t.ok(issue?.evidence.every(({ event }) => episode.events()[event]?.index === event), 'its evidence stands in the log')
}

/** Slots of an episode's task. */
export function slotsOf(episode: Episode): Record<string, any> {
  return (episode.inspect().gold as { slots: Record<string, any> }).slots
}

/** What a tool, or the last of several, answered to the step before. */
export function told(episode: Episode): string {
  return episode.observation.messages.findLast(({ role }) => role === 'tool')?.content ?? ''
}
