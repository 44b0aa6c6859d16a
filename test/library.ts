/** The small library scenario, with parts of its text replaced. */
import { readFileSync } from 'node:fs'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import type { Episode } from '../src/episode/episode.ts'
import { type Model, modelOf } from '../src/search/model.ts'
import { ROOT } from './checkout.ts'

/** Compiles the library; each change replaces one text by another. */
export function libraryScenario(...changes: readonly (readonly [string, string])[]): CompiledScenario {
  let text = readFileSync(`${ROOT}test/fixtures/library.yaml`, 'utf8')
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the library has no '${from}'`)
    text = text.replaceAll(from, to)
  }
  const { catalogue, complaints } = compileCatalogue([{ file: 'library.yaml', text }])
  if (complaints.length) throw new Error(complaints.map((c) => `${c.file}:${c.line} ${c.message}`).join('\n'))
  return catalogue.find('library')!
}

/** The task of an episode as something to be planned. */
export function modelFor(episode: Episode): Model {
  return modelOf(episode.view)!
}
