/** Recordings that a person named. */
import type { Cassette } from '../../protocol/cassette.ts'
import { complaintText, readCassette } from '../spec/read-cassette.ts'
import { WorkFailed } from './failure.ts'
import { readText } from './read-text.ts'

/** @throws WorkFailed naming the file and everything that is wrong with it */
export function cassetteOf(file: string): Cassette {
  const read = readCassette(readText(file))
  if ('complaints' in read) throw new WorkFailed(complaintText(read.complaints).split('\n').map((line) => `${file}: ${line}`).join('\n'))
  return read.cassette
}
