/** Work that gives way between its parts, done at a stretch. */
export function toEnd<R>(work: Generator<unknown, R>): R {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
