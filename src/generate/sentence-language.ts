/** English as the library knows it: what words are, and their other forms. It reads no clock and no locale for this. */
// oxlint-disable-next-line no-restricted-imports -- its words take a while to load, and most references have no sentence
import { createRequire } from 'node:module'

/** A word of a sentence; `mark` is the punctuation that follows it. */
export type Term = { readonly word: string; readonly tags: ReadonlySet<string>; readonly mark: string }

type Model = unknown
type Transform = {
  readonly noun: { toPlural(word: string, model: Model): string; toSingular(word: string, model: Model): string }
  readonly verb: { conjugate(word: string, model: Model): Readonly<Record<string, string>>; toInfinitive(word: string, model: Model, tense: string): string }
}
type Library = {
  (text: string): { json(options: object): { terms: { text: string; post: string; tags: string[] }[] }[] }
  methods(): { two: { transform: Transform } }
  model(): Model
}

type English = Transform & { readonly library: Library; readonly model: Model }

let loaded: English | undefined

/** The library, loaded when a sentence is first read. */
function english(): English {
  if (!loaded) {
    const library = createRequire(import.meta.url)('compromise/two') as Library
    loaded = { library, ...library.methods().two.transform, model: library.model() }
  }
  return loaded
}

/** Words that end in s and are one, or that the library turns into no word. */
const SINGULAR = /(?:ss|us|is|news|series|species|chess|gas|bus|lens|canvas|atlas|campus|mathematics|physics|logistics|athletics)$/
const IRREGULAR: Readonly<Record<string, string>> = { buses: 'bus', gases: 'gas', lenses: 'lens', analyses: 'analysis', series: 'series', species: 'species', canvases: 'canvas', staff: 'staff', crew: 'crew', movies: 'movie', cookies: 'cookie', calves: 'calf', data: 'data', media: 'media' }
/** Verbs that end as if they were in another form. */
const BARE = /(?:eed|ss|us|^(?:shed|embed|wed|bring|sing|ring|string|swing|sting|fling|ping|spring|wring))$/
/** Past participles that are not the past, which is all that the library says of some verbs. */
const PARTICIPLES: Readonly<Record<string, string>> = { withdraw: 'withdrawn', write: 'written', draw: 'drawn', give: 'given', take: 'taken', choose: 'chosen', grow: 'grown', sew: 'sewn', sow: 'sown', show: 'shown', break: 'broken', drive: 'driven', throw: 'thrown', begin: 'begun', see: 'seen', do: 'done', shake: 'shaken', rewrite: 'rewritten', lay: 'laid', ring: 'rung', lend: 'lent', shear: 'shorn', fly: 'flown', freeze: 'frozen', weave: 'woven', fell: 'felled', prove: 'proven' }

/** The words of a text, with what they may be. */
export function termsOf(text: string): Term[] {
  return english().library(text).json({ terms: { tags: true } }).flatMap(({ terms }) => terms.map(({ text: word, post, tags }) => ({ word: word.toLowerCase().replaceAll(/[^a-z0-9']/g, ''), tags: new Set(tags), mark: post.trim() }))).filter(({ word }) => word !== '')
}

/** A noun of which there is one. */
export function singular(word: string): string {
  if (Object.hasOwn(IRREGULAR, word)) return IRREGULAR[word]!
  if (SINGULAR.test(word)) return word
  const { noun, model } = english()
  return noun.toSingular(word, model).replaceAll(/[^a-z0-9]/g, '') || word
}

/** A noun of which there are many; the last word of several is the one that changes. */
export function plural(words: string): string {
  const at = words.lastIndexOf('_') + 1
  const last = words.slice(at)
  if (last === 'series' || last === 'species') return `${words}_list`
  const { noun, model } = english()
  const many = noun.toPlural(last, model).replaceAll(/[^a-z0-9]/g, '') || `${last}s`
  return words.slice(0, at) + (many === last ? (last.endsWith('s') ? `${last}es` : `${last}s`) : many)
}

/** A verb without ending: `reschedules` to `reschedule`. */
export function infinitive(word: string): string {
  if (BARE.test(word)) return word
  const tense = word.endsWith('ing') ? 'Gerund' : word.endsWith('ed') ? 'PastTense' : word.endsWith('s') && !word.endsWith('ss') ? 'PresentTense' : 'Infinitive'
  const { verb, model } = english()
  return verb.toInfinitive(word, model, tense).replaceAll(/[^a-z]/g, '') || word
}

/** What has been done to something: `publish` to `published`. */
export function participle(word: string): string {
  const { verb, model } = english()
  const forms = verb.conjugate(word, model)
  return ((Object.hasOwn(PARTICIPLES, word) ? PARTICIPLES[word] : undefined) ?? forms['Participle'] ?? forms['PastTense'] ?? `${word}ed`).replaceAll(/[^a-z]/g, '') || `${word}ed`
}

/** Whether a word can be a verb where one would stand. */
export function canBeVerb(word: string): boolean {
  const [, middle] = termsOf(word.endsWith('s') && !word.endsWith('ss') ? `he ${word} the things` : `they ${word} the things`)
  return middle !== undefined && middle.word === word && middle.tags.has('Verb')
}
