import { RE2JS } from 're2js'

/** A search, with what a character of text costs: it grows with the size of the compiled pattern. */
export type Search = ((text: string) => boolean) & { readonly units: number }

/** A linear-time search for a pattern of RE2, or undefined for what is no pattern. */
export function re2Search(pattern: string): Search | undefined {
  try {
    const compiled = RE2JS.compile(pattern)
    return Object.assign((text: string) => compiled.matcher(text).find(), { units: 1 + (compiled.programSize() >> 5) })
  } catch {
    return undefined
  }
}
