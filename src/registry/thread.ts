/** One admission thread from its start to its end: bounded in time and memory, ended when nobody waits for it. */
import { Worker } from 'node:worker_threads'
import { GymError } from '../core/gym-error.ts'
import type { Order, ThreadMessage } from './thread-message.ts'

/** Bounds of one admission. */
export type ThreadBounds = {
  /** Real milliseconds for the whole. */
  readonly timeMs: number
  /** Milliseconds of CPU time for reading and compiling the text. */
  readonly compileMs: number
  /** Megabytes of JavaScript heap. */
  readonly memoryMb: number
}

/** A bound of the thread was passed. */
export class PastBounds extends Error {
  override readonly name = 'PastBounds'
}

const ENTRY = new URL(`./admission-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
/** Less than the main thread's, so that what compiles here compiles there too. */
const STACK_MB = 0.8
const LOOK_MS = 100

/**
 * Runs an order in a fresh thread and hands on what it says, up to its last message.
 * @throws PastBounds, GymError GYM_SHUTTING_DOWN when `gone` is aborted, whatever `hear` throws, Error for a fault of ours
 */
export function runThread(order: Order, bounds: ThreadBounds, gone: AbortSignal, hear: (message: ThreadMessage) => 'go on' | 'enough'): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(ENTRY, { workerData: order, resourceLimits: { maxOldGenerationSizeMb: bounds.memoryMb, maxYoungGenerationSizeMb: 32, stackSizeMb: STACK_MB }, env: {}, stdin: false })
    let over = false
    /** CPU time that the thread had used when it began to compile; undefined when it does something else. */
    let compilingSince: number | undefined
    const end = (settle: () => void): void => {
      if (over) return
      over = true
      clearTimeout(deadline)
      clearInterval(watch)
      gone.removeEventListener('abort', leave)
      void worker.terminate().then(settle)
    }
    const leave = (): void => end(() => reject(new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing')))
    const deadline = setTimeout(() => end(() => reject(new PastBounds(`admission takes more than ${bounds.timeMs / 1000} s`))), bounds.timeMs)
    const watch = setInterval(() => {
      if (compilingSince === undefined) return
      worker.cpuUsage().then(({ user }) => {
        if (compilingSince !== undefined && user / 1000 > bounds.compileMs + compilingSince) end(() => reject(new PastBounds(`compiling takes more than ${bounds.compileMs} ms`)))
      }, () => {})
    }, LOOK_MS)
    gone.addEventListener('abort', leave)
    if (gone.aborted) leave()
    worker.on('message', (message: ThreadMessage) => {
      if (over) return
      compilingSince = message.type === 'begun' ? message.cpuMs : undefined
      try {
        if (message.type === 'fault') throw new Error(message.stack)
        if (hear(message) === 'enough') end(resolve)
      } catch (error) {
        end(() => reject(error as Error))
      }
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      end(() => reject(memory ? new PastBounds(`admission needs more than ${bounds.memoryMb} MB`) : error))
    })
    worker.on('exit', () => end(() => reject(new Error('the admission thread ended without an answer'))))
  })
}
