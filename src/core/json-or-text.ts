/** What tools answer, as a value. */

/** The JSON of a text; text that is no JSON stays text. */
export function jsonOrText(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return content
  }
}
