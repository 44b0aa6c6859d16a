/** `fractal-gym tools`: servers of others and their tools. */
import { Command } from 'commander'
import { toolsExploreVerb } from './tools-explore.ts'
import { toolsImportVerb } from './tools-import.ts'

export function toolsVerb(): Command {
  const tools = new Command('tools').description('Servers of the Model Context Protocol: import their tools as worlds, record them.')
  for (const verb of [toolsImportVerb(), toolsExploreVerb()]) tools.addCommand(verb)
  return tools
}
