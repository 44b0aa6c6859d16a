/** What the address of an MCP endpoint names: an episode, a scenario to open one of, or the lobby. */
import type { Params } from '../../../protocol/methods.ts'
import { METHODS } from '../../../protocol/methods.ts'
import { EpisodeId } from '../../../protocol/scalars.ts'
import { jsonOrText } from '../../core/json-or-text.ts'
import { GymError } from '../../core/gym-error.ts'
import { nearest } from '../../core/nearest.ts'
import { refusalOf } from '../refusal.ts'

export type Target =
  | { readonly kind: 'lobby' }
  | { readonly kind: 'episode'; readonly episode: string }
  | { readonly kind: 'scenario'; readonly reset: Params<'env/reset'> }

/** Parameters of a reset that an address may state, and how their text is read. */
const NUMBERS = ['seed', 'luck', 'intensity'] as const
const KNOWN = ['episode', 'scenario', 'task', 'dynamics', 'learner', 'others', 'time', 'split', ...NUMBERS] as const

/**
 * Reads `/mcp`, `/mcp/{episode}` and their query.
 * @throws GymError GYM_INVALID_PARAMS with the nearest name
 */
export function targetOf(url: URL): Target {
  const query = readQuery(url.searchParams)
  const [, inPath] = /^\/mcp\/([^/]+)$/.exec(url.pathname) ?? []
  const episode = inPath ?? query.get('episode')
  if (episode !== undefined) return { kind: 'episode', episode: readEpisode(episode, query) }
  if (query.size === 0) return { kind: 'lobby' }
  if (!query.has('scenario')) throw new GymError('GYM_INVALID_PARAMS', `${[...query.keys()].join(', ')} without scenario`, { path: 'query.scenario', expected: 'a scenario, an episode, or nothing at all' })
  return { kind: 'scenario', reset: readReset(query) }
}

function readQuery(params: URLSearchParams): Map<string, string> {
  const query = new Map<string, string>()
  for (const [name, value] of params) {
    if (!(KNOWN as readonly string[]).includes(name)) {
      const near = nearest(name, KNOWN)
      throw new GymError('GYM_INVALID_PARAMS', `query.${name} is no known field${near ? `; did you mean ${near}?` : ''}`, { path: `query.${name}`, ...(near && { nearest: near }) })
    }
    if (query.has(name)) throw new GymError('GYM_INVALID_PARAMS', `query.${name} is there twice`, { path: `query.${name}` })
    query.set(name, value)
  }
  return query
}

function readEpisode(episode: string, query: ReadonlyMap<string, string>): string {
  const other = [...query.keys()].find((name) => name !== 'episode')
  if (other !== undefined) throw new GymError('GYM_INVALID_PARAMS', `an episode has its ${other} already`, { path: `query.${other}`, expected: 'an episode alone, or a scenario to open one of' })
  if (!EpisodeId.safeParse(episode).success) throw new GymError('GYM_INVALID_PARAMS', 'the id of an episode is 32 hexadecimal digits', { path: 'episode', expected: '32 hexadecimal digits' })
  return episode
}

/** A number where the text is one; anything else is refused by the schema, which names it. */
function numberOr(text: string | undefined): unknown {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function readReset(query: ReadonlyMap<string, string>): Params<'env/reset'> {
  const { scenario, task, dynamics, learner, others, time, split } = Object.fromEntries(query) as Partial<Record<(typeof KNOWN)[number], string>>
  const [seed, luck, intensity] = NUMBERS.map((name) => numberOr(query.get(name)))
  return readParams({
    scenario, seed,
    ...(task !== undefined && { task }),
    options: {
      ...(luck !== undefined && { luck }),
      ...((dynamics !== undefined || intensity !== undefined) && { dynamics: { ...(dynamics !== undefined && { profile: dynamics }), ...(intensity !== undefined && { intensity }) } }),
      ...(learner !== undefined && { learner: learner.includes(',') ? learner.split(',') : learner }),
      ...(others !== undefined && { others: jsonOrText(others) }),
      ...(time !== undefined && { time: jsonOrText(time) }),
      ...(split !== undefined && { split }),
    },
  })
}

/** @throws GymError GYM_INVALID_PARAMS with the place as the address has it */
function readParams(params: unknown): Params<'env/reset'> {
  const { params: schema } = METHODS['env/reset']
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  const { gymCode, message, data } = refusalOf('GYM_INVALID_PARAMS', 'query', schema, params, parsed.error.issues)
  const inQuery = (text: string): string => text.replace('query.options.dynamics.intensity', 'query.intensity').replace('query.options.dynamics.profile', 'query.dynamics').replace('query.options.', 'query.')
  throw new GymError(gymCode, inQuery(message), { ...data, path: inQuery(String(data.path)) })
}
