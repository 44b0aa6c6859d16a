/** Which split a world belongs to: by its theme, and by buckets of what is left of it without names. */
import type { Split } from '../../protocol/scalars.ts'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { below, keyOf } from '../core/keyed.ts'
import { operatorDigest, shapeDigest } from './shape.ts'

const SPLITS: readonly Split[] = ['train', 'validation', 'test']

/** The split whose bucket a digest falls into: a third each, so that no split has to be drawn long for. */
export function bucketOf(digest: string): Split {
  return SPLITS[below(keyOf(['shape bucket', digest]), SPLITS.length)]!
}

/** The split of a theme: what its pack says, or a bucket of its name where it was made of a sentence. */
export function splitOfTheme(theme: string, themes: readonly Theme[]): Split {
  return themes.find((each) => each.theme === theme)?.split ?? SPLITS[Math.max(0, below(keyOf(['theme bucket', theme]), 10) - 7)]!
}

/** Whether the shape and the operators of a blueprint are in a split's buckets. */
export function isOfSplit(blueprint: Blueprint, split: Split): boolean {
  return bucketOf(shapeDigest(blueprint)) === split && bucketOf(operatorDigest(blueprint)) === split
}

/** The split of a blueprint of the grammar, or undefined for one whose theme, shape and operators disagree. */
export function splitOf(blueprint: Blueprint, themes: readonly Theme[]): Split | undefined {
  const split = splitOfTheme(blueprint.theme, themes)
  return isOfSplit(blueprint, split) ? split : undefined
}
