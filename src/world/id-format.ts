/** Formats like `W{n:06}`: numbers to keys and back. */

export type IdFormat = { readonly digits: number; format(n: number): string; parse(key: string): number | undefined }

/** Compiles the format of a draw or counter id rule. */
export function idFormat(pattern: string): IdFormat {
  const match = /^([^{}]*)\{n(?::0(\d))?\}([^{}]*)$/.exec(pattern)!
  const [prefix, suffix] = [match[1]!, match[3]!]
  const digits = Number(match[2] ?? 0)
  return {
    digits,
    format: (n) => prefix + String(n).padStart(digits, '0') + suffix,
    parse: (key) => {
      if (!key.startsWith(prefix) || !key.endsWith(suffix) || key.length <= prefix.length + suffix.length) return undefined
      const text = key.slice(prefix.length, key.length - suffix.length)
      const n = /^\d{1,15}$/.test(text) ? Number(text) : undefined
      // `007` and `7` are different keys: only the spelling that format() gives is one.
      return n !== undefined && text === String(n).padStart(digits, '0') ? n : undefined
    },
  }
}
