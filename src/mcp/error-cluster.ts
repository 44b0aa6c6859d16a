/** Errors that tools answered with, told apart: those that come and go, and those that are what the tool means. */
import type { RecordedCall } from './recorded-call.ts'

/** `transient`: another try can help, so dynamics may do it. `meant`: the request was wrong, which is for the tool itself to say. `unclear`: neither is known. */
export type ErrorNature = 'transient' | 'meant' | 'unclear'

export type ErrorCluster = {
  readonly nature: ErrorNature
  /** By what it was told: the same call was also answered well, words of the text, the same call always failed, or nothing. */
  readonly evidence: 'retried' | 'words' | 'repeated' | 'none'
  /** The text with its numbers and names taken out. */
  readonly pattern: string
  /** The text that came most often, at most 300 characters. */
  readonly example: string
  /** HTTP status that the text names or means. */
  readonly status: number
  /** Calls, by their places. */
  readonly calls: ReadonlySet<number>
}

const TRANSIENT = /\b(?:429|500|502|503|504)\b|timed? ?out|temporar|unavailable|too many requests|rate.?limit|overload|try again|retry later|\bbusy\b|ECONN(?:RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EAI_AGAIN|socket hang up|deadlock|throttl|connection (?:reset|refused|closed|lost)|internal (?:server )?error|bad gateway/i
const MEANT = /\b(?:400|401|403|404|405|409|410|413|415|422)\b|not found|no such|\bno \w+ '|ENOENT|EACCES|EISDIR|ENOTDIR|EEXIST|ENOTEMPTY|EPERM|does ?n[o']t exist|already exists|invalid|validation|must be|is required|missing required|denied|forbidden|unauthori[sz]ed|not allowed|permission|outside allowed|unknown (?:tool|argument|parameter)|unsupported|could not find|no match/i
const STATUS = /\b(429|500|502|503|504)\b/
/** Failures in a row of one call that make it likely that it always fails. */
const ENOUGH = 3

/** Groups the errors of calls by their text; the most frequent come first. */
export function clusterErrors(calls: readonly RecordedCall[]): ErrorCluster[] {
  const fine = new Set(calls.filter(({ error, failure }) => error === undefined && failure === undefined).map(({ key }) => key))
  const groups = new Map<string, RecordedCall[]>()
  for (const call of calls) {
    if (call.error === undefined) continue
    const pattern = patternOf(call.error)
    const group = groups.get(pattern)
    if (group) group.push(call)
    else groups.set(pattern, [call])
  }
  const clusters = [...groups].map(([pattern, group]): ErrorCluster => {
    const example = mostFrequent(group.map(({ error }) => error!.slice(0, 300).toWellFormed()))
    return { ...natureOf(example, group, fine), pattern, example, status: statusOf(example), calls: new Set(group.map(({ n }) => n)) }
  })
  return clusters.sort((a, b) => b.calls.size - a.calls.size || (a.pattern < b.pattern ? -1 : 1))
}

/** Words outweigh what was seen: a file may have been made between two calls, in a state that looks the same. */
function natureOf(text: string, group: readonly RecordedCall[], fine: ReadonlySet<string>): Pick<ErrorCluster, 'nature' | 'evidence'> {
  const isTransient = TRANSIENT.test(text)
  const isMeant = MEANT.test(text)
  if (isTransient !== isMeant) return { nature: isTransient ? 'transient' : 'meant', evidence: 'words' }
  if (group.some(({ key }) => fine.has(key))) return { nature: 'transient', evidence: 'retried' }
  const tries = new Map<string, number>()
  for (const { key } of group) tries.set(key, (tries.get(key) ?? 0) + 1)
  return Math.max(...tries.values()) >= ENOUGH ? { nature: 'meant', evidence: 'repeated' } : { nature: 'unclear', evidence: 'none' }
}

function statusOf(text: string): number {
  const [, status] = STATUS.exec(text) ?? []
  if (status !== undefined) return Number(status)
  if (/too many requests|rate.?limit|throttl/i.test(text)) return 429
  if (/timed? ?out|ETIMEDOUT/i.test(text)) return 504
  return /internal (?:server )?error/i.test(text) ? 500 : 503
}

function patternOf(text: string): string {
  return text.slice(0, 300).replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '…').replace(/(?:[A-Za-z]:)?[/\\<][\w.<>/\\@-]+/g, '/…').replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}\b/gi, '#').replace(/\d+/g, '0').replace(/\s+/g, ' ').trim()
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]![0]
}
