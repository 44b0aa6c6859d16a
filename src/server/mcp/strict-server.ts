/** A server of the SDK that says which parameter was wrong, and gives tools their arguments as they were sent. */
import { type JSONRPCRequest, ProtocolError, type Result, Server, type ServerContext } from '@modelcontextprotocol/server'
import { GymError } from '../../core/gym-error.ts'
import { mcpError } from './refusals.ts'

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>
type Issue = { readonly path: readonly (string | number)[]; readonly message: string }

/** Issues of a schema, which the SDK throws as the text of an error. */
function issuesIn({ message }: Error): readonly Issue[] | undefined {
  try {
    const issues = JSON.parse(message) as Issue[]
    return Array.isArray(issues) && Array.isArray(issues[0]?.path) ? issues : undefined
  } catch {
    return undefined
  }
}

/** Parameters that do not fit their schema are no fault of the server, as the SDK has it. */
function blamed(error: unknown): unknown {
  const [issue] = error instanceof Error && !(error instanceof ProtocolError) ? issuesIn(error) ?? [] : []
  if (!issue) return error
  const path = issue.path.join('.')
  const { code, message, data } = mcpError(new GymError('GYM_INVALID_PARAMS', `${path}: ${issue.message}`, { path }))
  return new ProtocolError(code, message, data)
}

export class StrictServer extends Server {
  /** Arguments of the calls that are under way. */
  readonly #sent = new WeakMap<ServerContext, unknown>()

  /** The arguments of a call with every name in them: the schemas of the SDK leave `__proto__` out. */
  argumentsOf(context: ServerContext): Record<string, unknown> {
    return (this.#sent.get(context) ?? {}) as Record<string, unknown>
  }

  protected override _wrapHandler(method: string, handler: Handler): Handler {
    return super._wrapHandler(method, async (request, context) => {
      if (method === 'tools/call') this.#sent.set(context, request.params?.arguments)
      try {
        return await handler(request, context)
      } catch (error) {
        throw blamed(error)
      }
    })
  }
}
