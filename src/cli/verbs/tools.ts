/** `fractal-gym tools`: servers of others, whose tools agents call. */
import { Command } from 'commander'
import { addToolsCalibrate } from './tools-calibrate.ts'
import { addToolsRecord } from './tools-record.ts'
import { addToolsShow } from './tools-show.ts'

export function toolsVerb(): Command {
  const tools = new Command('tools').description('Tools of other servers: record what they answer, see what a recording holds, fit a dynamics profile to it.')
  addToolsRecord(tools)
  addToolsShow(tools)
  addToolsCalibrate(tools)
  return tools
}
