/** The generator with the theme packs and dynamics profiles that ship with the package. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { Theme } from '../../protocol/spec/theme.ts'
import { readDocuments } from '../spec/read-documents.ts'
import type { Supply } from '../supply/supply.ts'
import { supplyFrom } from '../supply/supply-from.ts'
import { embeddedFiles } from './embedded-catalogue.ts'
import { WorkFailed } from './failure.ts'
import { packageRoot } from './package-root.ts'

let themes: Theme[] | undefined

/** The theme packs, by name. @throws WorkFailed for a pack that does not fit, which only a damaged checkout has */
export function embeddedThemes(): readonly Theme[] {
  if (themes) return themes
  const folder = join(packageRoot(), 'envs/themes')
  themes = globSync('*.yaml', { cwd: folder }).toSorted().map((file) => {
    const read = Theme.safeParse(parse(readFileSync(join(folder, file), 'utf8')))
    if (!read.success) throw new WorkFailed(`envs/themes/${file}: ${read.error.issues[0]!.path.join('.')}: ${read.error.issues[0]!.message}`)
    return read.data
  })
  return themes
}

let profiles: ReadonlyMap<string, Dynamics> | undefined

/** The dynamics profiles, by name. */
export function embeddedProfiles(): ReadonlyMap<string, Dynamics> {
  if (profiles) return profiles
  const documents = embeddedFiles('envs').filter(({ file }) => /dynamics/.test(file)).flatMap((file) => readDocuments(file).documents)
  profiles = new Map(documents.filter(({ kind }) => kind === 'Dynamics').map(({ spec }) => [spec.name, spec as Dynamics]))
  return profiles
}

/** Makes generated scenarios. */
export function embeddedSupply(): Supply {
  return supplyFrom(embeddedThemes(), embeddedProfiles())
}
