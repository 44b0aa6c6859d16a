/** Names that no world may give to a tool: agents, clients and the wire have them for themselves. */
export const RESERVED_TOOLS: ReadonlySet<string> = new Set(['finish', 'report_unable', 'wait', 'reset', 'step', 'state', 'close'])
