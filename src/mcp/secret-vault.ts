/** The secrets that were found, and what stands for each of them. */

/** How a placeholder looks; these are left alone wherever they stand. */
export const PLACEHOLDER = '<(?:secret|email):\\d+>'

/** Shorter secrets are hidden where they were found, and nowhere else: they could be any word. */
const LEAST = 5
/** Shorter ones are only found as whole words. */
const LEAST_INSIDE = 12
/** Characters of a form that is looked for by itself, and forms that are looked for together. */
const LONG = 500
const FORMS_A_PATTERN = 400

type Form = { readonly text: string; readonly placeholder: string; readonly isWord: boolean }

export class SecretVault {
  readonly #placeholders = new Map<string, string>()
  readonly #forms = new Map<string, Form>()
  readonly #counts = new Map<string, number>()
  #patterns: readonly RegExp[] | undefined

  /** How many secrets are looked for everywhere: grows when one is learned. */
  get size(): number {
    return this.#forms.size
  }

  /** How many secrets were found, by kind of placeholder. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  /** What stands for a secret: the same for the same one, numbered in the order of finding. */
  placeholderOf(secret: string, kind: 'secret' | 'email' = 'secret'): string {
    let placeholder = this.#placeholders.get(secret)
    if (placeholder === undefined) {
      const n = (this.#counts.get(kind) ?? 0) + 1
      this.#counts.set(kind, n)
      this.#placeholders.set(secret, (placeholder = `<${kind}:${n}>`))
    }
    return placeholder
  }

  /** Hides a secret from now on wherever it stands, in every form that it may take. @returns its placeholder */
  learn(secret: string): string {
    const placeholder = this.placeholderOf(secret)
    const isWord = secret.length < LEAST_INSIDE
    if (secret.length < LEAST || this.#forms.has(secret)) return placeholder
    if (secret.length < 8 && !(/\d/.test(secret) && /[^\d]/.test(secret))) return placeholder
    for (const text of [secret, ...escapedForms(secret)]) if (!this.#forms.has(text)) this.#forms.set(text, { text, placeholder, isWord })
    if (secret.length >= 8) for (const text of encodedForms(secret)) if (!this.#forms.has(text)) this.#forms.set(text, { text, placeholder, isWord: false })
    this.#patterns = undefined
    return placeholder
  }

  /** A text with all known secrets hidden. */
  hide(text: string): string {
    if (this.#forms.size === 0) return text
    this.#patterns ??= this.#compile()
    let shown = text
    // A pattern has its limits, and a long text is not found by chance.
    for (const { text: form, placeholder } of this.#forms.values()) if (form.length > LONG && shown.includes(form)) shown = shown.replaceAll(form, placeholder)
    return this.#patterns.reduce((all, pattern) => all.replace(pattern, (found) => this.#forms.get(found)?.placeholder ?? found), shown)
  }

  /** Whether a text holds a known secret in any form. */
  isIn(text: string): boolean {
    return this.hide(text) !== text
  }

  /** The longest forms come first; what is hidden already is passed over. */
  #compile(): RegExp[] {
    const forms = [...this.#forms.values()].filter(({ text }) => text.length <= LONG).sort((a, b) => b.text.length - a.text.length || (a.text < b.text ? -1 : 1))
    const alternatives = forms.map(({ text, isWord }) => (isWord ? `(?<![A-Za-z0-9])${escaped(text)}(?![A-Za-z0-9])` : escaped(text)))
    const parts: RegExp[] = []
    for (let at = 0; at < alternatives.length; at += FORMS_A_PATTERN) parts.push(new RegExp([PLACEHOLDER, ...alternatives.slice(at, at + FORMS_A_PATTERN)].join('|'), 'g'))
    return parts
  }
}

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

/** As it stands in JSON, in JSON inside JSON, and in URLs. */
function escapedForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret.toWellFormed())
  return [json, json.replaceAll('/', '\\/'), JSON.stringify(json).slice(1, -1), url, url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()), url.replaceAll('%20', '+')]
}

/** As it stands in hexadecimal digits, and in base64 at each of the three places where it can begin. */
function encodedForms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '')
    // The first and the last sign are shared with what stands beside.
    const first = offset === 0 ? 0 : offset + 1
    const shared = (offset + bytes.length) % 3 === 0 ? 0 : 1
    return text.slice(first, text.length - shared)
  }).filter((text) => text.length >= 10)
  return [hex, hex.toUpperCase(), ...inside, ...inside.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))]
}
