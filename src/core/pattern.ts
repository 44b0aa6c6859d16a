import { RE2JS } from 're2js'

/** A linear-time search for a pattern of RE2, or undefined for what is no pattern. */
export function re2Search(pattern: string): ((text: string) => boolean) | undefined {
  try {
    const compiled = RE2JS.compile(pattern)
    return (text) => compiled.matcher(text).find()
  } catch {
    return undefined
  }
}
