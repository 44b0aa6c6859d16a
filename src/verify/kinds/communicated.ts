/** `communicated`: the agent said to the user what the user had to know, in one of the ways to say it. */
import type { Check } from '../../../protocol/spec/check.ts'
import { holdsPhrase, spokenWords } from '../../core/spoken-text.ts'
import type { Site } from '../../world/site.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { figuresIn, isGuessed, MOST_FIGURES } from '../figure.ts'
import { compileWantedTexts } from '../wanted-text.ts'
import { agentWords } from '../words.ts'

/** A field of a record in JSON notation, up to what follows it. */
const RECORD_FIELD = /"[^"\n]{1,100}"\s*:\s*(?:"(?:[^"\\]|\\.)*"|\[[^\][{}]*\]|[^\s,"{}[\]]+)?/g

/** What a text says besides records that were pasted as a tool gave them: those tell a person nothing. */
function spokenPart(text: string): string {
  return text.includes('":') ? text.replace(RECORD_FIELD, ' ') : text
}

/** Compiles the check: the words of one of the texts must stand in a row in one message; numbers match by value. */
export function compileCommunicated(check: Extract<Check, { kind: 'communicated' }>, { scope, user }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  if (!user) site.complain('user', 'there is no user to tell anything', { expected: 'user: … in the scenario or the task' })
  const { among } = check
  const texts = compileWantedTexts(check.text, scope, site.at('text'))
  return {
    run(view) {
      const wanted = texts.find(view)
      const said = agentWords(view.events)
      const told = said.map(({ event, text }) => ({ event, words: spokenWords(spokenPart(text)) }))
      const hits = wanted.flatMap(({ phrase }) => {
        const hit = told.find(({ words }) => holdsPhrase(words, phrase))
        return hit ? [{ event: hit.event, phrase }] : []
      })
      if (!hits.length) return { score: 0, category: 'missed_action', evidence: [{ pointer: '', expected: texts.shown(wanted) }] }
      const figures = figuresIn(said.map(({ text }) => text))
      if (hits.some(({ phrase }) => !isGuessed(phrase, figures, among))) return PASSED
      const { event } = hits[0]!
      return { score: 0, category: 'reward_hacking', event, evidence: [{ event, pointer: '', expected: `at most ${among} figures of one sort, and ${MOST_FIGURES} in all`, found: figures.size }] }
    },
  }
}
