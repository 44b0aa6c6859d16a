/** Lifecycles with verbs of a sentence in them. */
import type { Action, Guard, Lifecycle } from '../../protocol/spec/blueprint.ts'
import { keyOf } from '../core/keyed.ts'
import type { OwnStep, Template } from './own-template.ts'
import { pickOne } from './pick.ts'
import { participle } from './sentence-language.ts'
import type { Deed } from './sentence.ts'

/** Verbs after which nothing follows. */
const ENDS = new Set(['cancel', 'reject', 'refuse', 'decline', 'discard', 'drop', 'remove', 'delete', 'scrap', 'retire', 'withdraw', 'close', 'end', 'dispose', 'dismiss', 'expel', 'terminate', 'abandon', 'destroy', 'ban', 'evict', 'void'])
/** Verbs that come at the end of the way: what is sold is not inspected any more. */
const LATE = new Set(['sell', 'lend', 'loan', 'ship', 'deliver', 'publish', 'award', 'give', 'return', 'pay', 'donate', 'release', 'send', 'dispatch', 'broadcast', 'air', 'auction', 'rent', 'lease', 'distribute', 'issue', 'print', 'exhibit', 'display', 'serve', 'export', 'hand', 'bill', 'invoice', 'store', 'bottle', 'archive', 'launch', 'install', 'mail', 'post', 'share', 'stream', 'transport', 'transfer', 'allocate', 'assign'])
/** Documents that are written here. */
const DRAFTED = /(?:^|_)(?:report|letter|article|script|plan|episode|contract|invoice|bill|proposal|agreement|statement|budget|newsletter|post|blog|notice|agenda|schedule|programme|menu|recipe|design|map_draft|poem|essay|draft|estimate|minutes|verdict)$/
/** Verbs that do again what was done before. */
const AGAIN = /^re(?!ad|ceive|port|cord|quest|view|ward|fund|gister|pair|lease|turn|tire|ject|serve|store|search|ply|move|nt|st|fuse|solve|cruit|fer|mind|hearse|cycle|pay)/

/** The tool's name of a verb: `check` with `in` is check_in. */
export function verbName({ verb, particle }: Pick<Deed, 'verb' | 'particle'>): string {
  return (particle === undefined ? verb : `${verb}_${particle}`).slice(0, 40)
}

function stepOf(deed: Deed): OwnStep {
  const done = `${participle(deed.verb)}${deed.particle === undefined ? '' : ` ${deed.particle}`}`
  return { verb: verbName(deed), says: `${deed.verb} {it}${deed.particle === undefined ? '' : ` ${deed.particle}`}`, done, to: done.replaceAll(' ', '_'), ...(ENDS.has(deed.verb) && { ends: true }) }
}

function actionOf({ verb, says, done, to, asks = [], ends = false }: OwnStep, from: readonly string[], needs: readonly Guard[]): Action {
  return { verb, says, done, to, from: [...from], asks: [...asks], needs: [...needs], destructive: ends }
}

function distinct(steps: readonly OwnStep[], taken: readonly string[]): OwnStep[] {
  return steps.filter((step, i) => !taken.includes(step.to) && steps.findIndex((other) => other.to === step.to || other.verb === step.verb) === i)
}

/** The lifecycle of a template with the verbs of a sentence, in the order in which they stand there. */
export function ownLifecycle(name: string, template: Template, deeds: readonly Deed[], guard: Guard | undefined): Lifecycle {
  const said = distinct(deeds.map(stepOf), []).slice(0, 6)
  const usualStart = DRAFTED.test(name) && template.initial === 'received' ? 'drafted' : template.initial
  const initial = said.some(({ to }) => to === usualStart) ? 'new' : usualStart
  const verbs = new Set(said.flatMap(({ verb, to }) => [verb, to]))
  const usual = pickOne(keyOf(['way of']), name, template.ways).filter(({ verb, to }) => !verbs.has(verb) && !verbs.has(to))
  const middle = said.filter(({ ends }) => !ends)
  // What the sentence says goes first; the template says how it begins and ends where the sentence says little.
  const more = usual.filter(({ ends }) => !ends).slice(0, Math.max(0, 3 - middle.length))
  const last = [...said.filter(({ ends }) => ends), ...usual.filter(({ ends }) => ends).slice(0, said.some(({ ends }) => ends) ? 0 : 1)]
  const late = middle.findIndex(({ verb }) => LATE.has(verb.split('_')[0]!))
  const path = distinct(late < 0 ? [...middle, ...more] : [...middle.slice(0, late), ...more, ...middle.slice(late)], [initial])
  const actions: Action[] = []
  let before = [initial]
  path.forEach((step, i) => {
    actions.push(actionOf(step, before, guard && (step.gate || (i === 0 && !path.some(({ gate }) => gate))) ? [guard] : []))
    const again = AGAIN.test(step.verb) && i > 0
    before = again ? [...before, step.to] : [step.to]
  })
  const open = [initial, ...path.map(({ to }) => to)].slice(0, Math.max(1, path.length))
  for (const step of distinct(last, [initial, ...path.map(({ to }) => to)])) actions.push(actionOf(step, open, []))
  return { field: 'status', initial, states: [initial, ...actions.map(({ to }) => to)], actions }
}

/** A lifecycle of a pack with verbs that it does not have: each leads on from the beginning, and rejoins the way. */
export function withDeeds(lifecycle: Lifecycle, deeds: readonly Deed[]): Lifecycle {
  let at = lifecycle
  for (const step of distinct(deeds.map(stepOf), [])) {
    if (at.states.length >= 12 || at.actions.length >= 16 || at.states.includes(step.to) || at.actions.some(({ verb }) => verb === step.verb)) continue
    const leaves = at.actions.filter(({ from }) => from.includes(at.initial))
    const next = leaves.find(({ destructive }) => !destructive) ?? leaves[0]!
    const from = AGAIN.test(step.verb) ? [next.to].filter((state) => at.actions.some((action) => action.from.includes(state))) : [at.initial]
    const starts = from.length > 0 ? from : [at.initial]
    at = {
      ...at, states: [...at.states, step.to],
      actions: [...at.actions.map((action) => (!step.ends && action.from.some((state) => starts.includes(state)) && action.to !== step.to ? { ...action, from: [...action.from, step.to] } : action)), actionOf(step, starts, [])],
    }
  }
  return at
}
