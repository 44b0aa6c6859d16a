/** Text counted, cut and ordered by Unicode characters (code points), whatever its UTF-16 units are. */

const PAIRED = /[\ud800-\udfff]/

/** Characters of a text. */
export function characterCount(text: string): number {
  if (!PAIRED.test(text)) return text.length
  let n = 0
  for (const _ of text) n++
  return n
}

/** The characters from one position up to another; negative ones count from the end. */
export function sliceCharacters(text: string, from: number, to?: number): string {
  return PAIRED.test(text) ? [...text].slice(from, to).join('') : text.slice(from, to)
}

/** Position of the first occurrence in characters, or null. */
export function positionOf(text: string, part: string): number | null {
  const at = text.indexOf(part)
  return at < 0 ? null : characterCount(text.slice(0, at))
}

/** Order by code points: below 0 when a comes first. UTF-16 order would put 😀 before ｆ. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates stand above all other units, as the characters that they make stand above the first plane. */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit > 0xdfff ? unit - 0x800 : unit + 0x2000
}

/** How many times a part occurs, not overlapping; none for an empty part. */
export function occurrences(text: string, part: string): number {
  if (part === '') return 0
  let n = 0
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) n++
  return n
}

/** Units of a search: the engine compares up to the whole part at each place in bad cases. */
export function searchUnits(text: number, part: number): number {
  return (1 + Math.floor(text / 16)) * (1 + Math.floor(part / 64))
}

/** Lines end with \n or \r\n; the end of the last line opens no other, and an empty text has none. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
