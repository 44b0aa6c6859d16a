/** What a sentence says about the team, the dynamics and the difficulty; the rest of it is about the domain. */
import { AXES, type AxisName } from './axis.ts'
import type { Pattern } from './grammar-request.ts'

export type Wishes = {
  readonly layers?: number
  readonly agents?: number
  readonly pattern?: Pattern
  readonly profile?: string
  readonly lawless?: boolean
  readonly axes: { readonly [A in AxisName]?: number }
}

const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen', 'twenty']
const TENS: Readonly<Record<string, number>> = { thirty: 30, forty: 40, fifty: 50, sixty: 60 }
const NUMBER = String.raw`(\d{1,4}|${[...NUMBERS, ...Object.keys(TENS)].join('|')}|a dozen)`
/** Where a word of difficulty stands for itself and not before a thing of the domain. */
const ALONE = String.raw`(?=\s*(?:$|[,;.!]|and\b|but\b|tasks?\b|requests?\b|problems?\b|questions?\b|jobs?\b|mode\b|level\b))(?:\s*(?:tasks?|requests?|problems?|questions?|jobs?|mode|level))?`
const OUTSIDE = '(?:network|tools?|systems?|connections?|apis?|services?|environment|line|internet|backend|world|conditions)'
const LEAD = String.raw`(?:\b(?:with|in|as|by|using|over|and|on|has|have|run by|worked by|organi[sz]ed as|under)\s+)?(?:\b(?:an?|the|its|their|very|quite|only|about|some|up to)\s+)*`

function numberOf(text: string): number {
  if (text === 'a dozen') return 12
  const word = NUMBERS.indexOf(text)
  return word >= 0 ? word : (TENS[text] ?? Number(text))
}

const PATTERNS: readonly (readonly [string, Pattern])[] = [
  [String.raw`(?:evaluators?[- ]optimi[sz]ers?|(?:supervisors?|reviewers?|evaluators?|critics?|checkers?)\s+(?:that|who|which)\s+(?:can\s+)?(?:sends?|gives?|returns?)\s+(?:the\s+)?(?:bad\s+|poor\s+)?(?:work|results?|things?|it|them)?\s*back|evaluators?\s+and\s+optimi[sz]ers?|review loops?)`, 'evaluator-optimizer'],
  [String.raw`(?:planners?(?:\s+and\s+(?:an?\s+)?|\s*[-/]\s*|\s+with\s+(?:an?\s+)?)executors?|plan[- ]and[- ]execute)`, 'planner-executor'],
  [String.raw`(?:map(?:\s+and\s+|\s*[-/]\s*)(?:merge|reduce)|fan[- ]?out|(?:agents?|work|workers?)\s+in\s+parallel|parallel\s+(?:agents?|workers?))`, 'map-merge'],
  [String.raw`(?:orchestrators?(?:\s*(?:and|with|-)\s*workers?)?|coordinators?\s+(?:and|with)\s+workers?)`, 'orchestrator-workers'],
  [String.raw`(?:blackboard|shared\s+(?:memory|storage|board))`, 'blackboard'],
  [String.raw`(?:hand[- ]?offs?|agents?\s+(?:that|who)\s+hand\s+over(?:\s+to\s+each\s+other)?)`, 'hand-off'],
  [String.raw`(?:hierarch(?:y|ical|ies)(?:\s+of\s+agents?|\s+teams?)?|chain of command)`, 'hierarchy'],
  [String.raw`(?:(?:single|lone|one)[- ]agent|agent alone)`, 'single'],
  [String.raw`(?<!\b(?:oil|gas|water|sales|data|build|deployment|steam)\s)pipelines?(?:\s+of\s+agents?)?(?!\s+(?:company|operator|inspection|repair|section|segment))`, 'pipeline'],
  [String.raw`(?:routers?(?:\s+agents?)?|routing\s+agents?)`, 'router'],
]
const PROFILES: readonly (readonly [string, string])[] = [
  [String.raw`(?:flaky|unreliable|shaky|unstable|patchy|spotty|bad|poor)\s+${OUTSIDE}|flaky`, 'flaky'], [String.raw`hostile(?:\s+${OUTSIDE})?|adversarial(?:\s+${OUTSIDE})?`, 'hostile'],
  [String.raw`(?:clean|perfect|faultless|ideal)\s+${OUTSIDE}|no\s+(?:faults|errors|failures)|without\s+(?:any\s+)?(?:faults|errors|failures)|clean(?=\s*(?:$|[,;.]))`, 'clean'],
  [String.raw`realistic(?:\s+${OUTSIDE}|\s+faults)?`, 'realistic'], [String.raw`slow\s+${OUTSIDE}|slow\s+answers`, 'latency'], [String.raw`(?:frequent\s+|many\s+)?outages`, 'outages'], [String.raw`rate\s+limits?`, 'limits'], [String.raw`stale\s+(?:data|reads?|results?)`, 'staleness'],
]
const DIFFICULTY: readonly (readonly [string, Readonly<Partial<Record<AxisName, number>>>])[] = [
  [String.raw`(?:very|extremely|really)\s+(?:hard|difficult|challenging)${ALONE}|expert${ALONE}`, { depth: 6, joins: 3 }], [String.raw`(?:very\s+|really\s+)?(?:easy|simple)${ALONE}|for beginners`, { depth: 1, joins: 0, missing: 0 }],
  [String.raw`(?:hard|difficult|challenging|tough|demanding)${ALONE}`, { depth: 4, joins: 2 }], [String.raw`(?:deep|long)\s+(?:plans?|tasks?|chains?)|deep${ALONE}|many steps|multi[- ]?step(?:\s+tasks?)?`, { depth: 5 }],
  [String.raw`(?:many|lots of|a lot of|plenty of)\s+tools`, { tools: 11 }], [String.raw`(?:few|only a few|hardly any)\s+tools`, { tools: 3 }], [String.raw`(?:many|lots of)\s+states|(?:long|complex)\s+lifecycles?`, { lifecycle: 7 }],
  [String.raw`(?:much|a lot|lots)\s+to\s+read|long\s+(?:lists|records|outputs)`, { context: 4 }], [String.raw`(?:many\s+)?(?:decoys|look[- ]?alikes|namesakes)`, { decoys: 0.3 }], [String.raw`(?:missing|incomplete)\s+(?:information|details|facts|requests?)`, { missing: 1 }],
]
const COUNTED: readonly (readonly [string, AxisName])[] = [['(?:steps?|actions)', 'depth'], ['(?:entities|kinds of records|tables)', 'tools'], ['states', 'lifecycle'], ['(?:joins|hops)', 'joins']]

function clip(axis: AxisName, value: number): number {
  const { from, to } = AXES[axis]
  return Math.max(from, Math.min(to, value))
}

const compiled = new Map<string, RegExp>()
function pattern(source: string): RegExp {
  let made = compiled.get(source)
  if (!made) compiled.set(source, (made = new RegExp(String.raw`${LEAD}\b${source}(?!\w)`, 'i')))
  return made
}

/** Takes what is not about the domain out of a sentence. */
export function takeWishes(sentence: string): { readonly wishes: Wishes; readonly rest: string } {
  let rest = sentence
  const take = (source: string): RegExpExecArray | undefined => {
    const found = pattern(source).exec(rest)
    if (!found) return undefined
    rest = `${rest.slice(0, found.index)} ; ${rest.slice(found.index + found[0].length)}`
    return found
  }
  const first = <T>(list: readonly (readonly [string, T])[]): T | undefined => list.find(([source]) => take(source))?.[1]
  const layers = take(String.raw`${NUMBER}(?:\s|-)+(?:layers?|levels?|tiers?|layered)(?:\s+of\s+(?:agents?|delegation|hierarchy|management))?`)
  const agents = take(String.raw`${NUMBER}(?:\s|-)+(?:ai\s+|llm\s+)?(?:sub[- ]?)?agents?`)
  const chosen = first(PATTERNS)
  const profile = first(PROFILES)
  const lawless = take(String.raw`(?:no|without(?:\s+any)?)\s+(?:approvals?|rules?|polic(?:y|ies)|restrictions?)`)
  const axes: { [A in AxisName]?: number } = { ...first(DIFFICULTY) }
  for (const [source, extra] of DIFFICULTY) if (take(source)) Object.assign(axes, extra)
  for (const [what, axis] of COUNTED) {
    const found = take(String.raw`${NUMBER}(?:\s|-)+${what}`)
    if (found) axes[axis] = clip(axis, numberOf(found[1]!.toLowerCase()))
  }
  const count = agents && Math.max(1, Math.min(64, numberOf(agents[1]!.toLowerCase())))
  return {
    rest,
    wishes: {
      ...(layers && { layers: Math.max(1, Math.min(6, numberOf(layers[1]!.toLowerCase()))) }), ...(count !== undefined && { agents: count }),
      ...(chosen ? { pattern: chosen } : count === 1 && { pattern: 'single' as const }), ...(profile !== undefined && { profile }), ...(lawless && { lawless: true }), axes,
    },
  }
}
