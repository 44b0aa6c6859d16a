/** Blueprints written out and compiled, for tests of the generator. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import { Framework } from '../../protocol/spec/framework.ts'
import { stringify } from 'yaml'
import { compileSpecification } from '../../src/compile/specification.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { type LayTeam, writeDocuments } from '../../src/generate/write-documents.ts'
import { shippedFiles } from '../checkout.ts'

const profiles = shippedFiles().filter(({ file }) => file.includes('dynamics/'))

/** One agent with all tools. */
export const alone: LayTeam = ({ name }) => Framework.parse({ kind: 'Framework', name, root: 'assistant', agents: { assistant: { prompt: 'You carry out requests with the tools, and then call finish. What cannot or must not be done you decline with report_unable.', tools: ['*'] } } })

/** A blueprint as its documents, and these through the compiler; throws what it complains about. */
export function written(blueprint: Blueprint, draw: number, layTeam: LayTeam = alone) {
  const documents = writeDocuments(blueprint, keyOf(['test', draw]), layTeam)
  const text = [documents.world, documents.framework, documents.scenario].map((document) => stringify(document)).join('---\n')
  const compiled = compileSpecification({ files: [{ file: 'generated.yaml', text }], around: profiles })
  if ('complaints' in compiled) throw new Error(compiled.complaints.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return { documents, text, scenario: compiled.scenario, spec: compiled.spec }
}
