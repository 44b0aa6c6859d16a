/** `fractal-gym new`: a commented starter spec to change. */
import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { DocumentName } from '../../../protocol/spec/notation.ts'
import { UsageError } from '../failure.ts'
import { packageRoot } from '../package-root.ts'
import { note } from '../print.ts'
import { writeNew } from '../write-new.ts'

/** The starter under a name, with a first line that tells editors where its schema is. */
function starter(name: string, file: string): string {
  const root = packageRoot()
  const schema = relative(dirname(resolve(file)), join(root, 'protocol/schemas/Spec.json'))
  const text = readFileSync(join(root, 'src/cli/starter.yaml'), 'utf8')
  return `# yaml-language-server: $schema=${schema}\n${text.replaceAll('NAME', name)}`
}

export function newVerb(): Command {
  return new Command('new')
    .description('Write a commented starter spec: a world, its tools, and tasks that are admitted as they stand.')
    .argument('<name>', 'name of the scenario: lower case letters, digits, - _ .')
    .option('-o, --output <file>', 'where to write it (default: NAME.yaml)')
    .option('--force', 'overwrite a file that exists')
    .addHelpText('after', '\nExample:\n  $ fractal-gym new library && fractal-gym validate library.yaml')
    .action((name: string, { output, force }: { output?: string; force?: boolean }) => {
      const read = DocumentName.safeParse(name)
      if (!read.success) throw new UsageError(`'${name}' is no name of a scenario: ${read.error.issues[0]!.message}`)
      const file = output ?? `${name}.yaml`
      writeNew(file, starter(name, file), force ?? false)
      note(`${file} is written. Check it with: fractal-gym validate ${file}`)
    })
}
