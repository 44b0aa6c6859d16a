/** What an ordinary function accepts, gives and costs: data for the compiler and for the static cost bound. */
import { type Bounded, FLAT, type Size } from '../cost/size.ts'
import { charge, type Evaluation } from '../evaluation.ts'
import { listOf, nullable, STRING, type Type } from '../type.ts'
import type { Compiled } from './scope.ts'

/** The most that a call charges besides its node, and the most that it gives, from the sizes of its values. */
export type Bound = (...sizes: Size[]) => Bounded

export type Signature = {
  /** Receiver kind of a method; `any` takes all. */
  readonly on?: Type['k'] | 'any'
  /** Types of the values, the receiver first. */
  readonly accepts: readonly (Type | 'any' | 'list')[]
  /** How many trailing values may be missing. */
  readonly optional?: number
  readonly build: (args: Compiled[], offset: number) => Compiled
  /** Without it, a call charges nothing and gives what has no length. */
  readonly bound?: Bound
}

/** What a function does; it charges before it builds. */
export type Body = (cx: Evaluation, ...values: any[]) => unknown

/** Charges nothing, gives what has no length. */
export const FREE: Bound = () => ({ units: 0, size: FLAT })

/** Evaluates the values in order, then runs the body. */
export function runOf(args: Compiled[], body: Body): Compiled['run'] {
  const runs = args.map((arg) => arg.run)
  const [a, b, c] = runs
  switch (runs.length) {
    case 0: return (cx) => body(cx)
    case 1: return (cx) => body(cx, a!(cx))
    case 2: return (cx) => body(cx, a!(cx), b!(cx))
    case 3: return (cx) => body(cx, a!(cx), b!(cx), c!(cx))
    default: return (cx) => body(cx, ...runs.map((run) => run(cx)))
  }
}

/** A function of fixed types. */
export function plain(accepts: Signature['accepts'], gives: Type, body: Body, bound?: Bound, optional?: number): Signature {
  return { accepts, optional, bound, build: (args) => ({ type: gives, run: runOf(args, body) }) }
}

/** A method of text. */
export function onText(accepts: readonly Type[], gives: Type, body: Body, bound: Bound, optional?: number): Signature {
  return { ...plain([STRING, ...accepts], gives, body, bound, optional), on: 'string' }
}

/** A method of lists whose result follows from the type of the elements. */
export function onList(accepts: readonly (Type | 'any')[], gives: (of: Type) => Type, body: Body, bound: Bound, optional?: number): Signature {
  return {
    on: 'list', accepts: ['list', ...accepts], optional, bound,
    build: ([receiver, ...rest]) => ({ type: gives(elementType(receiver!)), run: runOf([receiver!, ...rest], body) }),
  }
}

/** Type of the elements of what is known to be a list. */
export function elementType(list: Compiled): Type {
  return (list.type as Type & { k: 'list' }).of
}

/** Charges for text before it is built: 16 bytes a unit. */
export function chargeText(cx: Evaluation, chars: number): void {
  charge(cx, chars >> 3)
}

export const TEXTS = listOf(STRING)
export const SOME_TEXT = nullable(STRING)
