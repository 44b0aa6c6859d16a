/** `--endpoint NAME=URL,MODEL`: endpoints that may play agents, with their keys from the environment. */
import { type Command, InvalidArgumentError } from 'commander'
import { type Endpoint, ENDPOINT_DEFAULTS } from '../llm/endpoint.ts'
import { endpointPlayers, type Players } from '../server/players.ts'
import { outside } from './outside.ts'

export type EndpointOptions = { readonly endpoint?: ReadonlyMap<string, Endpoint> }

const NAME = /^[a-z][a-z0-9_-]{0,63}$/
const KEY = 'FRACTAL_GYM_ENDPOINT_KEY'

/** Gives a verb the option. */
export function withEndpoints(command: Command): Command {
  return command.option('--endpoint <name=url,model>', `an OpenAI-compatible endpoint (…/v1) that may play agents, by the name that others use; its key comes from ${KEY}_NAME or ${KEY} (repeatable)`, readEndpoint)
}

/** Who may be asked. */
export function playersOf({ endpoint = new Map() }: EndpointOptions): Players {
  return endpointPlayers(endpoint, outside)
}

/** Reads one value of the option, and adds it to those before. @throws InvalidArgumentError */
export function readEndpoint(text: string, before: ReadonlyMap<string, Endpoint> = new Map()): Map<string, Endpoint> {
  const [, name, url, model] = /^([^=]*)=([^,]*),(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('expected NAME=URL,MODEL, for example small=http://127.0.0.1:8000/v1,my-model.')
  if (!NAME.test(name)) throw new InvalidArgumentError(`the name '${name}' needs lower case letters, digits, _ and -, starting with a letter, at most 64 characters.`)
  if (before.has(name)) throw new InvalidArgumentError(`${name} is named twice.`)
  return new Map([...before, [name, endpointOf(name, url!, model!, 'NAME=URL,MODEL')]])
}

/** Reads URL,MODEL: the one model that a verb asks. @throws InvalidArgumentError */
export function readModel(text: string): Endpoint {
  const [, url, model] = /^([^,]*),(.*)$/s.exec(text) ?? []
  if (url === undefined) throw new InvalidArgumentError('expected URL,MODEL, for example http://127.0.0.1:8000/v1,my-model.')
  return endpointOf('llm', url, model!, 'URL,MODEL')
}

function endpointOf(name: string, url: string, model: string, form: string): Endpoint {
  requireAddress(url)
  if (model.trim() === '') throw new InvalidArgumentError(`the model is missing: ${form}.`)
  const key = keyOf(name)
  return { ...ENDPOINT_DEFAULTS, url, model: model.trim(), ...(key && { key }) }
}

function requireAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError(`'${text}' is no address; it looks like http://127.0.0.1:8000/v1.`)
  if (url.search || url.hash) throw new InvalidArgumentError(`'${text}' has to end before any ? or #: the path of the question is put behind it.`)
  // Whoever lists processes sees arguments.
  if (url.username || url.password) throw new InvalidArgumentError(`an address holds no key or password; put the key into ${KEY}.`)
}

function keyOf(name: string): string | undefined {
  return process.env[`${KEY}_${name.toUpperCase().replaceAll('-', '_')}`] || process.env[KEY]
}
