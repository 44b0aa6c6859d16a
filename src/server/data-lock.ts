/** One server for each data folder: a socket in the folder that only a living server answers. */
import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join, relative } from 'node:path'

/** Paths of sockets are short; a folder further away is not locked. */
const LONGEST_PATH = 100

/**
 * Takes a data folder for this process; the system gives it back when the process ends, however it ends.
 * @returns how to give it back, or undefined when another server holds it
 */
export async function lockData(folder: string): Promise<(() => void) | undefined> {
  const full = join(folder, 'server.sock')
  const near = relative('.', full)
  const path = near.length < full.length ? near : full
  if (process.platform === 'win32' || path.length > LONGEST_PATH) return () => {}
  const first = await listen(path)
  if (first) return () => void first.close()
  if (await answers(path)) return undefined
  // What a killed server left behind.
  rmSync(path, { force: true })
  const second = await listen(path)
  return second && (() => void second.close())
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(path, () => resolve(server.unref()))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}
