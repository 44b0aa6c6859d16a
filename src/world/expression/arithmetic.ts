/** Arithmetic written as text: `(19.99 + 5) * 3 % 7`, exactly, as fractions of integers. */

/** A fraction; the denominator is above 0. */
export type Fraction = { readonly n: bigint; readonly d: bigint }

/** Depth of parentheses and signs; what nests deeper is no arithmetic. */
const MAX_DEPTH = 60

/**
 * The value of an arithmetic text: + - * / % and parentheses over decimals, `%` with the sign of its divisor.
 * Undefined for what is no arithmetic, a division by zero included.
 */
export function parseArithmetic(text: string): Fraction | undefined {
  const tokens = text.match(/\d+(?:\.\d*)?|\.\d+|[-+*/%()]|\S/g) ?? []
  let at = 0
  let depth = 0

  function factor(): Fraction | undefined {
    const token = tokens[at++]
    if (token === undefined || ++depth > MAX_DEPTH) return undefined
    let value: Fraction | undefined
    if (token === '-' || token === '+') {
      const inner = factor()
      value = inner && token === '-' ? { n: -inner.n, d: inner.d } : inner
    } else if (token === '(') {
      const inner = sum()
      value = tokens[at++] === ')' ? inner : undefined
    } else value = decimal(token)
    depth--
    return value
  }

  function chain(next: () => Fraction | undefined, operators: string): Fraction | undefined {
    let left = next()
    while (left && tokens[at] !== undefined && operators.includes(tokens[at]!)) {
      const operator = tokens[at++]!
      const right = next()
      left = right && combine(operator, left, right)
    }
    return left
  }
  const product = (): Fraction | undefined => chain(factor, '*/%')
  const sum = (): Fraction | undefined => chain(product, '+-')

  const value = sum()
  return at >= tokens.length ? value : undefined
}

function decimal(token: string): Fraction | undefined {
  if (!/^[\d.]*\d[\d.]*$/.test(token)) return undefined
  const [whole = '', places = ''] = token.split('.')
  return { n: BigInt(whole + places), d: 10n ** BigInt(places.length) }
}

function combine(operator: string, a: Fraction, b: Fraction): Fraction | undefined {
  switch (operator) {
    case '+': return { n: a.n * b.d + b.n * a.d, d: a.d * b.d }
    case '-': return { n: a.n * b.d - b.n * a.d, d: a.d * b.d }
    case '*': return { n: a.n * b.n, d: a.d * b.d }
    case '/': return b.n === 0n ? undefined : positive(a.n * b.d, a.d * b.n)
    default: {
      if (b.n === 0n) return undefined
      const { n, d } = positive(a.n * b.d, a.d * b.n)
      const floor = n >= 0n ? n / d : -((-n + d - 1n) / d)
      return { n: a.n * b.d - b.n * floor * a.d, d: a.d * b.d }
    }
  }
}

function positive(n: bigint, d: bigint): Fraction {
  return d < 0n ? { n: -n, d: -d } : { n, d }
}

function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(2).length
}

/** The double nearest to a fraction, ties to even; infinite beyond the range, 0 for what is too small. */
export function nearestDouble({ n, d }: Fraction): number {
  if (n === 0n) return 0
  const magnitude = n < 0n ? -n : n
  // 64 bits of quotient, the last of which says whether anything was left over: more than rounding to 53 bits needs.
  const shift = 64 - (bitLength(magnitude) - bitLength(d))
  const quotient = shift >= 0 ? (magnitude << BigInt(shift)) / d : magnitude / (d << BigInt(-shift))
  const rest = shift >= 0 ? (magnitude << BigInt(shift)) % d : magnitude % (d << BigInt(-shift))
  let value = Number(rest === 0n ? quotient : quotient | 1n)
  for (let i = shift; i > 0; i--) value /= 2
  for (let i = shift; i < 0; i++) value *= 2
  return n < 0n ? -value : value
}

/** A double as the fraction that it exactly is. */
export function fractionOf(x: number): Fraction {
  let d = 1n
  let whole = x
  while (!Number.isInteger(whole)) {
    whole *= 2
    d *= 2n
  }
  return { n: BigInt(whole), d }
}
