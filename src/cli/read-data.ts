/** Data in a file that a person named, in YAML or JSON. */
import { readPlain } from '../spec/read-plain.ts'
import { UsageError } from './failure.ts'
import { readText } from './read-text.ts'

/** @throws UsageError for text that is neither; WorkFailed for a file that cannot be read */
export function readData(file: string): unknown {
  const read = readPlain(readText(file))
  if ('complaint' in read) throw new UsageError(`${file}: ${read.complaint}`)
  return read.value
}
