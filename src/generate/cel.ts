/** Pieces of CEL and of templates, spelt safely. */

/** A CEL text. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** A CEL list of texts. */
export function texts(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`
}

/** Conditions that all have to hold; `true` for none. */
export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.length === 1 ? conditions[0]! : conditions.map((each) => (/ \|\| | \? /.test(each) ? `(${each})` : each)).join(' && ')
}

/** A value of a blueprint as CEL. */
export function literal(value: string | boolean): string {
  return typeof value === 'boolean' ? String(value) : text(value)
}
