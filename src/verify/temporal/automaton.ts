/** The automaton of a temporal rule: explicit states over two letters, run over what happened. */
import type { RuleLine } from './rule-line.ts'

/** What is read: something that others wait for or follow, or something that is judged. */
type Letter = 'opens' | 'judged'

/** What a transition does: blames its event; remembers that something is owed to it; settles what is owed. */
type Deed = 'violates' | 'owes' | 'settles'

type Move = { readonly to: number; readonly does?: Deed }

/** One state. Where the line has a bound in time, `late` is the move of a judged event that comes after it. */
type State = Readonly<Record<Letter, Move>> & { readonly late?: Move }

/** States by number; it starts in 0. What is owed in the end is a violation. */
export type Automaton = readonly State[]

/** One thing that was read: where it happened, in which order and when. */
export type Sign = { readonly letter: Letter; readonly event: number; readonly time: number; /** Undefined where lines are for the same key and it has none. */ readonly key: string | undefined }

const stay = (to: number): Move => ({ to })

/** Something opens the way for good. */
const ONCE: Automaton = [{ opens: stay(1), judged: { to: 0, does: 'violates' } }, { opens: stay(1), judged: stay(1) }]
/** What is judged closes the way again. */
const EACH: Automaton = [
  { opens: stay(1), judged: { to: 0, does: 'violates' } },
  { opens: stay(1), judged: stay(0), late: { to: 0, does: 'violates' } },
]
/** What opened has something owed to it until a judged event comes. */
const OWING: Automaton = [{ opens: { to: 1, does: 'owes' }, judged: stay(0) }, { opens: { to: 1, does: 'owes' }, judged: { to: 0, does: 'settles' } }]
const NEVER: Automaton = [{ opens: stay(0), judged: { to: 0, does: 'violates' } }]
/** Something shuts the way for good. */
const SHUT: Automaton = [{ opens: stay(1), judged: stay(0) }, { opens: stay(1), judged: { to: 1, does: 'violates' } }]

/** The automaton of a line. */
export function automatonOf(line: RuleLine): Automaton {
  switch (line.form) {
    case 'before any': case 'never before': case 'only until': return ONCE
    case 'before each': return EACH
    case 'after each': return OWING
    case 'never': return NEVER
    case 'never after': return SHUT
    case 'at most': return counting(line.most)
  }
}

/** One state for each that is allowed. */
function counting(most: number): Automaton {
  return Array.from({ length: most + 1 }, (_, i) => ({ opens: stay(i), judged: i < most ? stay(i + 1) : { to: i, does: 'violates' as const } }))
}

type Owed = { readonly event: number; readonly time: number }

/** Where one automaton stands: its state, when the way was opened last, and to which events something is owed. */
type Position = { state: number; opened: number; owed: Owed[] }

/** Keyless events of lines for the same key are about nothing else, each by itself, unless they are counted. */
const KEYLESS = ''

/**
 * Runs a line's automaton, one for each key, over signs in their order; gives the events that violate it, in order.
 * @param within milliseconds between an event and what it waits for
 * @param ended whether what is owed will not come any more
 */
export function runAutomaton(automaton: Automaton, signs: readonly Sign[], { within = Infinity, ended, shared }: { readonly within?: number | undefined; readonly ended: boolean; /** Whether keyless events share one automaton. */ readonly shared: boolean }): number[] {
  const positions = new Map<string, Position>()
  const blamed: number[] = []
  const blame = (owed: readonly Owed[]): void => { for (const { event } of owed) blamed.push(event) }
  for (const { letter, event, time, key } of signs) {
    const alone = key === undefined && !shared
    const name = key ?? KEYLESS
    const at = (alone ? undefined : positions.get(name)) ?? { state: 0, opened: 0, owed: [] }
    const state = automaton[at.state]!
    const move = letter === 'judged' && state.late && time - at.opened > within ? state.late : state[letter]
    at.state = move.to
    if (letter === 'opens') at.opened = time
    if (move.does === 'violates') blamed.push(event)
    else if (move.does === 'owes') at.owed.push({ event, time })
    else if (move.does === 'settles') {
      blame(at.owed.filter((owed) => time - owed.time > within))
      at.owed = []
    }
    if (!alone) positions.set(name, at)
    else if (ended) blame(at.owed)
  }
  if (ended) for (const { owed } of positions.values()) blame(owed)
  return blamed.sort((a, b) => a - b)
}
