/** Texts that have to be said: one, or a list of which any one is enough. */
import { holdsPhrase, spokenWords } from '../core/spoken-text.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { Scope } from '../world/expression/scope.ts'
import { textOf } from '../world/json-value.ts'
import type { Site } from '../world/site.ts'
import { describeType } from '../world/type.ts'
import { evaluate, finalEvaluation } from './check-context.ts'

/** A text to listen for: as it is written, and its words. */
export type WantedText = { readonly text: string; readonly phrase: readonly string[] }

/** What is wanted of an episode: of null nothing, which nobody can say. `shown` is it as people read it. */
export type WantedTexts = { find(view: EpisodeView): WantedText[]; shown(wanted: readonly WantedText[]): unknown }

/** Compiles the expression. */
export function compileWantedTexts(source: string, scope: Scope, site: Site): WantedTexts {
  const { run, type } = site.expression(source, scope)
  const item = type.k === 'list' ? type.of : type
  if (item.k === 'table' || item.k === 'list' || item.k === 'map' || item.k === 'record') site.complain('expression', `${describeType(type)} is no text`, { expected: 'a text or a number, or a list of those' })
  const write = textOf(item)
  return {
    find: (view) => [evaluate(run, finalEvaluation(view, scope.slots.used), source)].flat().flatMap((one) => {
      if (one === undefined || one === null) return []
      const text = write(one)
      return [{ text, phrase: spokenWords(text) }]
    }),
    shown: (wanted) => (type.k === 'list' ? wanted.map(({ text }) => text) : wanted[0]?.text ?? null),
  }
}

/** Whether the words of one of them stand in a row in a text; numbers match by value. */
export function saysOneOf(wanted: readonly WantedText[], text: string): boolean {
  const words = spokenWords(text)
  return wanted.some(({ phrase }) => holdsPhrase(words, phrase))
}
