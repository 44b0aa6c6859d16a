/** Documents that ship with the package, found by kind and name without reading the others. */
import { type Kind, readDocuments, type SpecDocument } from '../spec/read-documents.ts'
import type { SpecFile } from '../compile/catalogue.ts'
import { writeComplaint } from './complaints.ts'
import { embeddedFiles } from './embedded-catalogue.ts'
import { WorkFailed } from './failure.ts'
import { collectedFiles, collectedWorlds } from './tool-collection.ts'

/** Names of the documents of a kind that a text holds. */
function namesIn(text: string, kind: Kind): string[] {
  return text.split(/^---/m).flatMap((document) => (new RegExp(`^kind: *${kind}\\b`, 'm').test(document) ? (/^name: *(\S+)/m.exec(document)?.slice(1) ?? []) : []))
}

const shipped = (): SpecFile[] => [...embeddedFiles('scenarios'), ...embeddedFiles('envs')]

/** Names of all documents of a kind that ship with the package. */
export function embeddedNames(kind: Kind): string[] {
  const collected = kind === 'World' ? collectedWorlds() : []
  return [...new Set([...shipped().flatMap(({ text }) => namesIn(text, kind)), ...collected])].toSorted()
}

/** The document of a kind and name that ships with the package, or undefined. */
export function embeddedDocument(kind: Kind, name: string): SpecDocument | undefined {
  const file = [...shipped(), ...collectedFiles([name])].find(({ text }) => namesIn(text, kind).includes(name))
  return file && documentsOf(file).find((document) => document.kind === kind && document.spec.name === name)
}

/** All documents of a file. @throws WorkFailed with the complaints about it */
export function documentsOf(file: SpecFile): SpecDocument[] {
  const { documents, complaints } = readDocuments(file)
  if (complaints.length) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  return documents
}
