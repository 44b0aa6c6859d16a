/** The desk of test/fixtures with tasks of one's own, played action by action. */
import { readFileSync } from 'node:fs'
import type { Action } from '../protocol/action.ts'
import type { Issue, Verdict } from '../protocol/verdict.ts'
import type { Complaint } from '../src/spec/complaint.ts'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import { Episode, type EpisodeRequest } from '../src/episode/episode.ts'
import { ROOT } from './checkout.ts'

/** Tools that the desk itself lacks. */
const TOOLS = `
  list_owners:
    description: Lists all accounts of an owner.
    effect: read
    input: {properties: {owner: {type: string}}, required: [owner]}
    do: [{return: {accounts: 'accounts.filter(a, a.owner == args.owner).map(a, a.id)'}}]
  refund:
    description: Takes a payment back.
    effect: write
    input: {properties: {payment: {type: string}}, required: [payment]}
    do:
    - let: {p: payments.get(args.payment)}
      else: 'No payment \${args.payment}'
    - set: {'accounts[p.account].balance': accounts.get(p.account).balance + p.amount}
    - delete: 'payments[p.id]'
  note:
    description: Puts a note on an account.
    effect: write
    idempotent: true
    input: {properties: {id: {type: string}, text: {type: string}, tags: {type: array, items: {type: string}}, kind: {type: string, enum: [plain, urgent]}, level: {type: integer}, sure: {type: boolean}}, required: [id, text]}
    do:
    - let: {a: accounts.get(args.id)}
      else: 'No account \${args.id}'
    - set: {'accounts[a.id].owner': args.text}
`

/** Compiles the desk with these tasks (YAML), edits of its text and dynamics by name. */
export function counter(tasks: string, { edits = [], dynamics = {}, scenario = '' }: { edits?: readonly (readonly [string, string])[]; dynamics?: Record<string, string>; scenario?: string } = {}) {
  const text = readFileSync(`${ROOT}test/fixtures/desk.yaml`, 'utf8').replace('  overdraw:', `${TOOLS.slice(1)}  overdraw:`)
  const whole = text.replace(/\ntasks:\n[\s\S]*?\n---\n/, () => `\n${scenario}tasks:\n${tasks}---\n`)
  const edited = edits.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`nothing to replace: ${from}`)
    return now.replace(from, () => to)
  }, whole)
  const more = Object.entries(dynamics).map(([name, entries]) => ({ file: `${name}.yaml`, text: `kind: Dynamics\nname: ${name}\nentries:\n${entries}` }))
  const { catalogue, complaints } = compileCatalogue([{ file: 'desk.yaml', text: edited }, ...more])
  return {
    complaints,
    begin(task: string, request: Partial<EpisodeRequest> = {}): Episode {
      if (complaints.length) throw new Error(complaints.map(({ line, message }: Complaint) => `${line} ${message}`).join('\n'))
      return Episode.start(catalogue.find('desk')!, { seed: 1, ...request, task })
    },
  }
}

export const call = (name: string, args: unknown = {}): Action => ({ tool_calls: [{ name, arguments: args as Record<string, unknown> }] })
export const calls = (...all: (readonly [string, object])[]): Action => ({ tool_calls: all.map(([name, args]) => ({ name, arguments: args })) })
export const say = (content: string): Action => ({ content })
export const FINISH = call('finish')
export const decline = (reason = 'It cannot be done.'): Action => call('report_unable', { reason })

/** Plays actions as far as the episode goes and gives its verdict; all evidence has to lead into the log. */
export function play(episode: Episode, ...actions: Action[]): Verdict {
  for (const action of actions) if (!episode.ended) episode.step(action)
  const { verdict } = episode.last.info
  if (!verdict) throw new Error('the episode goes on')
  return verdict
}

/** Slots of an episode's task. */
export function slots(episode: Episode): Record<string, any> {
  return (episode.inspect().gold as { slots: Record<string, any> }).slots
}

/** What lowered the reward, in a line each. */
export function blamed({ issues }: Verdict): string[] {
  return issues.filter(({ verdict }) => verdict !== 'note').map(({ id, category }) => `${id} ${category}`)
}

/** Categories of the notes about the agent. */
export function noted({ issues }: Verdict): string[] {
  return issues.filter(({ verdict, source }) => verdict === 'note' && source === 'agent').map(({ category }) => category)
}

/** Where an issue points, as `tool pointer` or `type pointer`. */
export function shownBy(episode: Episode, issue: Issue | undefined): string[] {
  return (issue?.evidence ?? []).map(({ event, pointer }) => {
    const at = episode.events()[event]!
    return `${at.type === 'call' ? at.tool : at.type} ${pointer}`.trim()
  })
}
