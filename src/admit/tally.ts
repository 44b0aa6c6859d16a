/** Collects what one check of admission found, keeping the first few counter-examples. */
import { type AdmissionCheck, type CounterExample, MOST_TRANSCRIPT } from '../../protocol/report.ts'
import type { Episode } from '../episode/episode.ts'
import { renderTranscript } from '../record/transcript.ts'

/** What was found, and the episode that shows it. */
export type Evidence = Omit<CounterExample, 'transcript'> & { readonly episode?: Episode }

const MOST_EXAMPLES = 3
const MOST_FOUND = 1000
const GAP = '\n[…]\n'
/** Characters of a long transcript's end, where the mistake most often is. */
const TAIL = 2500

function transcriptOf(episode: Episode): string {
  const text = renderTranscript(episode.events())
  if (text.length <= MOST_TRANSCRIPT) return text
  return `${text.slice(0, MOST_TRANSCRIPT - GAP.length - TAIL)}${GAP}${text.slice(-TAIL)}`
}

/** The place of a counter-example in words: `note_on_order, seed 7, random under clean`. */
function placeOf({ task, seed, policy, dynamics }: CounterExample): string {
  return [task, seed !== undefined && `seed ${seed}`, policy && (dynamics ? `${policy} under ${dynamics}` : policy)].filter(Boolean).join(', ')
}

export class Tally {
  readonly id: string
  readonly #about: string
  #tried = 0
  #failed = 0
  readonly #examples: CounterExample[] = []
  #remark: string | undefined

  /** @param about what has to hold, in words */
  constructor(id: string, about: string) {
    this.id = id
    this.#about = about
  }

  get failed(): number {
    return this.#failed
  }

  /** Counts one trial; the evidence is asked for only when it failed and is among the first. */
  add(ok: boolean, evidence: () => Evidence): void {
    this.#tried += 1
    if (ok) return
    this.#failed += 1
    if (this.#examples.length === MOST_EXAMPLES) return
    const { episode, found, ...place } = evidence()
    const transcript = episode && this.#examples.length === 0 ? { transcript: transcriptOf(episode) } : {}
    this.#examples.push({ ...place, found: found.slice(0, MOST_FOUND), ...transcript })
  }

  /** Says something that is worth knowing though nothing failed. */
  remark(text: string): void {
    this.#remark = text
  }

  /** @param skipped why nothing was tried, where that is so */
  check(skipped?: string): AdmissionCheck {
    const [tried, failed, first] = [this.#tried, this.#failed, this.#examples[0]]
    const unheld = skipped !== undefined && tried === 0
    const detail = unheld ? `not tried: ${skipped}` : failed === 0 ? `${tried} of ${tried}${this.#remark === undefined ? '' : `; ${this.#remark}`}` : `failed ${failed} of ${tried}; ${[placeOf(first!), first!.found].filter(Boolean).join(': ')}`
    return { id: this.id, about: this.#about, ok: failed === 0 && !unheld, tried, failed, detail, ...(unheld && { skipped }), examples: this.#examples }
  }
}
