/** A path that stands in texts, under another name: agents know nothing of the folder that a server works in. */

/** A copy of a JSON value in whose texts one path is replaced by another, keys included. */
export function renamed(value: unknown, from: string, to: string): unknown {
  if (from === '') return value
  if (typeof value === 'string') return replace(value, from, to)
  if (Array.isArray(value)) return value.map((item) => renamed(item, from, to))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [replace(key, from, to), renamed(item, from, to)]))
}

/** A copy of arguments in which one path is replaced by another, under the names of `paths` alone: other texts are contents, and stay as they are. */
export function withPaths(args: Readonly<Record<string, unknown>>, paths: readonly string[], from: string, to: string): Record<string, unknown> {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paths.includes(key) ? renamed(item, from, to) : copy(item)]))
  }
  return copy(args) as Record<string, unknown>
}

/** Only where the path stands as a whole: `/workspace` is no part of `/workspaces`. */
function replace(text: string, from: string, to: string): string {
  let out = ''
  let rest = 0
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + from.length)) {
    const next = text[at + from.length]
    if (next !== undefined && /[\w-]/.test(next)) continue
    out += text.slice(rest, at) + to
    rest = at + from.length
  }
  return rest === 0 ? text : out + text.slice(rest)
}
