/** Secrets in a text: known ones, those of known shapes, values of assignments, and what JSON and base64 inside the text hide. */
import { isOrdinary, isRandom, suspicionOf } from './secret-name.ts'
import { ATTRIBUTES, AWS_ID, AWS_SECRET, BASIC, COOKIE_ATTRIBUTE, COOKIE_HEADER, ELEMENT, EMAIL, FRAMED, PREFIXED, type Shape } from './secret-shape.ts'
import type { SecretVault } from './secret-vault.ts'

export type TextSite = {
  readonly vault: SecretVault
  readonly folders: { readonly pattern: RegExp; readonly placeholders: ReadonlyMap<string, string> } | undefined
  readonly emails: boolean
}

/** JSON in JSON in base64, and so on. */
const MAX_LAYERS = 4

export function scrubText(text: string, site: TextSite, layer = 0): string {
  if (text.length < 4) return text
  let shown = text
  if (layer < MAX_LAYERS) {
    if (shown.includes('"')) shown = insideJson(shown, site, layer)
    shown = insideBase64(shown, site, layer)
  }
  shown = withoutKeyEnds(withFrames(byShape(site.vault.hide(shown), PREFIXED, site.vault), site.vault), site.vault)
  if (AWS_ID.test(text)) shown = shown.replace(AWS_SECRET, (secret) => site.vault.learn(secret))
  shown = withAssignments(shown, site.vault)
  if (site.emails) shown = shown.replace(EMAIL, (address) => site.vault.placeholderOf(address, 'email'))
  const { folders } = site
  return folders ? shown.replace(folders.pattern, (path) => folders.placeholders.get(path)!) : shown
}

const KEY_END = /-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/g
const MOST_KEYS = 100

/** The end of a private key whose beginning was cut off: the lines of base64 before it. */
function withoutKeyEnds(text: string, vault: SecretVault): string {
  return [...text.matchAll(KEY_END)].slice(0, MOST_KEYS).reduceRight((shown, { index }) => {
    let from = index
    for (let line = lineBefore(shown, from); line !== undefined; line = lineBefore(shown, from)) from = line
    const lines = shown.slice(from, index).trim()
    return lines === '' ? shown : `${shown.slice(0, from)}${vault.learn(lines)}\n${shown.slice(index)}`
  }, text)
}

/** Where the line before a place begins, if it is one of base64. */
function lineBefore(text: string, at: number): number | undefined {
  if (at === 0 || text[at - 1] !== '\n') return undefined
  const from = text.lastIndexOf('\n', at - 2) + 1
  return /^\s*[A-Za-z0-9+/=]{1,100}\s*$/.test(text.slice(Math.max(from, at - 120), at - 1)) && at - from <= 120 ? from : undefined
}

/** Replaces the last group of each match, or all of it. */
function byShape(text: string, shapes: readonly Shape[], vault: SecretVault): string {
  return shapes.reduce((shown, { pattern }) => shown.replace(pattern, (found: string, group: unknown) => {
    const secret = typeof group === 'string' ? group : found
    if (isOrdinary(secret) || secret.includes('<secret:')) return found
    const at = found.lastIndexOf(secret)
    return found.slice(0, at) + vault.learn(secret) + found.slice(at + secret.length)
  }), text)
}

/** Headers and URLs. */
function withFrames(text: string, vault: SecretVault): string {
  let shown = byShape(text, FRAMED, vault)
  shown = shown.replace(BASIC, (found: string, code: string) => {
    const plain = Buffer.from(code, 'base64').toString()
    const colon = plain.indexOf(':')
    if (colon < 0 || !/^[\x20-\x7e]+$/.test(plain)) return found
    if (plain.length - colon > 5) vault.learn(plain.slice(colon + 1))
    return found.slice(0, -code.length) + vault.learn(code)
  })
  shown = shown.replace(ELEMENT, (found: string, name: string, value: string) => (suspicionOf(name) === 'strong' && !isOrdinary(value) ? `<${name}>${vault.learn(value)}` : found))
  shown = shown.replace(ATTRIBUTES, (found: string, name: string, value: string) => (suspicionOf(name) === 'strong' && !isOrdinary(value) && !value.includes('<secret:') ? `${found.slice(0, -value.length - 1)}${vault.learn(value)}"` : found))
  return shown.replace(COOKIE_HEADER, (found: string, cookies: string) => found.slice(0, -cookies.length) + cookies.split(';').map((cookie) => hideCookie(cookie, vault)).join(';'))
}

function hideCookie(cookie: string, vault: SecretVault): string {
  const at = cookie.indexOf('=')
  const value = cookie.slice(at + 1).trim()
  if (at < 0 || value.length < 4 || isOrdinary(value) || COOKIE_ATTRIBUTE.test(cookie.slice(0, at).trim())) return cookie
  return `${cookie.slice(0, at + 1)}${vault.learn(value)}`
}

const NAME = '_{0,3}[A-Za-z][A-Za-z0-9_.-]{1,60}'
/** NAME=value, name: value, 'name': "a value", --name value. */
const ASSIGNMENT = new RegExp(`(?<![A-Za-z0-9_])(--?)?(["']?)(${NAME})\\2(\\s{0,3}(?:=>|:=|=|:)\\s{0,3}|(?<=--?${NAME})\\s{1,3})(?:(["'\`])([^"'\`\\r\\n]{1,500})\\5|([^\\s"'\`,;&<>(){}\\[\\]\\\\]{4,500}))`, 'g')

function withAssignments(text: string, vault: SecretVault): string {
  let shown = ''
  let done = 0
  ASSIGNMENT.lastIndex = 0
  for (let match = ASSIGNMENT.exec(text); match; match = ASSIGNMENT.exec(text)) {
    const [found, dashes = '', , name, between, , quoted, bare] = match as unknown as [string, string?, string?, string?, string?, string?, string?, string?]
    const value = quoted ?? bare!
    const at = match.index + found.lastIndexOf(value)
    const isListed = between === '=' && /;\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index))
    if (!isAssigned(name!, value, between!, dashes, quoted !== undefined, isListed)) {
      // The value of an ordinary name may hold an assignment itself.
      ASSIGNMENT.lastIndex = at
      continue
    }
    // A word alone is too ordinary to be hidden elsewhere.
    const placeholder = quoted !== undefined || /\d/.test(value) || value.length >= 20 ? vault.learn(value) : vault.placeholderOf(value)
    shown += text.slice(done, at) + placeholder
    done = at + value.length
    ASSIGNMENT.lastIndex = done
  }
  return done === 0 ? text : shown + text.slice(done)
}

function isAssigned(name: string, value: string, between: string, dashes: string, isQuoted: boolean, isListed: boolean): boolean {
  const suspicion = suspicionOf(name)
  if (!suspicion || isOrdinary(value) || value.includes('<secret:')) return false
  if (/^(?:Bearer|Basic|Token|Digest)\b/i.test(value) || (/cookie/i.test(name) && value.includes('='))) return false
  if (suspicion === 'weak') return isRandom(value)
  // A part of a connection string is one too.
  const isVariable = isListed || dashes === '--' || (!/\s/.test(between) && /^[A-Z0-9_]+$/.test(name))
  return isQuoted ? value.length >= 4 : looksSecret(value, isVariable)
}

/** Whether a value without quotes is a secret rather than a word of prose or of a program. */
function looksSecret(value: string, isVariable: boolean): boolean {
  if (/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(value)) return isRandom(value)
  if (isVariable) return value.length >= 4
  return value.length >= 6 && (/\d/.test(value) || /[^A-Za-z0-9_./:-]/.test(value) || value.length >= 24)
}

const PAIR = /"((?:[^"\\]|\\.){1,80})"(\s*:\s*)"((?:[^"\\]|\\.)*)"/g
/** Characters that are read in looking for the ends of literals: in a text that is all quotes the look would not end. */
const MOST_READ = 4_000_000

/** Texts of JSON inside a text, wherever they stand: their escapes undone, scrubbed, and written again where that changed them. */
function insideJson(text: string, site: TextSite, layer: number): string {
  const named = text.replace(PAIR, (found: string, key: string, between: string, value: string) => {
    const name = literalOf(`"${key}"`)
    const plain = literalOf(`"${value}"`)
    const suspicion = name === undefined ? undefined : suspicionOf(name)
    if (name === undefined || plain === undefined || !suspicion || isOrdinary(plain) || plain.includes('<secret:')) return found
    if (suspicion === 'weak' && !isRandom(plain)) return found
    const inner = /cookie/i.test(name) && plain.includes('=') ? scrubText(`cookie: ${plain}`, site, layer + 1).slice('cookie: '.length)
      : /^(?:Bearer|Basic|Token|Digest)\s/i.test(plain) ? `${plain.split(/\s+/, 1)[0]} ${hideScheme(plain, site)}`
      : site.vault.learn(plain)
    return `"${key}"${between}${JSON.stringify(inner)}`
  })
  return named.includes('\\') ? insideEscapes(named, site, layer) : named
}

/** Only literals with escapes in them can hide something from who reads the whole. */
function insideEscapes(text: string, site: TextSite, layer: number): string {
  let shown = ''
  let done = 0
  let read = 0
  for (let at = text.indexOf('"'); at >= 0 && read < MOST_READ;) {
    const end = endOfLiteral(text, at)
    read += end - at
    const literal = text[end] === '"' ? text.slice(at, end + 1) : ''
    const plain = literal.includes('\\') ? literalOf(literal) : undefined
    const inner = plain === undefined ? undefined : scrubText(plain, site, layer + 1)
    if (inner !== undefined && inner !== plain) {
      shown += text.slice(done, at) + JSON.stringify(inner)
      done = end + 1
    }
    // Where quotes do not go in pairs, the end of one literal is the beginning of the next.
    at = text.indexOf('"', inner === undefined ? at + 1 : end + 1)
  }
  return done === 0 ? text : shown + text.slice(done)
}

/** Where a literal that begins at a place ends: at its quote, or at the end of the line or of the text. */
function endOfLiteral(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text[at]
    if (sign === '\\') at++
    else if (sign === '"' || sign === '\n' || sign === '\r') return at
  }
  return text.length
}

/** What follows the scheme of a header. */
function hideScheme(plain: string, { vault }: TextSite): string {
  const rest = plain.replace(/^\S+\s+/, '')
  if (/^basic/i.test(plain)) {
    const [, password] = /:(.{5,})$/s.exec(Buffer.from(rest, 'base64').toString()) ?? []
    if (password !== undefined) vault.learn(password)
  }
  return vault.learn(rest)
}

function literalOf(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string
  } catch {
    return undefined
  }
}

/** Lines of a mail or a certificate, or one word. */
const BASE64 = /(?:[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9+/_-]{11,}={0,2}/g
/** Tells texts from other bytes. */
const STRICT = new TextDecoder('utf-8', { fatal: true })

/** Words that are base64 of something with a secret in it: decoded, scrubbed, and encoded again. */
function insideBase64(text: string, site: TextSite, layer: number): string {
  return text.replace(BASE64, (found) => {
    const bytes = Buffer.from(found, 'base64')
    const plain = textOf(bytes)
    const shown = plain === undefined ? byShape(site.vault.hide(bytes.toString('latin1')), PREFIXED, site.vault) : scrubText(plain, { ...site, emails: false, folders: undefined }, layer + 1)
    if (shown === (plain ?? bytes.toString('latin1'))) return found
    const code = Buffer.from(shown, plain === undefined ? 'latin1' : 'utf8').toString('base64')
    return /[_-]/.test(found) ? code.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : found.endsWith('=') || found.length % 4 === 0 ? code : code.replace(/=+$/, '')
  })
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = STRICT.decode(bytes)
    return /[^\P{Cc}\t\n\v\f\r]/u.test(text) ? undefined : text
  } catch {
    return undefined
  }
}
