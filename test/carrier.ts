/** The carrier of test/fixtures: a customer who holds the phone, an agent who holds the network. */
import { readFileSync } from 'node:fs'
import type { Action } from '../protocol/action.ts'
import { type Complaint, compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { ROOT } from './checkout.ts'

export const CARRIER_FILE = 'test/fixtures/carrier.yaml'

/** Compiles the carrier with pieces of its text replaced. @throws Error when a piece does not occur */
export function compileCarrier(...edits: [from: string, to: string][]): { scenario: CompiledScenario | undefined; complaints: Complaint[] } {
  let text = readFileSync(ROOT + CARRIER_FILE, 'utf8')
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`the fixture has no '${from}'`)
    text = text.replace(from, to)
  }
  const { catalogue, complaints } = compileCatalogue([{ file: CARRIER_FILE, text }])
  return { scenario: catalogue.find('carrier'), complaints }
}

/** @throws Error with the complaints */
export function carrierScenario(...edits: [from: string, to: string][]): CompiledScenario {
  const { scenario, complaints } = compileCarrier(...edits)
  if (!scenario) throw new Error(complaints.map((c) => `${c.line}: ${c.message}`).join('\n'))
  return scenario
}

export const say = (content: string): Action => ({ content })
export const call = (name: string, args: unknown): Action => ({ tool_calls: [{ name, arguments: args }] })

/** What the user answered last. */
export function heard(episode: Episode): string {
  return episode.observation.messages.findLast((message) => message.role === 'user' && message.name === undefined)?.content ?? ''
}

/** Says something and gives the answer. */
export function ask(episode: Episode, content: string): string {
  episode.step(say(content))
  return heard(episode)
}

/** Slots and facts of the task. */
export function slotsOf(episode: Episode): Record<string, any> {
  return (episode.inspect().gold as { slots: Record<string, any> }).slots
}
