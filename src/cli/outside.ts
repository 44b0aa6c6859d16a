/** The machine's fetch and timers, for questions to endpoints. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Outside } from '../llm/endpoint.ts'

export const outside: Outside = {
  fetch: (url, init) => fetch(url, init),
  // Every timer is stopped when it is not needed any more; a pause between two tries has to keep the process alive.
  sleep: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
}
