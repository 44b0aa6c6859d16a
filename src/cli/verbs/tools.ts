/** `fractal-gym tools`: servers of others, whose tools agents call. */
import { Command } from 'commander'
import { addToolsCalibrate } from './tools-calibrate.ts'
import { toolsExploreVerb } from './tools-explore.ts'
import { toolsImportVerb } from './tools-import.ts'
import { addToolsRecord } from './tools-record.ts'
import { addToolsShow } from './tools-show.ts'

export function toolsVerb(): Command {
  const tools = new Command('tools').description('Servers of the Model Context Protocol: import their tools as worlds, record what they answer, see what a recording holds, fit a dynamics profile to it.')
  for (const verb of [toolsImportVerb(), toolsExploreVerb()]) tools.addCommand(verb)
  addToolsRecord(tools)
  addToolsShow(tools)
  addToolsCalibrate(tools)
  return tools
}
