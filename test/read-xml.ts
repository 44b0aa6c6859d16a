/** Reads the XML that we write, strictly. */

/** An element with the text inside it. */
export type Element = { readonly name: string; readonly attributes: Readonly<Record<string, string>>; text: string }

const TAG = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y
const ENTITY = /^(?:[^&<>]|&(?:amp|lt|gt|quot|#\d+);)*$/

/** Reads XML of elements and text alone. @throws Error where it is not well-formed */
export function readXml(xml: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  let at = xml.indexOf('?>') + 2
  while (at < xml.length) {
    const next = xml.indexOf('<', at)
    const text = xml.slice(at, next < 0 ? undefined : next)
    if (!ENTITY.test(text)) throw new Error(`not escaped: ${text.slice(0, 80)}`)
    if (open.length) open.at(-1)!.text += text
    else if (text.trim()) throw new Error(`text outside: ${text}`)
    if (next < 0) break
    TAG.lastIndex = next
    const tag = TAG.exec(xml)
    if (!tag) throw new Error(`no tag: ${xml.slice(next, next + 80)}`)
    const [, closes, name, attributes, empty] = tag
    if (closes) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`)
    } else {
      const pairs = [...attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!] as const)
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`an attribute twice in <${name}>`)
      for (const [, value] of pairs) if (!ENTITY.test(value)) throw new Error(`not escaped: ${value}`)
      const element = { name: name!, attributes: Object.fromEntries(pairs), text: '' }
      elements.push(element)
      if (!empty) open.push(element)
    }
    at = TAG.lastIndex
  }
  if (open.length) throw new Error(`<${open.at(-1)!.name}> is not closed`)
  return elements
}
