/** Lets real time pass for episodes that asked for it: answers of one episode wait in line, each for its own time. */
import type { LiveEpisode } from './live-episode.ts'
import type { Hold } from './method.ts'

/** The longest sleep a timer can hold. */
const LONGEST_MS = 2 ** 31 - 1

/** The end of each episode's line. */
const lines = new WeakMap<LiveEpisode, Promise<void>>()

/** Who sleeps until a signal comes: one listener for all of them, so that thousands are woken at once. */
const sleepers = new WeakMap<AbortSignal, Set<() => void>>()

function sleepersOf(signal: AbortSignal): Set<() => void> {
  const known = sleepers.get(signal)
  if (known) return known
  const asleep = new Set<() => void>()
  sleepers.set(signal, asleep)
  signal.addEventListener('abort', () => asleep.forEach((wake) => wake()), { once: true })
  return asleep
}

/** Resolves after so many real milliseconds, or as soon as one of the signals comes. */
function sleep(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve()
  return new Promise((resolve) => {
    const beds = signals.map(sleepersOf)
    const wake = (): void => {
      clearTimeout(timer)
      for (const bed of beds) bed.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, Math.min(Math.round(ms), LONGEST_MS))
    for (const bed of beds) bed.add(wake)
  })
}

/** Closed meanwhile, it ends at once: whoever waits behind is not kept waiting. */
async function sleepAfter(previous: Promise<void> | undefined, hold: Hold, gone: AbortSignal): Promise<void> {
  await previous
  if (hold.ms > 0) await sleep(hold.ms, [gone, hold.live.closed])
}

/** Resolves when every hold has waited in its episode's line; `gone` cancels the sleeping, not the answer. */
export async function passTime(holds: readonly Hold[], gone: AbortSignal, done: (live: LiveEpisode) => void): Promise<void> {
  await Promise.all(holds.map(async (hold) => {
    const turn = sleepAfter(lines.get(hold.live), hold, gone)
    lines.set(hold.live, turn)
    hold.live.held += 1
    await turn
    hold.live.held -= 1
    done(hold.live)
  }))
}
