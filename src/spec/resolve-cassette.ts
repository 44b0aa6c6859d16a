/** `cassette: {file: …}` of a World, resolved: the recording stands in the specification. */
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import type { Path } from './complaint.ts'
import { complaintText, meaningOf, readCassette } from './read-cassette.ts'

/** What is wrong with a world's recording, and where in the World. */
export type Misrecorded = { readonly code: string; readonly message: string; readonly path: Path; readonly file?: string; readonly expected?: string; readonly nearest?: string }

/** A world with its recording in it, or what is wrong with that. */
export function resolveCassette(world: World, data: Readonly<Record<string, string>>): { readonly world: World; readonly wrong?: Misrecorded } {
  const { server } = world
  if (!server?.cassette) return { world }
  let cassette = server.cassette
  if ('file' in cassette) {
    const { file } = cassette
    const path: Path = ['server', 'cassette', 'file']
    if (!Object.hasOwn(data, file)) {
      const near = nearest(file, Object.keys(data))
      return { world, wrong: { code: 'file', message: `no file '${file}'`, path, expected: 'a file beside the specification', ...(near !== undefined && { nearest: near }) } }
    }
    const read = readCassette(data[file]!)
    if ('complaints' in read) return { world, wrong: { code: 'cassette', message: complaintText(read.complaints.slice(0, 1)), path, file } }
    cassette = read.cassette
  } else {
    const complaints = meaningOf(cassette)
    if (complaints.length) return { world, wrong: { code: 'cassette', message: complaintText(complaints.slice(0, 1)), path: ['server', 'cassette'] } }
  }
  return { world: { ...world, server: { ...server, cassette } } }
}
