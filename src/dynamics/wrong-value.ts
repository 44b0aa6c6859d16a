/** Values that are wrong but of the right type. */
import { below, type Key } from '../core/keyed.ts'

/** Another value in the place of one: from a list, or off by a little or by a digit. */
export function wrongValue(value: unknown, values: readonly (string | number | boolean)[] | undefined, key: Key): unknown {
  const others = values?.filter((other) => other !== value && typeof other === typeof value)
  if (others?.length) return others[below(key, others.length, 11)]
  switch (typeof value) {
    case 'number': return wrongNumber(value, key)
    case 'boolean': return !value
    case 'string': return wrongText(value, key)
    default: return value
  }
}

function wrongNumber(value: number, key: Key): number {
  const ways = [value + 1, value * 10, value >= 2 ? value - 1 : value + 2, value + 10]
  const other = ways[below(key, ways.length, 12)]!
  // Tenfold or one more, a decimal keeps its places.
  const wrong = Number.isInteger(value) ? Math.round(other) : Math.round(other * 1e6) / 1e6
  return Number.isSafeInteger(Math.round(wrong)) && wrong !== value ? wrong : 1 - Math.sign(value)
}

/** Two neighbouring characters change places. */
function wrongText(value: string, key: Key): string {
  const letters = [...value]
  const from = letters.length > 1 ? below(key, letters.length - 1, 13) : 0
  for (let n = 0; n < letters.length - 1; n++) {
    const i = (from + n) % (letters.length - 1)
    if (letters[i] === letters[i + 1]) continue
    const swapped = letters.slice()
    ;[swapped[i], swapped[i + 1]] = [letters[i + 1]!, letters[i]!]
    return swapped.join('')
  }
  return `${value}x`
}
