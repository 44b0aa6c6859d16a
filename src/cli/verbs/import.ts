/** `fractal-gym import`: a framework of NexAU or NexGAP as a Framework document. */
import { Command } from 'commander'
import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { WorkFailed } from '../failure.ts'
import { type ForeignOptions, loadForeign, noteRemarks, withForeignOptions } from '../foreign-framework.ts'
import { note, print } from '../print.ts'

type Options = ForeignOptions & { out?: string; json?: boolean }

function importFile(file: string, { out, json, ...options }: Options): void {
  const { document, remarks } = loadForeign(file, options)
  const ok = document !== undefined && !remarks.some(({ level }) => level === 'error')
  if (json) print(JSON.stringify({ ok, framework: document ?? null, remarks }))
  else noteRemarks(remarks)
  if (!ok) throw new WorkFailed(`${file}: not imported`)
  const text = stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })
  if (out !== undefined) {
    writeFileSync(out, text)
    note(`written to ${out}`)
  } else if (!json) print(text.trimEnd())
}

export function importVerb(): Command {
  return withForeignOptions(new Command('import')
    .description('Load an agent file of NexAU or a framework_config of NexGAP, with all files that it names, and write it as a Framework document.')
    .argument('<file>', 'YAML or JSON')
    .option('-o, --out <file>', 'write the document there instead of printing it')
    .option('--json', 'print {ok, framework, remarks}'))
    .addHelpText('after', '\nExample:\n  $ fractal-gym import agents/desk.yaml --world retail -o desk.yaml\n  $ fractal-gym import framework_config.yaml --env LLM_MODEL --edges calls')
    .action(importFile)
}
