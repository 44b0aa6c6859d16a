/** Progress on stderr, on a terminal alone, and only for what takes longer than a second. */

const WIDTH = 30
const PATIENCE_MS = 1000

/** `show` takes the share that is done, from 0 to 1, and what else is worth saying. */
export function progressBar(label: string): { show(share: number, about?: string): void; clear(): void } {
  if (process.stderr.isTTY !== true) return { show() {}, clear() {} }
  const began = performance.now()
  let shown = false
  let last = ''
  return {
    show(share, about = '') {
      const percent = Math.round(share * 100)
      const told = `${percent}% ${about}`
      if (told === last || performance.now() - began < PATIENCE_MS) return
      shown = true
      last = told
      const full = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH)
      process.stderr.write(`\r${label} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${told}\u001b[K`)
    },
    clear() {
      if (shown) process.stderr.write('\r\u001b[K')
    },
  }
}

/** A line that says how long something elsewhere takes already, whose share nobody knows. */
export function waitingLine(label: string): { clear(): void } {
  if (process.stderr.isTTY !== true) return { clear() {} }
  const began = performance.now()
  let shown = false
  const timer = setInterval(() => {
    shown = true
    process.stderr.write(`\r${label} … ${Math.round((performance.now() - began) / 1000)} s`)
  }, PATIENCE_MS)
  return {
    clear() {
      clearInterval(timer)
      if (shown) process.stderr.write('\r\u001b[K')
    },
  }
}
