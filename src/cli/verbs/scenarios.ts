/** `fractal-gym scenarios`: what there is to play. */
import { Command } from 'commander'
import { embeddedCatalogue } from '../embedded-catalogue.ts'
import { print, table } from '../print.ts'

export function scenariosVerb(): Command {
  return new Command('scenarios')
    .description('List the scenarios of the catalogue.')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExample:\n  $ fractal-gym scenarios --json')
    .action(({ json }: { json?: boolean }) => {
      const summaries = embeddedCatalogue().list().map(({ summary }) => summary)
      if (json) {
        print(JSON.stringify(summaries, null, 2))
        return
      }
      print(table([
        ['NAME', 'DIGEST', 'TASKS', 'TOOLS', 'TITLE'],
        ...summaries.map(({ name, digest, tasks, tools, title }) => [name, digest.slice(0, 8), String(tasks), String(tools), title]),
      ]))
    })
}
