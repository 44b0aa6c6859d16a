/** Runs long work a little at a time, one piece of work after another, so that steps are answered in between. */
import { setImmediate } from 'node:timers/promises'
import { GymError } from '../core/gym-error.ts'
import type { Work } from './method.ts'

/** Milliseconds of work before everybody else has a turn. */
const SLICE_MS = 3

/** The end of the line: all connections share it. */
let line: Promise<unknown> = Promise.resolve()

async function run<R>(work: Work<R>, gone: AbortSignal): Promise<R> {
  for (;;) {
    if (gone.aborted) throw new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing')
    const until = performance.now() + SLICE_MS
    do {
      const { done, value } = work.next()
      if (done) return value
    } while (performance.now() < until)
    await setImmediate()
  }
}

/**
 * Runs work to its end when its turn has come.
 * @throws GymError GYM_SHUTTING_DOWN when `gone` is aborted first
 */
export function runInSlices<R>(work: Work<R>, gone: AbortSignal): Promise<R> {
  const turn = line.then(() => run(work, gone))
  line = turn.catch(() => {})
  return turn
}
