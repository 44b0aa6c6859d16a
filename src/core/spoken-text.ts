/** Text as it is said: words without case and punctuation, numbers by value. */

/** Scripts that put no space between words: each character counts as one. */
const WORD = /(?<![\p{L}\p{N}])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\p{L}\p{N}])|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]]+/gv

/** The words of a text in order: `Don't pay $1,250.00!` is `dont pay 1250`. */
export function spokenWords(text: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replace(/(?<=\p{L})['’](?=\p{L})/gu, '')
  return (plain.match(WORD) ?? []).map((word) => (/^-?\d/.test(word) && !/[\p{L}\p{M}]/u.test(word) ? plainNumber(word) : word))
}

/** `1,250.00` as `1250`: no separators, no zeros that say nothing. */
function plainNumber(word: string): string {
  const [whole = '', places = ''] = word.replaceAll(',', '').split('.')
  const digits = whole.replace(/^(-?)0+(?=\d)/, '$1')
  const rest = places.replace(/0+$/, '')
  if (!rest) return digits === '-0' ? '0' : digits
  return `${digits}.${rest}`
}

/** Whether the words of a phrase stand in the words of a text, in a row; a phrase of no words stands nowhere. */
export function holdsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  if (!phrase.length) return false
  for (let at = 0; at + phrase.length <= words.length; at++) {
    let i = 0
    while (i < phrase.length && words[at + i] === phrase[i]) i++
    if (i === phrase.length) return true
  }
  return false
}
