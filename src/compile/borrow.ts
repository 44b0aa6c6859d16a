/** Documents around the files that are compiled: found by what is named, since reading all that ships takes a while. */
import type { Scenario } from '../../protocol/spec/scenario.ts'
import { type Kind, readDocuments, type SpecDocument, type SpecFile } from '../spec/read-documents.ts'

export type DocumentsByKind = { readonly [K in Kind]: Map<string, SpecDocument> }

/** Names that a scenario looks for elsewhere. */
function namesIn({ kind, spec }: SpecDocument): string[] {
  if (kind !== 'Scenario') return []
  const { world, framework, like } = spec as Scenario
  return [world, framework, like].filter((name) => typeof name === 'string')
}

/** Whether a file may hold a document of a name: it need not, as a comment may say so. */
function mayHold({ text }: SpecFile, name: string): boolean {
  return new RegExp(`^['"]?name['"]?: *['"]?${name.replaceAll('.', '\\.')}['"]?\\s*(#|$)`, 'm').test(text)
}

/**
 * Adds the documents around that are not there yet and may be needed: all dynamics, and what is named by the given
 * ones, near and far; everything where something that is named is not found, so that a complaint knows what there is.
 * Scenarios are not played from there, but others may be like them: they go to `kin`.
 */
export function borrow(around: readonly SpecFile[], documents: DocumentsByKind, kin: Map<string, SpecDocument>): SpecDocument[] {
  const added: SpecDocument[] = []
  const unread = new Set(around)
  const read = (file: SpecFile): SpecDocument[] => {
    unread.delete(file)
    return readDocuments(file).documents.filter((document) => {
      const { kind, spec: { name } } = document
      const into = kind === 'Scenario' ? kin : documents[kind]
      if (documents[kind].has(name) || into.has(name)) return false
      into.set(name, document)
      added.push(document)
      return true
    })
  }
  for (const file of around) if (file.text.includes('kind: Dynamics')) read(file)
  const known = (name: string) => documents.World.has(name) || documents.Framework.has(name) || documents.Scenario.has(name) || kin.has(name)
  const wanted = [...documents.Scenario.values()].flatMap(namesIn)
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const one = name
    const looked = new Set([...unread].filter((file) => mayHold(file, one)))
    for (const file of looked) wanted.push(...read(file).flatMap(namesIn))
    if (!known(one)) for (const file of unread) read(file)
  }
  return added
}
