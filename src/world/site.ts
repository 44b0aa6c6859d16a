/** A place in a document that is being compiled: collects findings instead of stopping at the first. */
import type { Finding, Path } from '../spec/complaint.ts'
import { compileExpression } from './expression/compile.ts'
import { convert } from './expression/conversion.ts'
import { type Compiled, ExpressionError, type Scope } from './expression/scope.ts'
import { JSON_VALUE, type Type } from './type.ts'

/** Stands for an expression that could not be compiled, so that the rest can be checked. */
const BROKEN: Compiled = { type: { ...JSON_VALUE }, run: () => null }

/** So many findings of one document are enough; the rest would only repeat them. */
export const MAX_FINDINGS = 200

/** Thrown when a document has too many mistakes to go on. */
export class TooManyFindings extends Error {
  override readonly name = 'TooManyFindings'
}

/** What was compiled, or undefined when there were too many mistakes to go on: their sites have them. */
export function untilTooMany<T>(compile: () => T): T | undefined {
  try {
    return compile()
  } catch (error) {
    if (error instanceof TooManyFindings) return undefined
    throw error
  }
}

function readsBroken(source: string, { variables }: Scope): boolean {
  for (const [name, { type }] of variables) if (type === BROKEN.type && new RegExp(`\\b${name}\\b`).test(source)) return true
  return false
}

export class Site {
  readonly path: Path
  readonly findings: Finding[]
  /** Characters into the value at the path where what is compiled begins. */
  readonly offset: number
  /** Whether complaints are about the key at the end of the path, not about its value. */
  readonly #aboutKey: boolean

  constructor(path: Path, findings: Finding[], offset = 0, aboutKey = false) {
    this.path = path
    this.findings = findings
    this.offset = offset
    this.#aboutKey = aboutKey
  }

  /** The same place, but its key. */
  key(): Site {
    return new Site(this.path, this.findings, this.offset, true)
  }

  /** The same place, some characters further on. */
  further(offset: number): Site {
    return new Site(this.path, this.findings, this.offset + offset)
  }

  at(...more: (string | number)[]): Site {
    return new Site([...this.path, ...more], this.findings)
  }

  /** @throws TooManyFindings */
  complain(code: string, message: string, hint: { expected?: string; nearest?: string; offset?: number; key?: true } = {}): void {
    this.findings.push({ code, message, path: this.path, ...(this.#aboutKey ? { key: true as const } : {}), ...hint, ...(hint.offset === undefined ? {} : { offset: this.offset + hint.offset }) })
    if (this.findings.length >= MAX_FINDINGS) throw new TooManyFindings()
  }

  /**
   * Compiles an expression, to a type if one is wanted; a mistake becomes a finding, but for one of an expression
   * over a name that is broken itself: that has been complained about.
   */
  expression(source: string, scope: Scope, to?: Type): Compiled {
    const compile = () => {
      const compiled = compileExpression(source, scope)
      return to ? convert(compiled, to, 0) : compiled
    }
    const broken = to ? { ...BROKEN, type: to } : BROKEN
    if (!readsBroken(source, scope)) return this.guard(compile) ?? broken
    try {
      return compile()
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      return broken
    }
  }

  /** Runs a piece of compilation; an ExpressionError becomes a finding. */
  guard<T>(compile: () => T): T | undefined {
    try {
      return compile()
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      this.complain('expression', error.message, { offset: error.offset, expected: error.expected, nearest: error.nearest })
      return undefined
    }
  }
}
