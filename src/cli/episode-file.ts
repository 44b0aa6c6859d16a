/** An episode that outlives its process in a file: its snapshot, written anew after every step. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Snapshot } from '../../protocol/identity.ts'
import { WorkFailed } from './failure.ts'

/** What a snapshot has to be of; absent parts may be anything. */
export type Wanted = { readonly scenario: string | undefined; readonly seed: number | undefined; readonly task: string | undefined }

/** The snapshot in a file; undefined where there is no such file. @throws WorkFailed when it holds none, or one of another episode */
export function readEpisode(file: string, wanted: Wanted): Snapshot | undefined {
  if (!existsSync(file)) return undefined
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new WorkFailed(`${file}: ${(error as Error).message}`)
  }
  const read = Snapshot.safeParse(value)
  if (!read.success) throw new WorkFailed(`${file} holds no snapshot of an episode: ${read.error.issues[0]!.path.join('.')}: ${read.error.issues[0]!.message}`)
  const { identity } = read.data
  for (const part of ['scenario', 'seed', 'task'] as const) {
    if (wanted[part] !== undefined && wanted[part] !== identity[part]) throw new WorkFailed(`${file} holds an episode with ${part} ${identity[part]}, not ${wanted[part]}; choose another file, or remove it`)
  }
  return read.data
}

/** Writes a snapshot so that at no moment the file is half of one. */
export function writeEpisode(file: string, snapshot: unknown): void {
  const beside = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(beside, `${JSON.stringify(snapshot)}\n`)
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}
