/** Which of many spec files others may lean on, told from their text: what is not named need not be read. */
import type { SpecFile } from './read-documents.ts'

/**
 * Those of some files whose documents the texts may name, those that these name in turn, and all dynamics, which
 * resets may name as well. A scenario is named by `like` alone.
 */
export function namedFiles(files: readonly SpecFile[], texts: readonly string[]): SpecFile[] {
  const taken = new Set<SpecFile>()
  let fresh: readonly string[] = texts
  while (fresh.length) {
    const found = files.filter((file) => !taken.has(file) && file.text.split(/^---/m).some((document) => isNamed(document, fresh)))
    for (const file of found) taken.add(file)
    fresh = found.filter(({ text }) => /^kind: *Scenario/m.test(text)).map(({ text }) => text)
  }
  return files.filter((file) => taken.has(file))
}

function isNamed(document: string, texts: readonly string[]): boolean {
  const kind = /^kind: *(\S+)/m.exec(document)?.[1]
  if (kind === 'Dynamics') return true
  const name = /^name: *(\S+)/m.exec(document)?.[1]
  if (name === undefined) return false
  if (kind !== 'Scenario') return texts.some((text) => text.includes(name))
  const like = new RegExp(`\\blike["']?\\s*:\\s*["']?${name.replace(/[^\w-]/g, '\\$&')}(?![\\w-])`)
  return texts.some((text) => like.test(text))
}
