/** Theme packs together: found by name and by split, once nothing is wrong with any of them. */
import type { Theme } from '../../protocol/spec/theme.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import { checkTheme } from './check-theme.ts'

type Split = Theme['split']

/** Packs in the order of their names, so that it does not matter who read them. */
export type ThemeLibrary = {
  readonly themes: readonly Theme[]
  readonly byName: ReadonlyMap<string, Theme>
  readonly bySplit: Readonly<Record<Split, readonly Theme[]>>
}

/** What is wrong with packs, each and together; empty where nothing is. */
export function checkThemes(packs: readonly Theme[]): string[] {
  const names = packs.map(({ theme }) => theme)
  return [
    ...names.filter((name, i) => names.indexOf(name) < i).map((name) => `${name}: expected a name that no other pack has`),
    ...packs.flatMap((pack) => checkTheme(pack).map((complaint) => `${pack.theme}: ${complaint}`)),
  ]
}

/**
 * Packs as the grammar uses them.
 * @throws GymError GYM_INVALID_PARAMS with everything that is wrong with them
 */
export function makeThemeLibrary(packs: readonly Theme[]): ThemeLibrary {
  const complaints = checkThemes(packs)
  if (complaints.length > 0) throw new GymError('GYM_INVALID_PARAMS', complaints.join('\n'), { path: 'themes' })
  const themes = packs.toSorted((a, b) => (a.theme < b.theme ? -1 : 1))
  const of = (split: Split) => themes.filter((each) => each.split === split)
  return { themes, byName: new Map(themes.map((each) => [each.theme, each])), bySplit: { train: of('train'), validation: of('validation'), test: of('test') } }
}

/**
 * The pack of a name.
 * @throws GymError GYM_INVALID_PARAMS for a name that no pack has
 */
export function themeOf({ byName }: ThemeLibrary, name: string): Theme {
  const found = byName.get(name)
  if (found) return found
  const close = nearest(name, byName.keys())
  throw new GymError('GYM_INVALID_PARAMS', `expected a theme, found "${name.slice(0, 60)}"${close === undefined ? '' : `; did you mean "${close}"?`}`, { path: 'theme', nearest: close ?? [...byName.keys()].slice(0, 30).join(', ') })
}
