/** Lets real time pass for episodes that asked for it: answers of one episode wait in line, each for its own time. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveEpisode } from './live-episode.ts'
import type { Hold } from './method.ts'

/** The longest sleep a timer can hold. */
const LONGEST_MS = 2 ** 31 - 1

/** The end of each episode's line. */
const lines = new WeakMap<LiveEpisode, Promise<void>>()

async function sleepAfter(previous: Promise<void> | undefined, hold: Hold, gone: AbortSignal): Promise<void> {
  await previous
  if (hold.ms <= 0) return
  const signal = AbortSignal.any([gone, hold.live.closed])
  try {
    await sleep(Math.min(Math.round(hold.ms), LONGEST_MS), undefined, { signal })
  } catch {
    // Closed meanwhile: whoever waits behind is not kept waiting.
  }
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
