/** Columns with realistic values: which methods of the faker there are, and what they give for a cell. */
import { keyOf, type Key } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { callFaker, type FakerCall } from './faker-library.ts'
import { SpecFault } from './fault.ts'
import type { Site } from './site.ts'

/**
 * Methods that give a text and read nothing but their randomness. Not offered: what reads the clock (dates but for
 * names of months and days), gives no text, points to a foreign host (images, addresses of sites and mail), or
 * takes code or patterns.
 */
const METHODS: Readonly<Record<string, string>> = {
  airline: 'recordLocator seat aircraftType flightNumber',
  animal: 'dog cat snake bear lion cetacean horse bird cow fish crocodilia insect rabbit rodent type petName',
  book: 'author format genre publisher series title',
  color: 'human rgb',
  commerce: 'department productName price productAdjective productMaterial product productDescription isbn upc',
  company: 'name catchPhrase buzzPhrase catchPhraseAdjective catchPhraseDescriptor catchPhraseNoun buzzAdjective buzzVerb buzzNoun',
  database: 'column type collation engine mongodbObjectId',
  date: 'month weekday timeZone',
  finance: 'accountNumber accountName routingNumber amount transactionType currencyCode currencyName currencySymbol bitcoinAddress creditCardNumber creditCardCVV creditCardIssuer pin iban bic transactionDescription',
  food: 'adjective description dish ethnicCategory fruit ingredient meat spice vegetable',
  git: 'branch commitMessage commitSha',
  hacker: 'abbreviation adjective noun verb ingverb phrase',
  internet: 'exampleEmail username displayName protocol httpMethod domainSuffix domainWord ipv4 ipv6 mac password',
  location: 'zipCode city buildingNumber street streetAddress secondaryAddress county country continent countryCode state direction cardinalDirection ordinalDirection timeZone',
  lorem: 'word words sentence slug sentences paragraph paragraphs text lines',
  music: 'album artist genre songName',
  number: 'binary octal hex romanNumeral',
  person: 'firstName lastName middleName fullName gender sex bio prefix suffix jobTitle jobDescriptor jobArea jobType zodiacSign',
  phone: 'number imei',
  string: 'alpha alphanumeric binary octal hexadecimal numeric uuid nanoid',
  system: 'fileName commonFileName mimeType commonFileType commonFileExt fileType fileExt directoryPath filePath semver networkInterface cron',
  vehicle: 'vehicle manufacturer model type fuel vin color vrm bicycle',
  word: 'adjective adverb conjunction interjection noun preposition verb sample words',
}

/** Names of all methods, `module.method`. */
export const FAKER_METHODS: readonly string[] = Object.entries(METHODS).flatMap(([module, names]) => names.split(' ').map((name) => `${module}.${name}`))

/** The largest number that an option may be, and the longest text that a method may give. */
const MOST = 100
const MOST_CHARACTERS = 20_000

/** The value of a cell, or a part of one, by its key. */
export type Fake = (key: Key, n: number) => string

/** Compiles a call of the faker; mistakes become findings of the site. */
export function compileFaker(spec: string | { call: string; with: Record<string, unknown> }, most: number | undefined, epoch: number, site: Site): Fake {
  const name = typeof spec === 'string' ? spec : spec.call
  const at = typeof spec === 'string' ? site : site.at('call')
  if (!FAKER_METHODS.includes(name)) {
    at.complain('name', `no method '${name}' of the faker`, { nearest: nearest(name, FAKER_METHODS), expected: methodsNear(name) })
    return () => ''
  }
  const [module, method] = name.split('.') as [string, string]
  const call: FakerCall = typeof spec === 'string' ? { module, method } : { module, method, options: spec.with }
  if (typeof spec !== 'string' && !checkOptions(call, spec.with, epoch, site.at('with'))) return () => ''
  return (key, n) => {
    const value = callFaker(call, keyOf([n], key), epoch)
    if (typeof value !== 'string' || value.length > MOST_CHARACTERS) throw new SpecFault(`${name} gives no text of at most ${MOST_CHARACTERS} characters`)
    return most === undefined ? value : [...value].slice(0, most).join('')
  }
}

function methodsNear(name: string): string {
  const module = name.split('.')[0]!
  return Object.hasOwn(METHODS, module) ? METHODS[module]!.split(' ').map((method) => `${module}.${method}`).join(', ') : `a method of ${Object.keys(METHODS).join(', ')}`
}

/** Options are tried out: what the method never looks at is unknown to it. */
function checkOptions(call: FakerCall, options: Record<string, unknown>, epoch: number, at: Site): boolean {
  const large = Object.entries(options).filter(([, value]) => !isSmall(value, 0))
  for (const [option] of large) at.at(option).complain('value', 'an option is a short text, a number or a few of them', { expected: `numbers up to ${MOST}` })
  if (large.length) return false
  const looked = new Set<string>()
  const watched = new Proxy(options, { get: (of, key) => { if (typeof key === 'string') looked.add(key); return Reflect.get(of, key) as unknown } })
  try {
    if (typeof callFaker({ ...call, options: watched }, keyOf(['trial']), epoch) !== 'string') throw new Error(`${call.module}.${call.method} gives no text with these`)
  } catch (error) {
    at.complain('value', (error as Error).message.split('\n')[0]!, { expected: 'options that the method takes' })
    return false
  }
  const unknown = Object.keys(options).filter((option) => !looked.has(option))
  for (const option of unknown) at.at(option).complain('name', `${call.module}.${call.method} takes no '${option}'`, { key: true, nearest: nearest(option, looked), expected: [...looked].join(', ') || 'no options' })
  return unknown.length === 0
}

function isSmall(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Math.abs(value) <= MOST
  if (typeof value === 'string') return value.length <= MOST
  if (typeof value === 'boolean' || value === null) return true
  return depth < 2 && typeof value === 'object' && Object.keys(value).length <= 20 && Object.values(value).every((item) => isSmall(item, depth + 1))
}
