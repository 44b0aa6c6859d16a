/** What an MCP server offers, whatever revision and transport it is reached by. */
import type { CallToolResult, CompleteRequestParams, GetPromptResult, Prompt, ReadResourceResult, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/server'

/** One call on its way. */
export type CallContext = {
  /** Aborted when the caller cancelled it or went away. */
  readonly signal: AbortSignal
  /** The number that makes a call idempotent. */
  readonly seq: number | undefined
  /** Tells the caller how far it is; undefined where nobody wants to know. Never throws, as `log` does not: who went away is not told. */
  readonly progress: ((ms: number, total: number, message: string) => Promise<void>) | undefined
  /** Tells a caller that wants debug messages what happens. */
  log(text: string): Promise<void>
  /** Where the server is reached, for addresses in answers. */
  readonly origin: string | undefined
}

/** All functions throw GymError, or ProtocolError for what only MCP knows. */
export type Surface = {
  readonly title: string
  instructions(): Promise<string>
  tools(): Promise<Tool[]>
  call(name: string, args: Record<string, unknown>, context: CallContext): Promise<CallToolResult>
  prompts(): Promise<Prompt[]>
  prompt(name: string): Promise<GetPromptResult>
  resources(): Promise<Resource[]>
  templates(): Promise<ResourceTemplateType[]>
  read(uri: string): Promise<ReadResourceResult>
  complete(params: CompleteRequestParams): Promise<string[]>
}
