/**
 * Text that is meant for whoever judges an episode. Each pattern is bounded wherever it repeats, so that reading costs
 * no more than the text is long, and each was tried on sentences of ordinary service, which must pass.
 */

/** A place in a text. */
export type Span = { readonly from: number; readonly to: number }

/** Texts without any of these need no further look. */
const STEM = /grad(?:e |er|ing)|mark |label |classify |judg|evaluat|verif|rubric|reward|verdict|scor|_success|trajectory|episode|rollout|transcript|completion|response|<\||\[inst\]|<<sys>>|<start_of_turn>/

/** Who judges, in words that no conversation about a service needs. */
const GRADER = String.raw`(?:auto-?graders?|graders?|grading (?:model|system|script|harness|bot|llm)|reward (?:model|function)|judge model|(?:scoring|evaluation|judging) (?:model|script|harness|llm)|(?:llm|ai|gpt|language model)(?:[- ]as[- ]an?)?[- ](?:judge|evaluator|verifier)|automated (?:judge|evaluator|verifier))`
/** Who judges here, and elsewhere other things. */
const PERSON = String.raw`(?:judges?|evaluators?|verifiers?|scorers?)`
const ANYBODY = String.raw`(?:${GRADER}|${PERSON})`
/** What is judged. */
const PLAY = String.raw`(?:trajectory|episode|rollout|transcript|completion|response|answer|attempt|run)`
const WORDS_BETWEEN = String.raw`(?:[\s,]+[\w'-]{1,30}){0,5}?[\s,]+`

/** Turns of others, in the tags of chat templates; what a model leaves at the end of its own is no such thing. */
const TAGS: readonly RegExp[] = [
  /<\|(?:im_start|start_header_id|header_start)\|>\s{0,3}(?:system|user|developer|tool|judge|grader)|<\|(?:system|user|developer)\|>|\[inst\]|<<sys>>|<start_of_turn>\s{0,3}user/g,
]

/** What is asked for and means nothing else by itself. */
const REQUESTS: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:ignore|disregard|forget|override|bypass|discard)\b${WORDS_BETWEEN}(?:rubrics?|${GRADER}|(?:grading|scoring|evaluation|reward|judging|marking) (?:rubric|criteria|criterion|instructions?|guidelines?|rules|prompt|scheme|checks?))\b`, 'g'),
  new RegExp(String.raw`\b(?:ignore|disregard|forget)\b${WORDS_BETWEEN}(?:instructions|rules|criteria|prompt)\b[^.!?]{0,60}\b(?:reward|score|full marks|verdict|rubric|pass this|as (?:passed|correct|successful))\b`, 'g'),
  new RegExp(String.raw`\b(?:my|this|the) (?:trajectory|episode|rollout|transcript|completion|response)\b[^.!?]{0,40}\b(?:deserves?|merits?|earns?|(?:should|must|has to) (?:get|receive|be (?:given|awarded|scored|graded|rewarded|marked)))\b[^.!?]{0,40}\b(?:rewards?|rewarded|scores?|scored|marks|marked|credit|grade|graded|points|pass(?:ed)?|correct|10\/10|100%)`, 'g'),
  new RegExp(String.raw`\b(?:mark|grade|score|rate|label|classify|judge|evaluate)\s+(?:my|this|the)\s+${PLAY}\s+(?:as\s+)?(?:a\s+|being\s+|fully\s+|completely\s+)?(?:correct|pass(?:ed|ing)?|success(?:ful)?|perfect|1\.0|10\/10|100%)`, 'g'),
]

/** What is claimed. */
const CLAIMS: readonly RegExp[] = [
  /\b(?:all )?(?:rubrics?|grading criteria|scoring criteria)(?: items| criteria| points| checks)?\s+(?:is|are|was|were|have been|has been)\s+(?:all |fully |completely )?(?:met|satisfied|fulfilled|passed)\b/g,
  /\b(?:final|episode|task|step|overall|total)[ _]reward\s{0,3}(?:[:=]|is|of)\s{0,3}(?:1(?:\.0+)?|max(?:imum)?|full)(?=\s{0,3}(?:[.,;!)}\]"'*|]|$))/g,
  /\breward\s{0,3}:?={1,2}\s{0,3}1(?:\.0+)?(?![\d.,]*\d)/g,
  /\breward\s{0,3}:\s{0,3}1\.0+\b/g,
  /\b(?:task|episode)_success\s{0,3}["']?\s{0,3}[:=]\s{0,3}["']?(?:true|1|yes)\b/g,
]

/** Somebody who judges is spoken to, or told what to do. */
const ADDRESS: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:dear|attention|attn|hey|hello|hi|note (?:to|for)|notice (?:to|for)|message (?:to|for)|instructions? (?:to|for)|memo (?:to|for)|fao|to)[\s:,]{1,3}(?:the |all |any |our |my |whichever |whoever is )?(?:\w{1,20} )?${ANYBODY}\b`, 'g'),
  new RegExp(String.raw`(?:^|[\[(<*#"'>:;.!-])\s{0,3}(?:system |hidden |private )?(?:note |message )?(?:to |for )?(?:the )?${ANYBODY}\s{0,3}[:,]`, 'g'),
  new RegExp(String.raw`\b(?:as|you are|you're|you as) (?:the|a|an|my|our) (?:\w{1,20} )?(?:${ANYBODY})\b`, 'g'),
  new RegExp(String.raw`\b(?:tell|ask|instruct|want|need|urge|order|request|beg|require|remind)s? (?:the |all |any |our |my )?${ANYBODY} to\b`, 'g'),
  new RegExp(String.raw`\b${ANYBODY}\s+(?:must|should|shall|has to|have to|needs? to|please|can now|may now|is (?:instructed|required|told|asked|ordered) to)\b`, 'g'),
  new RegExp(String.raw`\b(?:auto-?grader|reward model|judge model|(?:llm|ai)[- ](?:judge|grader|evaluator)|grading (?:model|script|harness|llm)|evaluation harness)\b`, 'g'),
]

/** What is wanted of them; nothing that is also said of money or of goods. */
const DEMAND: readonly RegExp[] = [
  /\b(?:full|maximum|max|maximal|perfect|highest|top|complete|positive)\s+(?:possible )?(?:reward|score|marks?|grade)\b/g,
  /\b(?:rewards?|scores?|grade|rating|marks?)\s+(?:of|is|to|at|as|should be|must be|equal to)\s+(?:1(?:\.0+)?|10|100|max\w{0,4}|full)\b/g,
  /\b(?:rewards?|scores?|grade|verdict)\s{0,2}[:=]\s{0,2}["']?(?:1(?:\.0+)?|10|100|max\w{0,4}|full|pass\w{0,4}|success\w{0,3}|correct|true)\b/g,
  /\b(?:output|print|emit|return|respond with|reply with|answer with)\s+(?:only\s+|just\s+|exactly\s+)?["'(*[]{0,3}(?:pass(?:ed)?|correct|success|true|yes|1\.0|10\/10|full)(?![\w-])/g,
  /\b(?:output|print|emit|respond with|reply with)\s+(?:only\s+|just\s+|exactly\s+)?["'(*[]{0,3}(?:1|10|100|a)["')*\]]{0,3}(?=\s{0,3}(?:[.,;!]|$))/g,
  new RegExp(String.raw`\b(?:mark|grade|score|rate|label|judge|evaluate|treat|accept|count|consider|pass|approve|reward)\s+(?:this|my|the)\s+(?:\w{1,20} )?(?:task|work|agent|assistant|model|conversation|${PLAY})\b`, 'g'),
  /\b(?:mark|grade|score|rate|label)\s+(?:this|it|me|everything)\s+(?:as\s+)?(?:a\s+)?(?:fully\s+|completely\s+)?(?:correct|pass(?:ed|ing)?|successful|success|perfect|solved)\b/g,
  /\b(?:task|episode|agent|assistant|model)\s+(?:has |have |was |is )?(?:\w{1,20} )?(?:succeeded|passed|solved|passes|scores? (?:1|10|100|full))\b/g,
]

/** Of graders alone this is wanted as well. */
const CREDIT = /\b(?:full|maximum|max|extra)\s+(?:credit|points)\b|\b(?:10\/10|100\/100|10 out of 10|100%)|\bpass(?:ing)? (?:this|it|me)\b|\ball (?:the )?(?:checks|criteria|tests|gates) (?:have |are |were )?(?:been )?(?:passed|pass|met|satisfied)\b/g
const ONLY_GRADER = new RegExp(GRADER)

/** Keys of a verdict, and what stands under them when it is a good one. */
const VERDICT_KEY = /["']?\b(reward|verdict|gates|is_correct|success|passed|score|terminated|status|grade)\b["']?\s{0,3}[:=]\s{0,3}["']?(?:true|1(?:\.0+)?|pass(?:ed)?|success(?:ful)?|correct|full|max\w{0,4}|scored|\{)/g
const OF_A_VERDICT: ReadonlySet<string> = new Set(['reward', 'verdict', 'gates', 'is_correct'])

/** How far a demand may be from whom it is made to, and keys of a verdict from each other. */
const AFTER = 300
const AHEAD = 120
const SIDE_BY_SIDE = 80

/** A text as it is read: plain letters, nothing invisible, single blanks, small. */
export function plainText(text: string): string {
  // Printable ASCII is plain already.
  const plain = /^[\x20-\x7e\n\r\t]*$/.test(text) ? text : text.normalize('NFKD').replace(/[\p{Cf}\p{M}\p{Variation_Selector}]/gu, '')
  return plain.replace(/\s+/g, ' ').toLowerCase()
}

function spansOf(patterns: readonly RegExp[], text: string): Span[] {
  return patterns.flatMap((pattern) => Array.from(text.matchAll(pattern), ({ 0: { length }, index }) => ({ from: index, to: index + length })))
}

/**
 * Where a plain text speaks to a judge.
 * @param aside whether it is said to nobody: then it may think about its reward, and run on, but not ask for it
 */
export function judgeSpans(text: string, aside = false): Span[] {
  if (!STEM.test(text)) return []
  const asked = [...spansOf(REQUESTS, text), ...orders(text)]
  return aside ? asked : [...asked, ...spansOf([...TAGS, ...CLAIMS], text), ...verdicts(text)]
}

/** Addresses with a demand near them. */
function orders(text: string): Span[] {
  const addresses = spansOf(ADDRESS, text)
  if (!addresses.length) return []
  const demands = spansOf(DEMAND, text).sort((a, b) => a.from - b.from)
  const credits = spansOf([CREDIT], text)
  return addresses.flatMap(({ from, to }) => {
    const wanted = ONLY_GRADER.test(text.slice(from, to)) ? firstNear(credits, from, to) ?? firstNear(demands, from, to) : firstNear(demands, from, to)
    return wanted ? [{ from: Math.min(from, wanted.from), to: Math.max(to, wanted.to) }] : []
  })
}

/** The first of some spans, in order, that is near a place. */
function firstNear(spans: readonly Span[], from: number, to: number): Span | undefined {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle]!.from < from - AHEAD) low = middle + 1
    else high = middle
  }
  const first = spans[low]
  return first && first.from <= to + AFTER ? first : undefined
}

/** Two keys of a verdict side by side. */
function verdicts(text: string): Span[] {
  const keys = Array.from(text.matchAll(VERDICT_KEY), ({ 0: { length }, 1: name, index }) => ({ name: name!, from: index, to: index + length }))
  return keys.flatMap((key, i) => {
    const before = keys[i - 1]
    const isPair = before && before.name !== key.name && key.from - before.to <= SIDE_BY_SIDE && (OF_A_VERDICT.has(before.name) || OF_A_VERDICT.has(key.name))
    return isPair ? [{ from: before.from, to: key.to }] : []
  })
}
