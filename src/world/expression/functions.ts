/** The registry of ordinary functions and methods; each file beside holds one kind. */
import type { Type } from '../type.ts'
import { describeType, present } from '../type.ts'
import { CONVERT } from './convert-function.ts'
import { tryConvert } from './conversion.ts'
import { FMT } from './format-function.ts'
import { LIST_FUNCTIONS, LIST_METHODS } from './list-function.ts'
import { NUMBER_FUNCTIONS } from './number-function.ts'
import { ExpressionError } from './scope.ts'
import { SEARCH_FUNCTIONS } from './search-function.ts'
import type { Signature } from './signature.ts'
import { JOIN, TEXT_FUNCTIONS, TEXT_METHODS } from './text-function.ts'
import { TIME_FUNCTIONS, TIME_METHODS } from './time-function.ts'
import { either } from '../cost/size.ts'

const OR_VALUE: Signature = {
  on: 'any', accepts: ['any', 'any'],
  build: ([x, fallback], offset) => {
    const type: Type = present(x!.type)
    const other = tryConvert(fallback!, type)
    if (!other) throw new ExpressionError(`${describeType(fallback!.type)} cannot stand for ${describeType(type)}`, offset)
    return { type, run: (cx) => x!.run(cx) ?? other.run(cx) }
  },
  bound: (x, fallback) => ({ units: 0, size: either(x!, fallback!) }),
}

/** `f(…)`. */
export const FUNCTIONS: Readonly<Record<string, Signature>> = {
  ...NUMBER_FUNCTIONS, ...TEXT_FUNCTIONS, ...LIST_FUNCTIONS, ...TIME_FUNCTIONS, ...SEARCH_FUNCTIONS, fmt: FMT, convert: CONVERT,
}

/** `x.f(…)`, by name; several where the receiver's type decides. */
export const METHODS: Readonly<Record<string, readonly Signature[]>> = gathered(TEXT_METHODS, LIST_METHODS, TIME_METHODS, { join: JOIN, orValue: OR_VALUE })

function gathered(...kinds: Readonly<Record<string, Signature>>[]): Record<string, Signature[]> {
  const all: Record<string, Signature[]> = {}
  for (const kind of kinds) {
    for (const [name, signature] of Object.entries(kind)) {
      all[name] ??= []
      if (!all[name].includes(signature)) all[name].push(signature)
    }
  }
  return all
}
