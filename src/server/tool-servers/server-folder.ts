/** The folder that a live server works in: the episode's own, and removed with it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endOrphans, isOver, ownName } from './process-tree.ts'

const PREFIX = 'fractal-gym-server-'
/** A process that is ending may still write there. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const

/** Makes a new folder, whose name says which gym it belongs to. */
export function makeServerFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `${PREFIX}${ownName()}-`)))
}

/** Empties a folder without removing it: a server may stand in it. One that is gone is made again. */
export function emptyServerFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** Whether the folder is still there: a server may remove it. */
export function hasServerFolder(folder: string): boolean {
  return existsSync(folder)
}

/** Removes a folder. Whatever a server did to it, this never fails: what stays is removed by the next gym that starts. */
export async function removeServerFolder(folder: string): Promise<void> {
  await rm(folder, REMOVAL).catch(() => {})
}

/** Ends the servers and removes the folders of gyms that were killed. */
export async function sweepServers(): Promise<void> {
  endOrphans()
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX) && isOver(name.slice(PREFIX.length)))
  await Promise.all(names.map((name) => removeServerFolder(join(tmpdir(), name))))
}
