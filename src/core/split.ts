import type { Split } from '../../protocol/scalars.ts'
import { below, keyOf } from './keyed.ts'

/** The split of a seed by hash bucket: 8 of 10 train, 1 validation, 1 test. */
export function splitOf(seed: number): Split {
  const bucket = below(keyOf(['split', seed]), 10)
  return bucket < 8 ? 'train' : bucket === 8 ? 'validation' : 'test'
}
