/** What an agent said in one turn, with the answers to its calls as they come in. */
import type { ToolCall } from '../../protocol/action.ts'
import type { Message } from '../../protocol/observation.ts'

type Said = { readonly content: string; readonly tool_calls?: readonly unknown[] | undefined }
type SaidCall = { readonly id: string | undefined; readonly name: string; readonly arguments: string; answer: Message | undefined }

export class SaidTurn {
  readonly #content: string
  readonly #calls: readonly SaidCall[]

  constructor({ content, tool_calls = [] }: Said) {
    this.#content = content
    this.#calls = tool_calls.map(readCall)
  }

  /** Takes the answer to one of its calls; false for what answers none of them. */
  take(answer: Message): boolean {
    const isOpen = (one: SaidCall): boolean => !one.answer
    const call = this.#calls.find((one, i) => isOpen(one) && isFor(answer, one, i)) ?? this.#calls.find((one) => isOpen(one) && one.id === undefined)
    if (!call) return false
    call.answer = answer
    return true
  }

  /** Its messages: what was said, then an answer to each call, whether there was one or not. */
  settle(): Message[] {
    if (!this.#calls.length) return [{ role: 'assistant', content: this.#content }]
    const taken = new Set<string>()
    const calls: ToolCall[] = []
    const answers: Message[] = []
    this.#calls.forEach(({ id, name, arguments: args, answer }, i) => {
      const unique = newId(answer?.tool_call_id || id || `call_${i}`, taken)
      calls.push({ id: unique, name, arguments: args })
      answers.push({ role: 'tool', tool_call_id: unique, name, content: answer?.content ?? 'No answer came.' })
    })
    return [{ role: 'assistant', content: this.#content, tool_calls: calls }, ...answers]
  }
}

/** A call that was given without an id is answered under the one that the episode gave it, which tells its place in the turn. */
function isFor({ tool_call_id: answered }: Message, { id }: SaidCall, place: number): boolean {
  return id === undefined ? /^call_\d+_(\d+)$/.exec(answered ?? '')?.[1] === String(place) : id === answered
}

/** Two calls of one turn may have been given the same id, and both are answered under it. */
function newId(id: string, taken: Set<string>): string {
  let unique = id
  for (let n = 2; taken.has(unique); n++) unique = `${id}_${n}`
  taken.add(unique)
  return unique
}

/** A call in the form that endpoints read again, whatever the model wrote. */
function readCall(entry: unknown): SaidCall {
  const { id, name, arguments: args } = (entry !== null && typeof entry === 'object' ? entry : {}) as Record<string, unknown>
  return {
    id: typeof id === 'string' && id.length > 0 && id.length <= 128 ? id : undefined,
    name: typeof name === 'string' && name !== '' ? name.slice(0, 128) : 'unknown',
    arguments: readArguments(args), answer: undefined,
  }
}

/** Many endpoints read the arguments of earlier calls as JSON and refuse the whole question where they cannot. */
function readArguments(args: unknown): string {
  if (args === undefined || args === null) return '{}'
  if (typeof args !== 'string') return isObject(args) ? JSON.stringify(args) : JSON.stringify({ unreadable: args })
  if (args.trim() === '') return '{}'
  try {
    if (isObject(JSON.parse(args))) return args
  } catch {
    // Told as what it is, below.
  }
  return JSON.stringify({ unreadable: args })
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
