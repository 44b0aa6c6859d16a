/** `fractal-gym tools`: servers of others, whose tools agents call. */
import { Command } from 'commander'
import { addToolsRecord } from './tools-record.ts'

export function toolsVerb(): Command {
  const tools = new Command('tools').description('Tools of other servers: record what they answer, see what a recording holds, fit a dynamics profile to it.')
  addToolsRecord(tools)
  return tools
}
