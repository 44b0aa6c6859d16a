/** Sentences of our own about tools of others: a file of tool name to sentence, or a World that was imported before. */
import { z } from 'zod'
import { World } from '../../protocol/spec/world.ts'
import { readPlain } from '../spec/read-plain.ts'
import { WorkFailed } from './failure.ts'
import { readText } from './read-text.ts'

const Words = z.record(z.string(), z.string().min(1).max(2000))

/** Sentences by the server's names of tools. @throws WorkFailed */
export function readOwnWords(file: string): Record<string, string> {
  const read = readPlain(readText(file))
  if ('complaint' in read) throw new WorkFailed(`${file}: ${read.complaint}`)
  const { value } = read
  const isWorld = value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'World'
  const parsed = isWorld ? World.safeParse(value) : Words.safeParse(value)
  if (!parsed.success) throw new WorkFailed(`${file}: ${parsed.error.issues[0]!.path.join('.')}: expected a sentence by the name of each tool, or a World document`)
  if (!isWorld) return parsed.data as z.infer<typeof Words>
  return Object.fromEntries(Object.values((parsed.data as World).tools).flatMap(({ served, description }) => (served === undefined ? [] : [[served, description]])))
}
