/** The HTTP routes as an OpenAPI 3.1 document. */
import type { z } from 'zod'
import { ErrorObject, ERRORS, type GymCode } from './errors.ts'
import { Components } from './hoist.ts'
import { HTTP_STATUS, METHOD_ROUTES, type MethodRoute, PLAIN_ROUTES, type PlainRoute, SPEC_MEDIA_TYPES } from './http.ts'
import { METHODS } from './methods.ts'

type Json = Record<string, unknown>

const EXAMPLE = 'kind: Scenario\nname: my-scenario\n'

function shapeOf({ calls }: MethodRoute): Record<string, z.ZodType> {
  return (METHODS[calls].params as z.ZodObject).shape as Record<string, z.ZodType>
}

function parameter(name: string, place: 'path' | 'query', schema: z.ZodType, components: Components): Json {
  const { description, ...json } = components.add(schema, 'input')
  return { name, in: place, required: place === 'path', ...(description !== undefined && { description }), schema: json, ...(json.type === 'array' && { style: 'form', explode: true }) }
}

/** The statuses that every route may answer with, and the codes behind them. */
function errorResponses(): Json {
  const byStatus = Map.groupBy(Object.entries(HTTP_STATUS) as [GymCode, number][], ([, status]) => status)
  const responses = [...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => [String(status), {
    description: codes.map(([code]) => `\`${code}\`: ${ERRORS[code].about}`).join('\n\n'),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } },
  }])
  const body = { $ref: '#/components/schemas/ErrorBody' }
  return {
    ...Object.fromEntries(responses),
    401: { description: '`GYM_FORBIDDEN`: no token, or an unknown one.', content: { 'application/json': { schema: body } } },
    415: { description: '`GYM_INVALID_REQUEST`: a body of another media type.', content: { 'application/json': { schema: body } } },
  }
}

function bodyOf(components: Components, posts: NonNullable<MethodRoute['posts']>): Json {
  if (posts === 'sweep') {
    const spec = components.add(METHODS['sweep/create'].params.shape.spec, 'input')
    return { required: true, description: 'YAML or JSON: the specification of a sweep.', content: Object.fromEntries(SPEC_MEDIA_TYPES.map((media) => [media, media === 'application/json' ? { schema: spec } : { schema: { type: 'string' }, example: 'kind: Sweep\npolicies: [{policy: oracle}]\nscenarios: [retail]\n' }])) }
  }
  const asJson = { description: 'A document in JSON, or the parameters of scenario/register: source, and files beside it.', anyOf: [components.add(METHODS['scenario/register'].params, 'input'), { type: 'object', required: ['kind'] }] }
  return {
    required: true,
    description: 'YAML or JSON: exactly one Scenario document and what it names.',
    content: Object.fromEntries(SPEC_MEDIA_TYPES.map((media) => [media, media === 'application/json' ? { schema: asJson } : { schema: { type: 'string' }, example: EXAMPLE }])),
  }
}

function methodOperation(route: MethodRoute, components: Components, errors: Json): Json {
  const shape = shapeOf(route)
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter(name!, 'path', shape[name!]!, components))
  const inQuery = (route.query ?? []).map((name) => parameter(name, 'query', shape[name]!, components))
  const dryRun = { name: 'validate', in: 'query', required: false, description: 'Only try it, as scenario/validate does.', schema: { type: 'boolean', default: false } }
  const texts = Object.fromEntries((route.gives ?? []).map((media) => [media, { schema: { type: 'string' } }]))
  const result = { description: METHODS[route.calls].about, content: { 'application/json': { schema: components.add(METHODS[route.calls].result, 'output') }, ...texts } }
  const parameters = [...inPath, ...inQuery, ...(route.posts === 'scenario' ? [dryRun] : [])]
  return {
    operationId: `${route.verb.toLowerCase()}_${route.calls.replace('/', '_')}`,
    summary: route.about,
    description: `Calls \`${route.calls}\`.`,
    ...(parameters.length > 0 && { parameters }),
    ...(route.posts && { requestBody: bodyOf(components, route.posts) }),
    responses: { [route.status]: result, ...(route.posts === 'scenario' && { 200: result }), ...errors },
  }
}

function plainOperation({ path, about, media, open }: PlainRoute, errors: Json): Json {
  const failures = Object.fromEntries(Object.entries(errors).filter(([status]) => ['401', '403', '500', '503'].includes(status)))
  return {
    operationId: `get_${path.slice(1).replace(/\W/g, '_')}`,
    summary: about,
    ...(open && { security: [{}] }),
    responses: { 200: { description: about, content: { [media]: { schema: media === 'application/json' ? { type: 'object' } : { type: 'string' } } } }, ...failures },
  }
}

/** The document for a version of the package. */
export function openApiDocument(version: string): Json {
  const components = new Components('draft-2020-12')
  components.schemas.ErrorBody = { type: 'object', required: ['error'], properties: { error: components.add(ErrorObject, 'output') } }
  const errors = errorResponses()
  const paths: Record<string, Json> = {}
  for (const route of METHOD_ROUTES) (paths[route.path] ??= {})[route.verb.toLowerCase()] = methodOperation(route, components, errors)
  for (const route of PLAIN_ROUTES) paths[route.path] = { get: plainOperation(route, errors) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fractal Gym', version,
      description: 'A reinforcement-learning gym server for LLM agents. Episodes are played over the WebSocket at /v1/ws (asyncapi.json); these routes are for people, scripts and probes. Methods and routes share one implementation: parameters, results and errors are the same.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8765' }],
    security: [{ token: [] }, {}],
    paths,
    components: { schemas: components.schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An access token, or the admin token of <data>/admin.token.' } } },
  }
}
