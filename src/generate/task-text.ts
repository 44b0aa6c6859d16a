/** Requests as people write them: openings, the matter itself, closings, in the tone of whoever asks. */
import { keyOf, type Key } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { capital } from './world-naming.ts'

type Tone = 'plain' | 'polite' | 'brisk' | 'chatty' | 'formal' | 'worried'
const TONES: readonly Tone[] = ['plain', 'polite', 'brisk', 'chatty', 'formal', 'worried']

const OPENINGS: Readonly<Record<Tone, readonly string[]>> = {
  plain: ['', '', 'Hello. ', 'Hi. '],
  polite: ['Good morning! ', 'Hello, I hope you are well. ', 'Hi there, when you have a moment: ', 'Hello, a small request: '],
  brisk: ['', '', 'Quick one: ', 'Next: ', 'One thing: '],
  chatty: ['Hi, it is me again. ', 'So, I have been going through my list. ', 'Hello hello. Before I forget: ', 'Busy day here. Anyway: ', 'Right, where was I. '],
  formal: ['Dear colleague, ', 'Dear team, ', 'Good day. ', 'For your attention: '],
  worried: ['I think we are late with this already. ', 'Sorry to bother you with this. ', 'This has been on my mind since yesterday. ', 'I hope I am not too late. '],
}

const CLOSINGS: Readonly<Record<Tone, readonly string[]>> = {
  plain: ['', '', '', ' Thanks.'],
  polite: [' Thank you very much!', ' Many thanks in advance.', ' Thanks a lot for your help.', ' That would be lovely.'],
  brisk: ['', '', ' Nothing else.', ' That is all.'],
  chatty: [' Thanks, you are a star.', ' And that is it from me for today.', ' Cheers!', ' You know how it is.'],
  formal: [' Kind regards.', ' With thanks.', ' Your help is appreciated.', ' Please leave everything else as it is.'],
  worried: [' Please do not change anything else.', ' I would sleep better then.', ' Thank you, really.', ' Just that, nothing more.'],
}

/** Verbs with which a sentence begins that asks for something to be done. */
const FRAMES: Readonly<Record<Tone, readonly string[]>> = {
  plain: ['Please {s}.', 'Please {s}.', '{S}.', 'Can you {s}?'],
  polite: ['Could you please {s}?', 'Would you be so kind as to {s}?', 'May I ask you to {s}?', 'I would be grateful if you could {s}.'],
  brisk: ['{S}.', '{S}, please.', 'Need you to {s}.', '{S}, if you please.'],
  chatty: ['I wonder if you could {s}.', 'Could you do me a favour and {s}?', 'What I need is for you to {s}.', 'Do you think you could {s}?'],
  formal: ['We ask you to {s}.', 'Kindly {s}.', 'You are asked to {s}.', 'I would like you to {s}.'],
  worried: ['Could you {s}, please?', 'Please {s}, as soon as you can.', 'I really need you to {s}.', 'Can you {s}?'],
}

/** What joins several requests. */
const JOINTS = ['Besides that, ', 'And then ', 'The second thing: ', 'Also, ', 'While you are at it, ', 'In the same go, ']

/** Whether a sentence says what to do, or is already whole: a question, a statement. */
function isImperative(sentence: string): boolean {
  return !/\?|^(?:the|there|which|what|who|how|I|"|\$|among)\b|^["$]|takes over as/.test(sentence)
}

function sentenceOf(sentence: string, tone: Tone, key: Key): string {
  // A second sentence inside stays as it is; only the first is framed.
  const [first, ...rest] = sentence.split(/(?<=[.?]) (?=[A-Z])/)
  const tail = rest.length ? ` ${rest.join(' ')}${/[.?!]$/.test(rest.at(-1)!) ? '' : '.'}` : ''
  const bare = first!.replace(/[.]$/, '')
  if (!isImperative(bare)) return `${capital(bare)}${/[?]$/.test(bare) ? '' : '.'}${tail}`
  return pickOne(key, 'frame', FRAMES[tone]).replace('{s}', () => bare).replace('{S}', () => capital(bare)) + tail
}

/** One wording of a request. */
export function word(sentences: readonly string[], key: Key): string {
  const tone = pickOne(key, 'tone', TONES)
  const said = sentences.map((sentence, i) => {
    const whole = sentenceOf(sentence, tone, keyOf(['sentence', i], key))
    if (i === 0) return whole
    const joint = pickOne(keyOf(['joint', i], key), 'joint', JOINTS)
    return `${joint}${/^(?:I |"|\$|[A-Z]{2})/.test(whole) ? whole : whole.charAt(0).toLowerCase() + whole.slice(1)}`
  })
  const opening = pickOne(key, 'opening', OPENINGS[tone])
  const body = said.join(' ')
  const first = /[:,] $/.test(opening) && !/^(?:I |"|\$)/.test(body) ? body.charAt(0).toLowerCase() + body.slice(1) : body
  const closings = isImperative(sentences.at(-1)!) ? CLOSINGS[tone] : CLOSINGS[tone].filter((closing) => !/^ (?:I |Just|Nothing|That|And that|Please|You know)/.test(closing))
  return `${opening}${first}${happens(key, 'closes', 0.7) ? pickOne(key, 'closing', closings) : ''}`
}

/** Several different wordings. */
export function wordings(sentences: readonly string[], key: Key, count: number): string[] {
  return [...new Set(Array.from({ length: count }, (_, i) => word(sentences, keyOf(['wording', i], key))))]
}
