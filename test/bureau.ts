/** The bureau of test/fixtures: a clerk who writes notes and letters, and a user to talk to. */
import { readFileSync } from 'node:fs'
import type { Action } from '../protocol/action.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { type Complaint, compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { ROOT } from './checkout.ts'

/** Compiles the bureau with pieces of its text replaced. @throws Error when a piece does not occur */
export function compileBureau(...edits: readonly (readonly [from: string, to: string])[]): { scenario: CompiledScenario | undefined; complaints: Complaint[] } {
  const file = 'test/fixtures/bureau.yaml'
  let text = readFileSync(ROOT + file, 'utf8')
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`the fixture has no '${from}'`)
    text = text.replace(from, to)
  }
  const { catalogue, complaints } = compileCatalogue([{ file, text }])
  return { scenario: catalogue.find('bureau'), complaints }
}

/** @throws Error with the complaints */
export function bureauWith(...edits: readonly (readonly [from: string, to: string])[]): CompiledScenario {
  const { scenario, complaints } = compileBureau(...edits)
  if (!scenario) throw new Error(complaints.map((c) => `${c.line}: ${c.message}`).join('\n'))
  return scenario
}

export const bureau = bureauWith()

export const say = (content: string): Action => ({ content })
export const calls = (...all: [name: string, args?: unknown][]): Action => ({ tool_calls: all.map(([name, args = {}]) => ({ name, arguments: args })) })
export const call = (name: string, args: unknown = {}): Action => calls([name, args])
export const finish = (answer?: unknown): Action => call('finish', answer === undefined ? {} : { answer })
export const decline = (reason: string): Action => call('report_unable', { reason })

export type Client = { readonly id: string; readonly name: string; readonly town: string; readonly phone: string; readonly balance: number; readonly house: number }

/** The client of a task. */
export function clientOf(episode: Episode): Client {
  return (episode.inspect().gold as { slots: { client: Client } }).slots.client
}

/** Starts an episode under the calm profile, or with more entries of dynamics. */
export function begin(task: string, { scenario = bureau, seed = 7, add = [] }: { scenario?: CompiledScenario; seed?: number; add?: readonly object[] } = {}): Episode {
  return Episode.start(scenario, { seed, task, options: { dynamics: { profile: 'clean', add: add as never } } })
}

/** Plays actions, and ends the episode if they do not. @throws Error when it cannot be ended */
export function play(episode: Episode, ...actions: readonly Action[]): Verdict {
  for (const action of actions) if (!episode.ended) episode.step(action)
  if (!episode.ended) episode.step(finish())
  const { verdict } = episode.last.info
  if (!verdict) throw new Error('the episode did not end')
  return verdict
}

/** What one check found: whether it held, and the issues that it raised. */
export function found({ components, issues }: Verdict, id: string): { score: number | undefined; issues: string[] } {
  return { score: components.find((component) => component.id === id)?.score, issues: issues.filter((issue) => issue.verdict !== 'note' && issue.id.split('.')[0] === id).map(({ category }) => category) }
}
