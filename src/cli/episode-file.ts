/** An episode that outlives its process in a file: its snapshot, written anew after every step. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { type Identity, Snapshot } from '../../protocol/identity.ts'
import { GymError } from '../core/gym-error.ts'
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

/** The part of an identity that each option decides. */
const DECIDED_BY: Readonly<Record<string, (identity: Identity) => unknown>> = {
  luck: ({ luck }) => luck,
  dynamics: ({ options: { dynamics, dynamics_digest: digest } }) => [dynamics, digest],
  intensity: ({ options }) => options.intensity,
  add: ({ options }) => options.dynamics_changes?.add,
  without: ({ options }) => options.dynamics_changes?.without,
  learner: ({ options }) => options.learner,
  others: ({ options }) => options.others,
}

/** @throws WorkFailed when options that were given would have made another episode than the one in the file */
export function requireOptions(file: string, kept: Identity, wanted: Identity, given: Readonly<Record<string, unknown>>): void {
  for (const [option, part] of Object.entries(DECIDED_BY)) {
    if (given[option] === undefined || isDeepStrictEqual(part(kept), part(wanted))) continue
    throw new WorkFailed(`${file} holds an episode with another --${option}; leave the option out to go on with it, or choose another file`)
  }
}

/** Which writing of a file this is: each makes it anew. */
function markOf(file: string): string | undefined {
  const { ino, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {}
  return ino === undefined ? undefined : `${ino} ${mtimeMs}`
}

/** Keeps an episode in a file that no other process may write meanwhile. */
export class EpisodeKeeper {
  readonly #file: string
  #mark: string | undefined

  constructor(file: string) {
    this.#file = file
    this.#mark = markOf(file)
  }

  /** Whether there was no such file, and none was written yet. */
  get isNew(): boolean {
    return this.#mark === undefined
  }

  /**
   * Writes a snapshot so that at no moment the file is half of one.
   * @throws GymError GYM_STORE when another process has written the file since
   */
  write(snapshot: unknown): void {
    const file = this.#file
    if (markOf(file) !== this.#mark) throw new GymError('GYM_STORE', `${file} was written by another process; one at a time may play it, and the other one's steps are in it`, { path: file })
    const beside = `${file}.${process.pid}.tmp`
    try {
      writeFileSync(beside, `${JSON.stringify(snapshot)}\n`)
      renameSync(beside, file)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
    this.#mark = markOf(file)
  }
}
