/** Prompts of generated agents: who somebody is, what they get, what they can do, what they give back. */
import { type Key, keyOf } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { dayOf } from './team-words.ts'

/** Where a team works; whether rules stand below the prompts, and whether there is a user to talk to. */
export type TeamWords = { readonly place: string; readonly epoch: string; readonly rules: boolean; readonly user: boolean }

/** A colleague who can be called, with what the colleague is there for. */
export type Colleague = { readonly name: string; readonly description: string }

const MOST_LISTED = 8

function opening({ place, epoch }: TeamWords, role: string, key: Key): string {
  const day = dayOf(epoch)
  const who = pickOne(key, 'opening', [`You are the ${role} of ${place}.`, `You work at ${place}, as the ${role}.`, `You are the ${role} at ${place}.`, `At ${place} you are the ${role}.`])
  return `${who} ${pickOne(key, 'day', [`It is ${day}.`, `Today is ${day}.`])}`
}

/** The letter case of what stands within a sentence. */
export function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

/** What has to be said to those who have only what is said to them. */
function passes({ length }: readonly Colleague[], key: Key): string {
  return pickOne(key, 'passes', length === 1 ? PASSES_ON : PASSES)
}

/** Those who can be called, one a line, or all in a sentence where they are many. */
function colleagues(all: readonly Colleague[], key: Key): string {
  if (all.length === 1) return `${pickOne(key, 'one', ['You have one colleague for it,', 'There is one whom you can call:', 'Your colleague is'])} ${all[0]!.name}: ${lower(all[0]!.description)}`
  if (all.length > MOST_LISTED) return `There are ${all.length} of them; the list of those whom you can call says what each is there for.`
  return `${pickOne(key, 'list', ['They are:', 'There are:', 'Whom you have:'])}\n${all.map(({ name, description }) => `- ${name}: ${lower(description)}`).join('\n')}`
}

const CARE = [
  'Look before you change anything: lists and records show the keys that other tools take. Make each change once. When a write gets no answer, look whether it happened before you try again.',
  'Keys come from what tools show, never from guesses. Change what is asked for and nothing besides. A write without an answer may have happened all the same: read the record first.',
  'Find the right record first, then act; names that look alike may be different people or things. Leave everything else as it is. If a call fails on its way, look at the record before you repeat a change.',
  'Do exactly what is asked, once. If two records could be meant, look closer. When a write gets lost, see for yourself whether it took effect; when a tool is busy, wait and call again.',
]
const LOOKS = [
  'You look and change nothing. When a tool is busy, wait a little and call it again.', 'Your tools only read. A list may have more pages than the first; go on until you have what you need.',
  'You change nothing. Say plainly when nothing fits, or when several do.',
]
const PASSES = [
  'They see nothing but your message: write out names, keys and values exactly, and what others have found. Have looked up first what decides the rest, and nothing changed twice.',
  'None of them has read the request. Tell each what is theirs, to the letter, with all keys that are known by then. First the looking up, then the changes, each change once.',
  'What you do not write down they do not know. Parts that do not depend on each other can go out in one turn; the others wait for what is found first.',
]
const PASSES_ON = [
  'Whoever you call sees nothing but your message: write out names, keys and values exactly.', 'Put all that matters into the message, to the letter; nothing else of the request is seen there. Have each change made once.',
  'What you do not write down is not known there.',
]
const ENDINGS = [
  'When everything is done that was asked for, call finish; if an answer is wanted, give it in the form that the schema shows, bare. If it cannot be done, change nothing and call report_unable with the reason.',
  'You end with finish, and with the bare answer where the request is a question. What is impossible you decline with report_unable, and leave the records as they are.',
  'Call finish when all of it is done and nothing else; answers go there as the schema says, without other words. If something stands in the way for good, call report_unable and say what.',
]
const RULES = ['Our rules stand below; they come before the request.', 'Keep to the rules below, whatever a request says.', 'Some things our rules forbid although the tools allow them: read them first.']
const TALKS = [
  'What you write without calling a tool is said to the person who asks. Ask when something is missing or not clear, one thing at a time.',
  'You can talk to the person who sent the request by writing without a tool call. Ask rather than guess.',
]
const REPORTS = [
  'Report in a few lines: what you found, with all keys, what you changed, and what you could not do and why.',
  'Give back what was asked for, keys and values as the tools show them, and what you changed. Say so if something cannot be done, and why.',
  'Your answer is a short report: findings with their keys, changes, and what is left open.',
]
const FOUND = [
  'Report in a few lines what you found, with all keys, and say so if there is nothing, or more than one.', 'Give back what was asked for, keys and values as the tools show them, and what you could not find.', 'Your answer is a short report: what you found, with its keys, and what stays open.',
]
const FORMS = [
  'Answer with JSON alone: {"results": {what each tool gave, by the tool\'s name}, "done": [what you changed]}.', 'Your report is JSON and nothing else: "results" with what your tools showed, by tool, and "done" with a list of what you changed, empty if nothing.',
]
const FINDINGS = [
  'Answer with JSON alone: {"results": {what each tool gave, by the tool\'s name}}.', 'Your report is JSON and nothing else: under "results" what your tools showed, by tool, without what plays no part.', 'Give back JSON alone, {"results": …}: what the tools gave that others will need, by the names of the tools.',
]
const UNABLE = [' If it cannot or must not be done, {"unable": "why"} instead.', ' Put "unable" with the reason there if it cannot be done at all.']
const ANSWERS = [' If the request is a question, add "answer", the bare value.', ' Where the request asks for something, put the bare value into "answer".']

function rulesOf({ rules }: TeamWords, key: Key): string[] {
  return rules ? [pickOne(key, 'rules', RULES)] : []
}

/** What a prompt is made of besides who and where. */
export type Lead = { readonly role: string; readonly can?: string; readonly team?: readonly Colleague[]; readonly extra?: readonly string[]; readonly writes: boolean; readonly gets?: string }

/** The prompt of who has the request and ends the task. */
export function leadPrompt(words: TeamWords, { role, can, team, extra = [], writes, gets }: Lead, key: Key): string {
  const own = keyOf(['lead prompt'], key)
  const request = gets ?? (team
    ? pickOne(own, 'request', ['You are given one request. Others do the work; you break it down, pass it on and answer for the result.', 'A request reaches you, and only you. See to it that all of it is carried out by your colleagues.', 'You get one request and have people for it.'])
    : pickOne(own, 'alone', ['You are given one request. Carry it out exactly and completely.', 'One request comes in; see to all of it, and to nothing else.', 'Somebody sends you a request. Do what it says, fully and only that.']))
  return [
    `${opening(words, role, own)} ${request}`,
    ...(can === undefined ? [] : [pickOne(own, 'can', [`You yourself can ${can}.`, `With your own tools you can ${can}.`])]),
    ...(team ? [`${colleagues(team, own)}\n\n${passes(team, own)}`] : []),
    ...extra,
    [...(writes ? [pickOne(own, 'care', CARE)] : ['Read each report before you go on; when it leaves something open, ask the same colleague again by its id.']), ...rulesOf(words, own)].join(' '),
    [...(words.user ? [pickOne(own, 'talks', TALKS)] : []), pickOne(own, 'ending', ENDINGS)].join(' '),
  ].join('\n\n')
}

/** How the work of an agent below the first comes to it, and in what form it is wanted. */
export type Duty = {
  /** Text for who is called by a model; JSON for a node of a workflow. */
  readonly form: 'text' | 'json'
  readonly gets?: string
  readonly answers?: boolean
  readonly declines?: boolean
  /** In place of the usual words about the report. */
  readonly gives?: string
  /** What the first of those who have it is called, and what it is there for. */
  readonly called?: readonly string[]
  readonly is?: string
  /** Whether it says what it has done, even if it only looks. */
  readonly tallies?: boolean
  readonly extra?: readonly string[]
}

export const ERRAND: Duty = { form: 'text' }

export type Work = { readonly role: string; readonly can?: string; readonly team?: readonly Colleague[]; readonly writes: boolean }

/** The prompt of an agent that is called, or that a workflow runs. */
export function workPrompt(words: TeamWords, { role, can, team, writes }: Work, { form, gets, gives, answers = false, declines = true, tallies = false, extra = [] }: Duty, key: Key): string {
  const own = keyOf(['work prompt'], key)
  const told = gets ?? pickOne(own, 'told', [
    'A colleague sends you one piece of work; you see nothing but the message.', 'You are called for single errands. What you need to know stands in the message, and nobody else hears you.', 'Work comes to you in messages from whoever has the whole request; you see only what they wrote.',
  ])
  const forms = writes || team !== undefined || tallies ? FORMS : FINDINGS
  const report = gives ?? (form === 'text' ? pickOne(own, 'report', writes || team !== undefined ? REPORTS : FOUND) : `${pickOne(own, 'form', forms)}${answers ? pickOne(own, 'answers', ANSWERS) : ''}${declines ? pickOne(own, 'unable', UNABLE) : ''}`)
  return [
    `${opening(words, role, own)} ${told}`,
    ...(can === undefined ? [] : [pickOne(own, 'can', [`You can ${can}.`, `With your tools you can ${can}.`, `Your tools let you ${can}.`])]),
    ...(team ? [`${pickOne(own, 'have', ['You have the work done by others.', 'You pass it on to those below you and put together what they report.', 'The details are for your people.'])} ${colleagues(team, own)}\n\n${passes(team, own)}`] : []),
    ...extra,
    [writes ? pickOne(own, 'care', CARE) : team ? 'Read what comes back before you go on.' : pickOne(own, 'looks', LOOKS), ...(happens(own, 'rules too', 0.5) || writes ? rulesOf(words, own) : [])].join(' '),
    report,
  ].join('\n\n')
}
