/** The messages of one frame as chat endpoints take them: each call is followed by its answer, and no answer is without its call. */
import type { Action } from '../../protocol/action.ts'
import type { Message, Observation, ToolSchema } from '../../protocol/observation.ts'
import { readAction } from '../episode/turn-action.ts'
import { SaidTurn } from './said-turn.ts'

export class ChatHistory {
  #messages: Message[] = []
  #tools: readonly ToolSchema[] = []
  /** The latest turn; it becomes messages when its answers are there, or will not come any more. */
  #said: SaidTurn | undefined
  #isCurrent = false

  /** What the frame has seen and said; a turn whose answers have not been seen is not yet in it. */
  get messages(): readonly Message[] {
    return this.#messages
  }

  /** The tools that the frame was last shown. */
  get tools(): readonly ToolSchema[] {
    return this.#tools
  }

  /** Whether it ends with what the frame was shown, and the frame is to act. */
  get isCurrent(): boolean {
    return this.#isCurrent
  }

  /** Takes what the frame is shown. */
  see(observation: Observation): void {
    this.#isCurrent = true
    const { messages, tools, segment } = observation
    if (tools) this.#tools = tools
    if (segment !== undefined) {
      this.#messages = []
      this.#said = undefined
    }
    let others: Message[] = []
    for (const message of messages) {
      if (message.role === 'assistant') {
        this.#settle(others)
        others = []
        this.#said = new SaidTurn(message)
      } else if (message.role !== 'tool') others.push(message)
      // An agent that writes its calls into its text has made none that an endpoint knows of.
      else if (!this.#said?.take(message)) others.push({ role: 'user', content: `Result of ${message.name ?? 'a call'}: ${message.content}` })
    }
    this.#settle(others)
  }

  /** Takes what the agent did, as the journal has it. */
  say(action: Action): void {
    this.#settle([])
    this.#isCurrent = false
    const { content, text, tool_calls } = readAction(action, 0).journal
    const said = content ?? text
    this.#said = new SaidTurn({ content: typeof said === 'string' ? said : '', ...(tool_calls && { tool_calls }) })
  }

  /** Takes a turn of before: what was seen, and what was done. */
  recall(observation: Observation, action: Action): void {
    this.see(observation)
    this.say(action)
  }

  #settle(others: readonly Message[]): void {
    if (this.#said) this.#messages.push(...this.#said.settle())
    this.#said = undefined
    // Agents without a prompt are shown an empty one, which some endpoints refuse.
    this.#messages.push(...others.filter(({ role, content }) => role !== 'system' || content !== ''))
  }
}
