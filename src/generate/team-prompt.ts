/** Prompts of generated agents: who somebody is, what they get, what they give back. */
import { type Key, keyOf } from '../core/keyed.ts'
import type { Outline } from './outline.ts'
import { pickOne } from './pick.ts'
import type { Part } from './team-part.ts'
import { listed } from './world-naming.ts'

/** Where a team works. */
export type TeamWords = { readonly place: string; readonly epoch: string }

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** `Monday, 9 March 2026`. */
export function dayOf(epoch: string): string {
  const [year, month, day] = epoch.slice(0, 10).split('-').map(Number) as [number, number, number]
  // Sakamoto's rule for the day of the week.
  const shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
  const y = month < 3 ? year - 1 : year
  const weekday = (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + shifts[month - 1]! + day) % 7
  return `${DAYS[weekday]}, ${day} ${MONTHS[month - 1]} ${year}`
}

/** What a part is about, in words. */
export function matters({ about }: Part, { words }: Outline): string {
  return listed(about.map((entity) => words[entity]!.many))
}

function opening({ place, epoch }: TeamWords, role: string, key: Key): string {
  return pickOne(key, 'opening', [
    `You are the ${role} of ${place}. It is ${dayOf(epoch)}.`, `You work as ${role} at ${place}. Today is ${dayOf(epoch)}.`, `This is ${place}, on ${dayOf(epoch)}. You are its ${role}.`,
  ])
}

const CARE = [
  'Look up before you change anything: lists show the keys that other tools take. Change only what is asked for, once each; when a write gets no answer, look whether it happened before you try again.',
  'Keys come from lists and records, never from guesses. Do exactly what is asked, nothing besides. A write without an answer may have happened all the same: read the record first.',
  'Find the rows first, then act. Leave everything else as it is. When a call fails on its way, look at the record before you repeat a change; when you are told to wait, wait.',
]
const ENDINGS = [
  'When all is done call finish, with the answer in the form that its schema shows if one is asked for. If it cannot or must not be done, change nothing and call report_unable with the reason.',
  'You end with finish; a question is answered there, bare, as the schema says. What is impossible or against our rules you decline with report_unable, and leave the records alone.',
]
const TALKS = 'A message without a tool call is said to the person who asks; ask when something is missing or not clear.'
const REPORTS = [
  'Report as JSON alone: {"results": {tool: what it gave}, "done": [what you changed]}; {"unable": "why"} if it cannot or must not be done.',
  'Give back JSON and nothing else: what your tools showed under "results", what you changed under "done", or {"unable": "why"} where it cannot be done.',
]
const ANSWERS = ' If the request is a question that you can answer by now, add "answer": the bare value.'

/** The prompt of an agent that begins: it has the request, and ends the task. */
export function leadPrompt(words: TeamWords, role: string, key: Key, { helps, talks, extra = '' }: { helps?: string; talks: boolean; extra?: string }): string {
  const own = keyOf(['prompt', role], key)
  return [
    opening(words, role, own),
    helps === undefined ? pickOne(own, 'request', ['You are given one request. Carry it out exactly and completely.', 'One request comes in; see to all of it.'])
      : pickOne(own, 'helps', [`You are given one request, and colleagues for it: ${helps}. They have not read it; tell them what they need to know, keys and values written out.`, `A request comes in. You have it carried out by ${helps}: each sees only your message, so write down all that matters. Check what they report.`]),
    ...(extra ? [extra] : []), pickOne(own, 'care', CARE), ...(talks ? [TALKS] : []), pickOne(own, 'ending', ENDINGS),
  ].join('\n\n')
}

/** The prompt of an agent that is called, or that a workflow runs. */
export function workPrompt(words: TeamWords, role: string, about: string, key: Key, { helps, extra = '', answers = false, writes = true }: { helps?: string; extra?: string; answers?: boolean; writes?: boolean }): string {
  const own = keyOf(['prompt', role], key)
  return [
    `${opening(words, role, own)} ${pickOne(own, 'about', [`Your business are the ${about}.`, `You look after the ${about}.`, `The ${about} are yours.`])}`,
    pickOne(own, 'told', ['You are told what is wanted and what is known so far.', 'A message says what is needed; you see nothing else of the request.', 'You get an errand, with the keys that were found.']),
    ...(helps === undefined ? [] : [pickOne(own, 'helps', [`For the details you have ${helps}.`, `You can have things done by ${helps}; they see only what you write to them.`])]),
    ...(extra ? [extra] : []), ...(writes ? [pickOne(own, 'care', CARE)] : ['You look things up and change nothing.']), pickOne(own, 'reports', REPORTS) + (answers ? ANSWERS : ''),
  ].join('\n\n')
}
