/** The HTTP routes, as data: which method each of them calls, and how errors are spelt in status codes. */
import type { GymCode } from './errors.ts'
import type { MethodName } from './methods.ts'

/** The status that an error has over HTTP. */
export const HTTP_STATUS = {
  GYM_PARSE: 400, GYM_INVALID_REQUEST: 400, GYM_UNKNOWN_METHOD: 404, GYM_INVALID_PARAMS: 400, GYM_INTERNAL: 500,
  GYM_UNKNOWN_SCENARIO: 404, GYM_UNKNOWN_TASK: 404, GYM_UNKNOWN_EPISODE: 404, GYM_EPISODE_ENDED: 409, GYM_SEQ_CONFLICT: 409,
  GYM_SEQ_GAP: 409, GYM_NO_TASK: 422, GYM_SPLIT_MISMATCH: 422, GYM_CAPACITY: 503, GYM_FORBIDDEN: 403,
  GYM_SNAPSHOT_INVALID: 422, GYM_LIMIT: 413, GYM_BUSY: 429, GYM_REQUEST_KEY_CONFLICT: 409, GYM_UNKNOWN_DYNAMICS: 404,
  GYM_UNKNOWN_FRAME: 409, GYM_SHUTTING_DOWN: 503, GYM_SPEC: 422, GYM_STORE: 503, GYM_NOT_ADMITTED: 422, GYM_NAME_TAKEN: 409, GYM_ENDPOINT: 502,
  GYM_EPISODE_LOST: 410, GYM_UNKNOWN_SWEEP: 404,
} as const satisfies Record<GymCode, number>

/** How a specification may be posted. */
export const SPEC_MEDIA_TYPES = ['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml', 'application/json'] as const

/** A route that is another way to call a method. */
export type MethodRoute = {
  readonly verb: 'GET' | 'POST'
  /** Parts in braces are parameters of the method. */
  readonly path: string
  readonly calls: MethodName
  readonly about: string
  /** Parameters of the method that the query string may give. */
  readonly query?: readonly string[]
  /** What the body is: a specification of a scenario, or of a sweep. */
  readonly posts?: 'scenario' | 'sweep'
  /** The answer may be a text of its own media type. */
  readonly gives?: readonly string[]
  readonly status: 200 | 201
}

/** A route of its own. */
export type PlainRoute = { readonly path: string; readonly about: string; readonly media: string; readonly open?: true }

export const METHOD_ROUTES = [
  { verb: 'GET', path: '/v1/scenarios', calls: 'scenario/list', about: 'Lists scenarios, a page at a time.', query: ['query', 'tags', 'prefix', 'origin', 'min_tasks', 'max_tasks', 'cursor', 'limit'], status: 200 },
  { verb: 'POST', path: '/v1/scenarios', calls: 'scenario/register', about: 'Registers the specification in the body, or with `?validate=true` only tries it (then the status is 200).', posts: 'scenario', status: 201 },
  { verb: 'GET', path: '/v1/scenarios/{scenario}', calls: 'scenario/get', about: 'The public part of one scenario, by `name` or `name@digest`.', status: 200 },
  { verb: 'GET', path: '/v1/episodes/{episode}/trajectory', calls: 'trajectory/get', about: 'The event log of an episode; private fields only for the admin token.', status: 200 },
  { verb: 'GET', path: '/v1/episodes/{episode}/report', calls: 'report/get', about: 'The quality report of an episode: verdict and issues.', status: 200 },
  { verb: 'GET', path: '/v1/sweeps', calls: 'sweep/list', about: 'Lists sweeps, the newest first.', query: ['state', 'cursor', 'limit'], status: 200 },
  { verb: 'POST', path: '/v1/sweeps', calls: 'sweep/create', about: 'Begins the sweep whose specification is in the body.', posts: 'sweep', status: 201 },
  { verb: 'GET', path: '/v1/sweeps/{sweep}', calls: 'sweep/get', about: 'How a sweep stands, and its specification.', status: 200 },
  { verb: 'POST', path: '/v1/sweeps/{sweep}/cancel', calls: 'sweep/cancel', about: 'Ends a sweep; what was played stays.', status: 200 },
  { verb: 'GET', path: '/v1/sweeps/{sweep}/report', calls: 'sweep/report', about: 'What a sweep found out so far: as JSON, as a page (`format=html`), or every episode as a line (`format=csv`).', query: ['format'], gives: ['text/html', 'text/csv'], status: 200 },
] as const satisfies readonly MethodRoute[]

export const PLAIN_ROUTES = [
  { path: '/healthz', about: 'Whether the process runs; needs no token.', media: 'application/json', open: true },
  { path: '/readyz', about: 'Whether it takes new work (503 when it does not); needs no token.', media: 'application/json', open: true },
  { path: '/metrics', about: 'Counters in the text form of Prometheus.', media: 'text/plain' },
  { path: '/openapi.json', about: 'This document.', media: 'application/json' },
  { path: '/docs', about: 'This document as a page.', media: 'text/html' },
] as const satisfies readonly PlainRoute[]
