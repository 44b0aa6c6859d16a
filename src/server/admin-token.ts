/** The admin token of a data directory: made once, readable by its owner alone. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads `<data>/admin.token`, or creates it with mode 0600. */
export function adminTokenOf(dataDirectory: string): { token: string; path: string } {
  mkdirSync(dataDirectory, { recursive: true })
  const path = join(dataDirectory, 'admin.token')
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(path, 0o600)
  }
  const token = readFileSync(path, 'utf8').trim()
  if (token.length < 16) throw new Error(`${path} holds no token; delete it and a new one is made`)
  return { token, path }
}
