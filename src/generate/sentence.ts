/** Sentences that describe a world: its nouns, what is done to them, where it is, and how hard it shall be. */
import { GymError } from '../core/gym-error.ts'
import { canBeVerb, infinitive, singular, type Term, termsOf } from './sentence-language.ts'
import { takeWishes, type Wishes } from './sentence-parameter.ts'

/** Longest sentence, in bytes of UTF-8. */
export const MOST_SENTENCE_BYTES = 500

/** A noun phrase without its article: `a film-festival jury` is the name film_festival_jury with the head jury. */
export type Noun = {
  /** Singular, words joined by _. */
  readonly name: string
  readonly head: string
  readonly modifiers: readonly string[]
  readonly plural: boolean
  /** Whether the language knows it as somebody who does something. */
  readonly actor: boolean
}

/** Something that is done: `lend maps to researchers`. */
export type Deed = {
  readonly verb: string
  /** In, out, off, up: `check patients in`. */
  readonly particle?: string
  /** Name of the noun that it is done to. */
  readonly object: string
  /** Names of those who do it, and whom it is done for. */
  readonly by?: string
  readonly to?: string
}

export type Reading = {
  /** Where it all happens, with its article; absent where the sentence names no place. */
  readonly place?: string
  readonly placeNoun?: Noun
  readonly nouns: readonly Noun[]
  readonly deeds: readonly Deed[]
  readonly wishes: Wishes
}

const DETERMINERS = new Set(['a', 'an', 'the', 'its', 'their', 'his', 'her', 'our', 'my', 'your', 'this', 'these', 'those', 'some', 'all', 'every', 'each', 'many', 'several', 'few', 'lots', 'various', 'any', 'no', 'other', 'more', 'also', 'then', 'only', 'both', 'new', 'old', 'own', 'different', 'eine', 'ein', 'einen', 'der', 'die', 'das', 'une', 'un', 'la', 'le', 'les', 'el', 'los', 'las', 'una', 'il'])
const MARKERS = new Set(['that', 'which', 'who', 'where', 'whose', 'when', 'while', 'because', 'so'])
const PREPOSITIONS = new Set(['to', 'for', 'from', 'with', 'without', 'of', 'in', 'on', 'at', 'by', 'into', 'onto', 'about', 'between', 'through', 'under', 'over', 'during', 'after', 'before', 'against', 'across', 'near', 'around', 'inside', 'among', 'per', 'via', 'towards', 'until', 'as'])
const PARTICLES = new Set(['in', 'out', 'off', 'up', 'down', 'back', 'over'])
const JOINERS = new Set(['and', 'or', 'plus', 'nor', 'but'])
const BE = new Set(['is', 'are', 'be', 'get', 'gets', 'was', 'were', 'been', 'being', 'has', 'have', 'must', 'can', 'may', 'will', 'should'])
const SKIPPED = new Set(['i', 'we', 'you', 'they', 'it', 'he', 'she', 'them', 'us', 'me', 'please', 'there', 'here', 'not', 'just', 'really', 'very', 'like', 'things', 'thing', 'stuff', 'something', 'everything', 'anything', 'etc', 'lot', 'kind', 'sort'])
/** Verbs that say nothing of what is done. */
const EMPTY = new Set(['manage', 'handle', 'run', 'do', 'have', 'be', 'use', 'need', 'want', 'make', 'get', 'work', 'help', 'support', 'organise', 'organize', 'keep', 'include', 'deal', 'go', 'let', 'create', 'build', 'generate', 'give', 'design', 'simulate', 'operate', 'look', 'care', 'serve', 'provide', 'offer', 'specialise', 'specialize', 'focus', 'involve', 'like', 'ask', 'would', 'can', 'must', 'should', 'will', 'may', 'describe', 'know', 'hold', 'own', 'live', 'love', 'update', 'constructor', 'prototype'])
/** Words that look like adjectives and are nouns. */
const NOUNS = new Set(['festival', 'hospital', 'animal', 'capital', 'material', 'journal', 'meal', 'terminal', 'trial', 'rental', 'crystal', 'signal', 'metal', 'canal', 'music', 'clinic', 'fabric', 'traffic', 'plastic', 'ceramic', 'archive', 'table', 'cable', 'vegetable', 'cooperative', 'mechanic', 'comic', 'picnic', 'arrival', 'proposal', 'manual', 'portal', 'locomotive', 'pedal', 'medal', 'mural', 'recital', 'carnival', 'coral', 'cereal', 'mineral', 'funeral'])
/** Nouns that speak of the gym and not of the domain. */
const OUTSIDE = new Set(['system', 'environment', 'world', 'gym', 'framework', 'simulation', 'app', 'application', 'platform', 'software', 'agent', 'team', 'tool', 'layer', 'level', 'task', 'scenario', 'database', 'way', 'place', 'people', 'person', 'day', 'time', 'work', 'job', 'business', 'help', 'data', 'information', 'approval', 'rule', 'thing'])
const MOST_NOUNS = 16
const MOST_WORDS = 3

/** Plain letters: accents go, what is no letter, digit or mark of a sentence becomes a space. */
function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/ß/g, 'ss').replaceAll(/[’‘]/g, "'").replaceAll(/'s\b/gi, '').replaceAll(/[–—]/g, ' ; ')
    .replaceAll(/\be-(?=[a-z])/gi, 'e').replaceAll(/[^A-Za-z0-9,.;:!?()\n -]/g, ' ').replaceAll(/([A-Za-z])-(?=[A-Za-z])/g, '$1 ').replaceAll(/ +/g, ' ').trim()
}

function isVerb({ word, tags }: Term): boolean {
  return tags.has('Verb') && !tags.has('Gerund') ? true : BE.has(word)
}

function isSkipped({ word, tags }: Term): boolean {
  return DETERMINERS.has(word) || SKIPPED.has(word) || tags.has('Adverb') || tags.has('Value') || tags.has('Pronoun') || tags.has('Negative') || /^\d/.test(word) || !/^[a-z]+$/.test(word)
}

/** The noun phrase of some words, or undefined where there is none. */
function nounOf(terms: readonly Term[]): Noun | undefined {
  const words = terms.filter((term) => !isSkipped(term) && !BE.has(term.word) && !MARKERS.has(term.word) && !PREPOSITIONS.has(term.word))
  const last = words.at(-1)
  if (!last || last.word.length < 2 || last.word.length > 30) return undefined
  const head = singular(last.word)
  const modifiers = words.slice(0, -1).filter(({ word, tags }) => word.length > 1 && word.length <= 30 && (tags.has('Noun') || tags.has('Gerund') || /(?:ing|ry|ics|logy|al)$/.test(word) ? !tags.has('Comparative') && !tags.has('Superlative') : false)).map(({ word, tags }) => (word.endsWith('s') && tags.has('Plural') && !tags.has('ProperNoun') ? singular(word) : word)).slice(-(MOST_WORDS - 1))
  const nouns = modifiers.filter((word) => NOUNS.has(word) || !/(?:al|ic|ous|ive|ful|less|able|ible)$/.test(word))
  if (OUTSIDE.has(head) && nouns.length === 0) return undefined
  return { name: [...nouns, head].join('_').slice(0, 50), head, modifiers, plural: head !== last.word, actor: last.tags.has('Actor') }
}

/** Words between commas and joiners. */
function segments(terms: readonly Term[]): Term[][] {
  const parts: Term[][] = [[]]
  for (const term of terms) {
    if (JOINERS.has(term.word)) { parts.push([]); continue }
    parts.at(-1)!.push(term)
    if (term.mark.includes(',')) parts.push([])
  }
  return parts.filter((part) => part.length > 0)
}

/** Words between prepositions, each with the one before it. */
function phrases(terms: readonly Term[]): { readonly after?: string; readonly terms: Term[] }[] {
  const parts: { after?: string; terms: Term[] }[] = [{ terms: [] }]
  for (const term of terms) {
    if (PREPOSITIONS.has(term.word)) parts.push({ after: term.word, terms: [] })
    else parts.at(-1)!.terms.push(term)
  }
  return parts
}

type Clause = { readonly nouns: Noun[]; readonly deeds: Deed[] }

function isDoing(word: string): boolean {
  return word.length > 5 && word.endsWith('ing')
}

/** Where the verb of a segment stands, if it has one. */
function verbAt(segment: readonly Term[], afterMarker: boolean, listing: boolean, open: boolean, bare: boolean): number {
  const start = segment.findIndex((term) => !(term.tags.has('Adverb') || SKIPPED.has(term.word)))
  if (start < 0) return -1
  const first = segment[start]!
  const next = segment[start + 1]
  const doing = first.tags.has('Gerund') || (afterMarker && isDoing(first.word))
  if (doing && next && !PREPOSITIONS.has(next.word)) return start
  const opens = !DETERMINERS.has(first.word) && !PREPOSITIONS.has(first.word)
  if (opens && (afterMarker || listing)) {
    if (isVerb(first)) return start
    // After a plural no other noun follows, so `bills appointments` is something that is done.
    if (next && !PREPOSITIONS.has(next.word) && /[^s]s$/.test(first.word) && !isVerb(next)) return start
    if (next && !PREPOSITIONS.has(next.word) && !isVerb(next) && bare && canBeVerb(first.word)) return start
    if (!next && (open || canBeVerb(first.word))) return start
  }
  // A plural at the end that could be a verb is none: `falconry clubs`.
  return segment.findIndex((term, i) => i >= start && isVerb(term) && (i === 0 || i < segment.length - 1 || term.tags.has('PastTense')) && !term.tags.has('Gerund') && !DETERMINERS.has(segment[i - 1]?.word ?? '') && !PREPOSITIONS.has(segment[i - 1]?.word ?? ''))
}

/** What one clause says: `archivists digitise deeds, lend maps to researchers, and restore photographs`. */
function readClause(terms: readonly Term[], afterMarker: boolean, bare = false): Clause {
  const clause: Clause = { nouns: [], deeds: [] }
  const note = (noun: Noun | undefined): Noun | undefined => {
    if (noun && !clause.nouns.some(({ name }) => name === noun.name)) clause.nouns.push(noun)
    return noun
  }
  let waiting: { verb: string; particle?: string }[] = []
  let last: typeof waiting = []
  let by: string | undefined
  segments(terms).forEach((segment, i) => {
    const at = verbAt(segment, afterMarker && i === 0, (waiting.length > 0 || last.length > 0) || (i === 0 && afterMarker), waiting.length > 0, bare)
    let rest = segment
    if (at >= 0) {
      const subject = note(nounOf(segment.slice(0, at)))
      if (subject) by = subject.name
      const ended = segment[at]!.tags.has('PastTense') && at === segment.length - 1
      const passive = subject && (ended || (BE.has(segment[at]!.word) && segment[at + 1]?.tags.has('Verb')))
      if (passive) {
        const verb = infinitive(segment[ended ? at : at + 1]!.word)
        if (!EMPTY.has(verb)) clause.deeds.push({ verb, object: subject.name })
        for (const { terms: others } of phrases(segment.slice(at + 2)).slice(1)) note(nounOf(others))
        by = undefined
        waiting = []
        last = []
        return
      }
      const verb = infinitive(segment[at]!.word)
      const particle = segment[at + 1] && PARTICLES.has(segment[at + 1]!.word) ? segment[at + 1]!.word : undefined
      if (last.length > 0) waiting = []
      last = []
      waiting.push({ verb, ...(particle !== undefined && { particle }) })
      rest = segment.slice(at + (particle === undefined ? 1 : 2))
    }
    const [first, ...others] = phrases(rest)
    const trailing = others.at(-1)
    const late = trailing && trailing.terms.length === 0 && PARTICLES.has(trailing.after!) ? trailing.after : undefined
    const object = note(nounOf(first!.terms))
    const recipient = others.map(({ after, terms: words }) => ({ after, noun: note(nounOf(words)) })).find(({ after, noun }) => noun && (after === 'to' || after === 'for'))?.noun
    const doing = waiting.length > 0 ? waiting : last
    if (!object) return
    for (const { verb, particle = late } of doing) if (!EMPTY.has(verb)) clause.deeds.push({ verb, ...(particle !== undefined && { particle }), object: object.name, ...(by !== undefined && by !== object.name && { by }), ...(recipient && { to: recipient.name }) })
    if (doing.length > 0) {
      last = doing
      waiting = []
    }
  })
  return clause
}

/** Whether a clause tells what to do: `book appointments and check patients in`. */
function isOrder(terms: readonly Term[]): boolean {
  const parts = segments(terms)
  return isVerb(terms[0]!) || (parts.length > 1 && parts.every((part) => part.length > 1 && !DETERMINERS.has(part[0]!.word) && canBeVerb(part[0]!.word) && part.slice(1).some(({ tags }) => tags.has('Plural'))))
}

/** The clauses of a part: words, and whether a relative word or an opening verb comes before them. */
function clausesOf(terms: readonly Term[]): { readonly terms: Term[]; readonly marked: boolean }[] {
  const clauses: { terms: Term[]; marked: boolean }[] = [{ terms: [], marked: false }]
  for (const [i, term] of terms.entries()) {
    if (MARKERS.has(term.word)) clauses.push({ terms: [], marked: true })
    else if (i > 0 && PREPOSITIONS.has(terms[i - 1]!.word) && isDoing(term.word) && terms[i + 1] && !PREPOSITIONS.has(terms[i + 1]!.word)) clauses.push({ terms: [term], marked: true })
    else clauses.at(-1)!.terms.push(term)
  }
  return clauses.filter((clause) => clause.terms.length > 0)
}

function article(words: string): string {
  return /^(?:[aeio]|u(?!ni|s[aeiu]|ti|ro))/.test(words) ? 'an' : 'a'
}

/** The place that opens a sentence: `a clinic`, `podcast network`, what `in a harbour` ends with. */
function placeOf(terms: readonly Term[]): { place: string; noun: Noun } | undefined {
  const start = terms.findIndex(({ word, tags }) => !SKIPPED.has(word) && !EMPTY.has(infinitive(word)) && !PREPOSITIONS.has(word) && !tags.has('Pronoun'))
  if (start < 0) return undefined
  const from = terms.slice(start)
  const end = from.findIndex((term, i) => PREPOSITIONS.has(term.word) || JOINERS.has(term.word) || (i > 1 && isVerb(term) && !term.tags.has('Noun')))
  const phrase = (end < 0 ? from : from.slice(0, end)).slice(0, 8)
  const noun = nounOf(phrase)
  const whole = end < 0 && !phrase.some(isVerb)
  const fixed = phrase[0] && ['a', 'an', 'the', 'our', 'my', 'your'].includes(phrase[0].word)
  if (!noun) return end >= 0 && from[end] && PREPOSITIONS.has(from[end]!.word) ? placeOf(from.slice(end + 1)) : undefined
  if (noun.plural || !(fixed || whole)) return undefined
  // `a museum of clocks` is more of a place than a museum.
  const rest = from[end]?.word === 'of' ? from.slice(end, from.findIndex((term, i) => i > end && (PREPOSITIONS.has(term.word) || JOINERS.has(term.word) || term.mark !== '' || i - end > 3)) + 1 || undefined) : []
  const tail = rest.filter(({ word }, i) => i === 0 || !(PREPOSITIONS.has(word) || JOINERS.has(word))).map(({ word }) => word)
  const words = [...phrase.filter(({ word }) => !DETERMINERS.has(word) || word === 'new' || word === 'old').map(({ word }) => word), ...(tail.length > 1 ? tail : [])].join(' ')
  return { place: `${article(words)} ${words}`.slice(0, 120), noun }
}

/**
 * What a sentence says.
 * @throws GymError GYM_INVALID_PARAMS for one that is longer than 500 bytes
 */
export function readSentence(sentence: string): Reading {
  const bytes = new TextEncoder().encode(sentence).length
  if (bytes > MOST_SENTENCE_BYTES) throw new GymError('GYM_INVALID_PARAMS', `expected a sentence of at most ${MOST_SENTENCE_BYTES} bytes, found ${bytes}`, { path: 'sentence' })
  const { wishes, rest } = takeWishes(plain(sentence))
  const parts = rest.split(/[.;:!?()\n]+| - /).map((part) => termsOf(part.trim())).filter((terms) => terms.length > 0)
  const opening = parts[0] && clausesOf(parts[0])[0]
  const found = opening && !opening.marked ? placeOf(opening.terms) : undefined
  const nouns: Noun[] = []
  const deeds: Deed[] = []
  parts.forEach((terms, i) => clausesOf(terms).forEach((clause, j) => {
    const orders = !found && i + j === 0 && isOrder(clause.terms)
    const read = readClause(clause.terms, clause.marked || orders, orders)
    nouns.push(...read.nouns.filter(({ name }) => name !== found?.noun.name && !nouns.some((noun) => noun.name === name)))
    deeds.push(...read.deeds.filter(({ object }) => object !== found?.noun.name))
  }))
  return { ...(found && { place: found.place, placeNoun: found.noun }), nouns: nouns.slice(0, MOST_NOUNS), deeds: deeds.slice(0, MOST_NOUNS), wishes }
}
