/** Pieces of XML as text. */

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as XML may hold it; control characters become visible, lines one. */
export function escapeXml(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.toWellFormed().replaceAll('\n', ' ').replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd').replace(/[&<>"]/g, (sign) => NAMES[sign]!)
}

/** A number with at most two places. */
export function written(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/** An element around what is XML already. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, ...inside: readonly string[]): string {
  const text = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? written(value) : escapeXml(value)}"`).join('')
  return inside.length ? `<${name}${text}>${inside.join('')}</${name}>` : `<${name}${text}/>`
}
