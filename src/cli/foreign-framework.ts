/** A framework file of NexAU or NexGAP that a person named, loaded with the options that they gave. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { EDGE_MEANINGS, type EdgeMeaning } from '../nexau/framework-config.ts'
import { type Loaded, loadFramework } from '../nexau/load-framework.ts'
import type { Remark } from '../nexau/remark.ts'
import { harmless } from '../record/paint.ts'
import { writeComplaint } from './complaints.ts'
import { worldTools } from './find-world.ts'
import { foreignFolder } from './foreign-folder.ts'
import { note } from './print.ts'

/** Options about foreign files. */
export type ForeignOptions = { readonly world?: string; readonly env?: string[]; readonly edges?: EdgeMeaning; readonly root?: string }

function environmentName(name: string, before: string[] = []): string[] {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new InvalidArgumentError('expected the name of a variable of the environment.')
  return [...before, name]
}

/** Gives a verb the options about foreign files. */
export function withForeignOptions(command: Command): Command {
  return command
    .option('--world <ref>', 'bind its tools to those of this world: its name, a scenario, or a spec file')
    .option('--env <name>', 'fill in this variable of the environment (repeatable); no other is read', environmentName)
    .addOption(new Option('--edges <meaning>', "what edges of a NexGAP workflow say: the order of nodes, or who calls whom; auto goes by the graph's form").choices(EDGE_MEANINGS).default('auto'))
    .option('--root <folder>', 'read no files outside this folder (default: the working folder, or that of the file)')
}

/** Loads a foreign file; its remarks name files as they are seen from the working folder. */
export function loadForeign(file: string, { world, env = [], edges, root }: ForeignOptions): Loaded {
  const { files, path, shown } = foreignFolder(file, root)
  const environment = Object.fromEntries(env.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const loaded = loadFramework(path, files, { environment, ...(world !== undefined && { world: worldTools(world) }), ...(edges !== undefined && { edges }) })
  return { ...loaded, remarks: loaded.remarks.map((remark) => ({ ...remark, file: shown(remark.file) })) }
}

/** A remark as compilers write them: place, weight, what it is. */
export function writeRemark({ level, ...complaint }: Remark): string {
  return harmless(writeComplaint({ ...complaint, message: `${level}: ${complaint.message}` }))
}

/** Writes remarks for the person at the terminal, and how many there are. */
export function noteRemarks(remarks: readonly Remark[]): void {
  for (const remark of remarks) note(writeRemark(remark))
  const count = (level: Remark['level'], word: string): string => {
    const found = remarks.filter((remark) => remark.level === level).length
    return `${found} ${word}${found === 1 ? '' : 's'}`
  }
  if (remarks.length) note([count('error', 'error'), count('warning', 'warning'), count('note', 'note')].join(', '))
}
