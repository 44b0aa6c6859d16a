/** Conditions of foreign edges as CEL: comparisons of outputs with plain values, joined by and, or, not. */

/** What words of a condition stand for: CEL by the first word of a dotted name, or undefined for one that is not known. */
export type Words = (word: string) => string | undefined

const TOKEN = /\s*(?:(==|!=|<=|>=|<|>|&&|\|\||!|\(|\)|\[|\]|,|\.)|("(?:[^"\\]|\\.){0,500}"|'(?:[^'\\]|\\.){0,500}')|(\d{1,15}(?:\.\d{1,15})?)|([A-Za-z_]\w{0,99}))/y
const WORDS: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', True: 'true', False: 'false', None: 'null', true: 'true', false: 'false', null: 'null', in: 'in' }
/** Parts that are left out of a name: they say only that it is about what a node gave. */
const OUTPUT = new Set(['output', 'outputs', 'result', 'results', 'value'])
/** Brackets and negations inside each other. */
const MOST_DEPTH = 50

type Token = { readonly kind: 'sign' | 'text' | 'number' | 'word'; readonly text: string }
type Tokens = readonly Token[]

/** A condition in CEL, or undefined where it says more than can be told for sure. */
export function translateCondition(source: string, words: Words): string | undefined {
  const tokens = tokensOf(unwrapped(source))
  if (!tokens?.length) return undefined
  const parser = new Parser(tokens, words)
  const cel = parser.or(0)
  return cel !== undefined && parser.isDone ? cel : undefined
}

/** Without the `${…}` or `{{…}}` around the whole. */
function unwrapped(source: string): string {
  const text = source.trim().slice(0, 2000)
  return (/^\$\{([^{}]*)\}$/.exec(text) ?? /^\{\{([^{}]*)\}\}$/.exec(text))?.[1] ?? text
}

function tokensOf(source: string): Token[] | undefined {
  const tokens: Token[] = []
  let at = 0
  while (source.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(source)
    if (!found) return undefined
    const [, sign, text, number, word] = found
    at = TOKEN.lastIndex
    tokens.push(sign !== undefined ? { kind: 'sign', text: sign } : text !== undefined ? { kind: 'text', text } : number !== undefined ? { kind: 'number', text: number } : Object.hasOwn(WORDS, word!) && !['true', 'false', 'null'].includes(WORDS[word!]!) ? { kind: 'sign', text: WORDS[word!]! } : { kind: 'word', text: word! })
  }
  return tokens
}

class Parser {
  readonly #tokens: Tokens
  readonly #words: Words
  #at = 0

  constructor(tokens: Tokens, words: Words) {
    this.#tokens = tokens
    this.#words = words
  }

  get isDone(): boolean {
    return this.#at === this.#tokens.length
  }

  #take(...signs: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'sign' || !signs.includes(token.text)) return undefined
    this.#at++
    return token.text
  }

  or(depth: number): string | undefined {
    return this.#chain('||', () => this.#chain('&&', () => this.#not(depth)))
  }

  #chain(sign: string, part: () => string | undefined): string | undefined {
    let left = part()
    while (left !== undefined && this.#take(sign)) {
      const right = part()
      left = right === undefined ? undefined : `${left} ${sign} ${right}`
    }
    return left
  }

  #not(depth: number): string | undefined {
    if (depth > MOST_DEPTH) return undefined
    if (!this.#take('!')) return this.#comparison(depth)
    const isBracketed = this.#tokens[this.#at]?.text === '('
    const inner = this.#not(depth + 1)
    return inner === undefined ? undefined : isBracketed ? `!${inner}` : `!(${inner})`
  }

  #comparison(depth: number): string | undefined {
    if (this.#take('(')) {
      const inner = this.or(depth + 1)
      return inner !== undefined && this.#take(')') ? `(${inner})` : undefined
    }
    const left = this.#value()
    const sign = this.#take('==', '!=', '<=', '>=', '<', '>', 'in') ?? (this.#take('!') && this.#take('in') ? 'not in' : undefined)
    // A value alone is no yes or no for sure: texts and lists count as true there when they are not empty.
    if (left === undefined || sign === undefined) return left === 'true' || left === 'false' ? left : left === undefined || !/^[a-z]/.test(left) ? undefined : `${left} == true`
    const right = this.#value()
    if (right === undefined) return undefined
    return sign === 'not in' ? `!(${left} in ${right})` : `${left} ${sign} ${right}`
  }

  #value(): string | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind === 'sign') return token.text === '[' ? this.#list() : undefined
    this.#at++
    if (token?.kind === 'number') return token.text
    if (token?.kind === 'text') return token.text
    return token === undefined ? undefined : this.#name(token.text)
  }

  #list(): string | undefined {
    this.#take('[')
    const items: string[] = []
    while (!this.#take(']')) {
      const token = this.#tokens[this.#at++]
      if (token === undefined || (token.kind !== 'text' && token.kind !== 'number')) return undefined
      items.push(token.text)
      if (!this.#take(',') && this.#tokens[this.#at]?.text !== ']') return undefined
    }
    return `[${items.join(', ')}]`
  }

  #name(first: string): string | undefined {
    if (Object.hasOwn(WORDS, first)) return WORDS[first]
    const parts: string[] = []
    while (this.#take('.')) {
      const token = this.#tokens[this.#at++]
      if (token?.kind !== 'word' || Object.hasOwn(WORDS, token.text)) return undefined
      parts.push(token.text)
    }
    const isPrefix = (first === 'nodes' || first === 'outputs') && parts.length > 0
    const cel = this.#words(isPrefix ? parts.shift()! : first)
    if (cel === undefined) return undefined
    if (parts.length && OUTPUT.has(parts[0]!)) parts.shift()
    return [cel, ...parts].join('.')
  }
}
