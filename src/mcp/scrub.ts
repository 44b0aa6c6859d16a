/** Takes secrets out of what a server was asked and what it answered, before any of it reaches a disk. */
import type { ServerTool } from '../../protocol/cassette.ts'
import { unfitPlace } from '../core/fit-json.ts'
import { holdsPassword, isOrdinary, isRandom, suspicionOf } from './secret-name.ts'
import { escaped, SecretVault } from './secret-vault.ts'
import { scrubText, type TextSite } from './scrub-text.ts'

export type ScrubOptions = {
  /** Values that are secrets, whatever they look like: those of environment variables that the server was given. */
  readonly secrets?: readonly string[]
  /** Folders by what stands for them: `{'<home>': '/home/ada'}`. */
  readonly folders?: Readonly<Record<string, string>>
  /** Whether addresses of e-mail are hidden too. */
  readonly emails?: boolean
}

/** Values of variables that are nobody's secret. */
const PLAIN_VALUE = /^(?:\d{1,7}|production|development|test|testing|staging|debug|info|warn|error|verbose|silent|localhost|[A-Za-z]{1,4})$/i
/** Deeper values are no result that is kept. */
const MAX_DEPTH = 40
const MAX_PASSES = 6
/** Keywords of JSON Schema that hold values. */
const SCHEMA_VALUES = new Set(['default', 'example', 'examples', 'const', 'enum'])

/**
 * Hides secrets, each behind a placeholder of its own: `<secret:1>` stands for the same one wherever it was found, so
 * a recording of a call whose argument is a secret still answers it, when it is asked with the placeholder.
 */
export class Scrubber {
  readonly vault = new SecretVault()
  readonly #site: TextSite

  constructor({ secrets = [], folders = {}, emails = false }: ScrubOptions = {}) {
    for (const secret of [...new Set(secrets)].sort()) if (!PLAIN_VALUE.test(secret) && !isOrdinary(secret)) this.vault.learn(secret)
    this.#site = { vault: this.vault, folders: foldersOf(folders), emails }
  }

  /** A JSON value without its secrets: arguments, a result, rows. What is nested too deep is left out. */
  scrub<T>(value: T): T {
    return this.#settled(() => this.#value(value, undefined, 0)) as T
  }

  /** A tool without the secrets that stand in its sentences, its defaults and its examples. */
  scrubTool(tool: ServerTool): ServerTool {
    return this.#settled(() => this.#schema(tool, undefined, 0)) as ServerTool
  }

  /** What one part teaches may stand in a part before it. */
  #settled(pass: () => unknown): unknown {
    let scrubbed: unknown
    for (let n = 0; n < MAX_PASSES; n++) {
      const { size } = this.vault
      scrubbed = pass()
      if (this.vault.size === size) break
    }
    return scrubbed
  }

  #value(value: unknown, name: string | undefined, depth: number): unknown {
    if (depth > MAX_DEPTH) return '[nested deeper]'
    if (typeof value === 'string') return this.#text(value, name)
    if (typeof value === 'number') return name !== undefined && Math.abs(value) >= 1000 && holdsPassword(name) ? this.vault.learn(String(value)) : value
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) {
      const inKey = keyParts(value)
      return value.map((item: unknown, i) => (inKey[i] ? this.#keyPart(item) : this.#value(item, optionBefore(value, i) ?? name, depth + 1)))
    }
    return this.#object(value as Record<string, unknown>, name, depth)
  }

  #object(object: Record<string, unknown>, name: string | undefined, depth: number): Record<string, unknown> {
    // Under `credentials` everything is one, unless it is the schema of some.
    const isSchema = Object.hasOwn(object, 'type') || Object.hasOwn(object, '$ref')
    const inherited = name !== undefined && !isSchema && suspicionOf(name) === 'strong' ? name : undefined
    // {name: 'API_KEY', value: '…'}
    const label = ['name', 'key', 'header', 'variable'].map((key) => (Object.hasOwn(object, key) ? object[key] : undefined)).find((one) => typeof one === 'string')
    const scrubbed: [string, unknown][] = []
    const taken = new Set<string>()
    for (const [key, value] of Object.entries(object)) {
      const own = object.kind === 'Secret' && (key === 'data' || key === 'stringData') ? 'secret' : key === 'value' && typeof label === 'string' && suspicionOf(label) ? label : suspicionOf(key) ? key : inherited ?? key
      let shown = scrubText(key, this.#site)
      while (taken.has(shown)) shown += "'"
      taken.add(shown)
      scrubbed.push([shown, this.#value(value, own, depth + 1)])
    }
    return Object.fromEntries(scrubbed)
  }

  #text(text: string, name: string | undefined): string {
    const suspicion = name === undefined ? undefined : suspicionOf(name)
    const isSecret = suspicion !== undefined && !isOrdinary(text) && !this.#isHidden(text) && (suspicion === 'strong' || isRandom(text))
    return isSecret ? this.#secret(text, name!) : scrubText(this.#document(text) ?? text, this.#site)
  }

  /** A text that is JSON as a whole, scrubbed as what it says and written as it was; undefined for others. */
  #document(text: string): string | undefined {
    if (!/^[[{]/.test(text)) return undefined
    const body = text.trimEnd()
    const indent = /^.\r?\n([ \t]{1,10})/.exec(body)?.[1]
    try {
      const value: unknown = JSON.parse(body)
      if (unfitPlace(value) !== undefined || JSON.stringify(value, null, indent) !== body) return undefined
      return JSON.stringify(this.#value(value, undefined, 1), null, indent) + text.slice(body.length)
    } catch {
      return undefined
    }
  }

  /** A line, or a block of content, of a private key that was taken apart. */
  #keyPart(item: unknown): unknown {
    const hidden = this.vault.learn(textIn(item)!)
    return typeof item === 'string' ? hidden : { ...(item as object), text: hidden }
  }

  /** What was hidden already. */
  #isHidden(text: string): boolean {
    return /<(?:secret|email):\d+>/.test(text)
  }

  /** The whole of a value under a suspicious name, but for the scheme of a header and the names of cookies. */
  #secret(text: string, name: string): string {
    const [, scheme = '', rest = text] = /^((?:Bearer|Basic|Token|Digest|ApiKey)\s+)(.+)$/is.exec(text) ?? []
    if (scheme.trim().toLowerCase() === 'basic') return scrubText(text, this.#site)
    if (/cookie/i.test(name) && /=/.test(text)) return scrubText(`cookie: ${text}`, this.#site).slice('cookie: '.length)
    return scheme + this.vault.learn(rest)
  }

  /** Names of a schema are names of what is asked for, not of values. */
  #schema(value: unknown, name: string | undefined, depth: number): unknown {
    if (depth > MAX_DEPTH) return '[nested deeper]'
    if (typeof value === 'string') return scrubText(value, this.#site)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((item) => this.#schema(item, name, depth + 1))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [
      scrubText(key, this.#site),
      SCHEMA_VALUES.has(key) ? this.#value(inner, name, depth + 1) : this.#schema(inner, suspicionOf(key) ? key : key === 'properties' ? undefined : name, depth + 1),
    ]))
  }
}

/** The text of an item that is one, or of a block of content. */
function textIn(item: unknown): string | undefined {
  if (typeof item === 'string') return item
  const text = item !== null && typeof item === 'object' ? (item as { text?: unknown }).text : undefined
  return typeof text === 'string' ? text : undefined
}

/** Items that hold lines of a private key which begins in one of them and ends in another, and hold nothing else. */
function keyParts(items: readonly unknown[]): readonly boolean[] {
  let isOpen = false
  return items.map((item) => {
    const text = textIn(item)
    if (text === undefined) return false
    const begins = text.lastIndexOf('-----BEGIN ')
    const ends = text.lastIndexOf('-----END ')
    const wasOpen = isOpen
    isOpen = begins > ends ? /PRIVATE KEY/.test(text.slice(begins)) : ends >= 0 ? false : isOpen
    return wasOpen && ends < 0 && begins < 0 && text.trim() !== ''
  })
}

/** `['--token', 'x']`: the option that an item is the value of. */
function optionBefore(items: readonly unknown[], i: number): string | undefined {
  const before = i > 0 ? items[i - 1] : undefined
  return typeof before === 'string' && /^--?[A-Za-z][\w-]*$/.test(before) && suspicionOf(before) ? before : undefined
}

/** A pattern that finds folders, the longest first, and what stands for each spelling. */
function foldersOf(folders: Readonly<Record<string, string>>): TextSite['folders'] {
  const spellings = new Map<string, string>()
  for (const [placeholder, folder] of Object.entries(folders)) {
    const path = folder.replace(/[/\\]+$/, '')
    if (path.length < 4) continue
    for (const spelling of [path, JSON.stringify(path).slice(1, -1), encodeURI(path), encodeURIComponent(path)]) spellings.set(spelling, placeholder)
  }
  if (spellings.size === 0) return undefined
  const all = [...spellings.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).map(escaped)
  return { pattern: new RegExp(`(?<![A-Za-z0-9_.~>-])(?:${all.join('|')})(?![A-Za-z0-9_-])`, 'g'), placeholders: spellings }
}
