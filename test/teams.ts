/** The teams of test/fixtures/teams.yaml, teams of one's own over the same tasks, and short ways to play them. */
import { readFileSync } from 'node:fs'
import type { Action } from '../protocol/action.ts'
import type { Event } from '../protocol/event.ts'
import { compileCatalogue, type SpecFile } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode, type EpisodeRequest } from '../src/episode/episode.ts'
import { ROOT, shippedFiles } from './checkout.ts'

const file = 'test/fixtures/teams.yaml'
const around = shippedFiles()
const text = readFileSync(ROOT + file, 'utf8')

function compile(own: SpecFile, more: readonly SpecFile[]): (name: string) => CompiledScenario {
  const { catalogue, complaints } = compileCatalogue([own], {}, [...more, ...around])
  if (complaints.length) throw new Error(complaints.map((c) => `${c.line}:${c.column} ${c.message}`).join('\n'))
  return (name) => catalogue.find(name)!
}

/** A team of the fixture. */
export const team = compile({ file, text }, [])

/** A team of one's own over the tasks of `like`; the first agent is its root. */
export function teamOf(agents: Record<string, object>, more: { like?: string; budgets?: object; global_storage?: object } & Record<string, unknown> = {}): CompiledScenario {
  const { like = 'flat', budgets = { turns: 1000, calls: 2000 }, global_storage = {}, ...rest } = more
  const framework = { kind: 'Framework', name: 'own', root: Object.keys(agents)[0], agents, global_storage }
  const own = { kind: 'Scenario', name: 'own', title: 'Own', description: 'For tests.', world: 'depot', framework, budgets, like, ...rest }
  return compile({ file: 'own.yaml', text: JSON.stringify(own) }, [{ file, text }])('own')
}

/** Starts an episode in which the trainer plays all agents. */
export function start(scenario: CompiledScenario, options: EpisodeRequest['options'] = {}, seed = 7): Episode {
  return Episode.start(scenario, { seed, options: { dynamics: 'clean', learner: 'all', ...options } })
}

export const say = (content: string): Action => ({ content })
export const calls = (...all: [name: string, args?: unknown][]): Action => ({ tool_calls: all.map(([name, args = {}]) => ({ name, arguments: args })) })
export const call = (name: string, args: unknown = {}): Action => calls([name, args])
export const wait = (ms: number): Action => call('wait', { ms })

/** Takes turns; each names the frame that has to be due. @throws Error when it is another one's turn */
export function turns(episode: Episode, ...all: [path: string, action: Action][]): void {
  for (const [path, action] of all) {
    if (episode.ended) throw new Error(`the episode has ended with ${episode.last.info.stop_reason} before ${path}`)
    if (episode.due.path !== path) throw new Error(`it is the turn of ${episode.due.path}, not of ${path}`)
    episode.step(action)
  }
}

export function eventsOf<T extends Event['type']>(episode: Episode, type: T): Extract<Event, { type: T }>[] {
  return episode.events().filter((event): event is Extract<Event, { type: T }> => event.type === type)
}

/** What the latest tool messages of the frame in charge say. */
export function told(episode: Episode): string[] {
  return episode.observation.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
}

/** The parcel that the task is about. */
export function parcelOf(episode: Episode): { readonly id: string; readonly town: string; readonly grams: number } {
  return (episode.inspect().gold as { slots: { parcel: { id: string; town: string; grams: number } } }).slots.parcel
}

/** How an episode ended. */
export const stopOf = (episode: Episode): string | undefined => episode.last.info.stop_reason
