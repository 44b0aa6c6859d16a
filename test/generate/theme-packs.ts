/** Three small packs, one of each split. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Theme } from '../../protocol/spec/theme.ts'

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'themes')

export const PACKS: readonly Theme[] = ['bakery', 'ferry', 'theatre'].map((name) => Theme.parse(parse(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'))))
