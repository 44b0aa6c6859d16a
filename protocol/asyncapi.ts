/** The native dialect as an AsyncAPI 3 document: one WebSocket channel, a request and a reply for each method. */
import type { z } from 'zod'
import { ErrorObject } from './errors.ts'
import { Components } from './hoist.ts'
import { RequestId, SUBPROTOCOLS } from './json-rpc.ts'
import { METHODS } from './methods.ts'

type Json = Record<string, unknown>
type Method = { params: z.ZodType; result: z.ZodType; about: string; privileged?: boolean }

/** `scenario/list` -> `scenarioList`. */
function camel(method: string): string {
  return method.replace(/\/(.)/g, (_, letter: string) => letter.toUpperCase())
}

function requestPayload(method: string, { params }: Method, id: Json, components: Components): Json {
  const fields = components.add(params, 'input')
  const wanted = Array.isArray(fields.required) && fields.required.length > 0
  return { type: 'object', additionalProperties: false, required: ['jsonrpc', 'id', 'method', ...(wanted ? ['params'] : [])], properties: { jsonrpc: { const: '2.0' }, id, method: { const: method }, params: fields } }
}

function replyPayload({ result }: Method, id: Json, components: Components): Json {
  return { type: 'object', additionalProperties: false, required: ['jsonrpc', 'id', 'result'], properties: { jsonrpc: { const: '2.0' }, id, result: components.add(result, 'output') } }
}

/** The document for a version of the package. */
export function asyncApiDocument(version: string): Json {
  const components = new Components('draft-7')
  const id = components.add(RequestId, 'input')
  const messages: Record<string, Json> = {
    error: {
      summary: 'What is answered instead of a result; errors.md lists the codes.',
      payload: { type: 'object', required: ['jsonrpc', 'id', 'error'], properties: { jsonrpc: { const: '2.0' }, id: { anyOf: [id, { type: 'null' }] }, error: components.add(ErrorObject, 'output') } },
    },
  }
  const operations: Record<string, Json> = {}
  const at = (name: string): Json => ({ $ref: `#/channels/native/messages/${name}` })
  for (const [method, entry] of Object.entries(METHODS as Record<string, Method>)) {
    const name = camel(method)
    const about = `${entry.about}${entry.privileged ? ' Needs the admin token.' : ''}`
    messages[`${name}Request`] = { name: method, summary: about, payload: requestPayload(method, entry, id, components) }
    messages[`${name}Reply`] = { name: `${method} reply`, payload: replyPayload(entry, id, components) }
    operations[name] = { action: 'receive', channel: { $ref: '#/channels/native' }, summary: about, messages: [at(`${name}Request`)], reply: { channel: { $ref: '#/channels/native' }, messages: [at(`${name}Reply`), at('error')] } }
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Fractal Gym, native dialect', version, license: { name: 'Apache-2.0' },
      description: `JSON-RPC 2.0 over a WebSocket. The subprotocol chooses the frames: ${SUBPROTOCOLS.json} (text frames, the default) or ${SUBPROTOCOLS.msgpack} (binary frames, core MessagePack types with string keys). An array of requests is a batch, answered by an array in the same order.`,
    },
    defaultContentType: 'application/json',
    servers: { local: { host: '127.0.0.1:8765', protocol: 'ws', security: [{ $ref: '#/components/securitySchemes/token' }] } },
    channels: { native: { address: '/v1/ws', messages: Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])) } },
    operations,
    components: { schemas: components.schemas, messages, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}
