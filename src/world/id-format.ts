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
      const end = key.length - suffix.length
      if (end <= prefix.length || end - prefix.length > 15 || !key.startsWith(prefix) || !key.endsWith(suffix)) return undefined
      let n = 0
      for (let i = prefix.length; i < end; i++) {
        const digit = key.charCodeAt(i) - 48
        if (digit < 0 || digit > 9) return undefined
        n = n * 10 + digit
      }
      // `007` and `7` are different keys: only the spelling that format() gives is one.
      return Math.max(digits, String(n).length) === end - prefix.length ? n : undefined
    },
  }
}
