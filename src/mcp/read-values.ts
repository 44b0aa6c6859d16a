/** `enum` and `const`: the values that a schema lists. */
import { own } from './pointer.ts'
import { ANY, type Lose, type Shape } from './shape.ts'

/** Values of one enum, and characters of all its texts; longer ones are lost. */
const MOST_VALUES = 1000
const MOST_CHARACTERS = 20_000

/** What the listed values come to; ANY where none are listed. */
export function readValues(schema: Readonly<Record<string, unknown>>, lose: Lose): Shape {
  const listed = own(schema, 'enum')
  if (Object.hasOwn(schema, 'const')) return fromValues([schema['const']], lose)
  return Array.isArray(listed) ? fromValues(listed, lose) : ANY
}

function fromValues(values: readonly unknown[], lose: Lose): Shape {
  const texts = values.filter((value) => typeof value === 'string')
  const numbers = values.filter((value): value is number => typeof value === 'number')
  const truths = new Set(values.filter((value) => typeof value === 'boolean'))
  const isLong = values.length > MOST_VALUES || texts.reduce((sum, text) => sum + text.length, 0) > MOST_CHARACTERS
  if (isLong) lose('the list of values is too long and is lost')
  const structures = values.filter((value) => value !== null && typeof value === 'object')
  if (structures.length) lose('listed objects and arrays stand for any object and array')
  return {
    null: values.includes(null) ? true : undefined,
    boolean: truths.size ? { only: truths.size === 1 ? [...truths][0] : undefined } : undefined,
    number: numbers.length ? { whole: false, values: isLong ? undefined : [...new Set(numbers)] } : undefined,
    string: texts.length ? { values: isLong ? undefined : [...new Set(texts)] } : undefined,
    array: structures.some(Array.isArray) ? ANY.array : undefined,
    object: structures.some((value) => !Array.isArray(value)) ? ANY.object : undefined,
  }
}
