/** Which of many spec files others may lean on, told from their text: what is not named need not be read. */
import type { SpecFile } from './read-documents.ts'

/** Those of some files whose documents the texts may name, and all dynamics, which resets may name as well. */
export function namedFiles(files: readonly SpecFile[], texts: readonly string[]): SpecFile[] {
  return files.filter(({ text }) => /^kind: *Dynamics/m.test(text) || [...text.matchAll(/^name: *(\S+)/gm)].some(([, name]) => texts.some((other) => other.includes(name!))))
}
