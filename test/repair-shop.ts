/** The repair shop of test/fixtures: whole, or with tasks, checks and documents of one's own. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments, stringify } from 'yaml'
import type { Action } from '../protocol/action.ts'
import type { Verdict } from '../protocol/verdict.ts'
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

/** Slots of an episode's task. */
export function slotsOf(episode: Episode): Record<string, any> {
  return (episode.inspect().gold as { slots: Record<string, any> }).slots
}

/** What a tool, or the last of several, answered to the step before. */
export function told(episode: Episode): string {
  return episode.observation.messages.findLast(({ role }) => role === 'tool')?.content ?? ''
}
