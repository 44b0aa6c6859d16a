/** A root episode and its forks: what is done with them, and every answer that an undisturbed server gives to it. */
import type { Action } from '../../protocol/action.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { below, chance, keyOf, word53 } from '../../src/core/keyed.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { Session } from '../../src/server/session.ts'
import { ADMIN, ask, openGym } from '../server/gym-under-test.ts'
import { shippedCatalogue, tryStart } from '../checkout.ts'

/** Members are named by their number: 0 is the root. */
export type Deed =
  | { readonly kind: 'reset'; readonly params: Record<string, unknown> }
  | { readonly kind: 'steps'; readonly who: number; readonly actions: readonly Action[] }
  | { readonly kind: 'fork'; readonly who: number; readonly params: Record<string, unknown>; readonly children: number }
  | { readonly kind: 'close'; readonly who: number }

export type Member = {
  /** By seq; 0 is what the reset said, for the root. */
  readonly answers: string[]
  readonly actions: Action[]
  readonly hash: string
}

export type Family = { readonly deeds: readonly Deed[]; readonly members: readonly Member[] }

type Grown = { id: string; answers: string[]; actions: Action[]; ended: boolean; closed: boolean; hash: string }

const MOST_MEMBERS = 7
const DEEDS = 16

/** An answer without the ids that differ from server to server. */
export function comparable(answer: unknown): string {
  const { episode: _id, ...rest } = answer as Record<string, unknown>
  return canonicalJson(rest)
}

/** Actions that solve the drawn task, to be played in any order and manner. */
function solve(stream: string): { seed: number; task: string; actions: Action[] } {
  for (let i = 0; ; i += 1) {
    const seed = word53(keyOf(['kill', stream, i]))
    const episode = tryStart(shippedCatalogue().find('retail')!, { seed })
    if (!episode) continue
    const policy = createPolicy('oracle', episode)!
    const actions: Action[] = []
    while (!episode.ended) {
      const action = policy.act(episode.observation)
      actions.push(action)
      episode.step(action)
    }
    return { seed, task: episode.identity.task, actions }
  }
}

/** Draws a family by its name and plays it undisturbed, in this process. */
export function growFamily(name: string): Family {
  const session = new Session(openGym({ catalogue: shippedCatalogue() }), ADMIN)
  let drawn = 0
  const draw = (n: number): number => below(keyOf(['kill', name, (drawn += 1)]), n)
  const coin = (probability: number): boolean => chance(keyOf(['kill', name, (drawn += 1)]), probability)
  const { seed, task, actions } = solve(name)
  const deeds: Deed[] = []
  const grown: Grown[] = []

  const actionFor = (member: Grown): Action => {
    const next = actions[member.actions.length % (actions.length - 1)] ?? actions[0]!
    if (coin(0.7)) return { ...next, think_ms: draw(500) }
    return coin(0.5) ? { tool_calls: [{ name: 'wait', arguments: { ms: draw(5000) } }], content: 'one moment – ½ ✓', meta: { step: drawn } } : { tool_calls: [{ name: 'no_such_tool', arguments: '{"a":' }] }
  }
  const step = (member: Grown, action: Action): void => {
    const answer = ask(session, 'env/step', { episode: member.id, action })
    member.answers.push(comparable(answer))
    member.actions.push(action)
    member.ended = answer.terminated || answer.truncated
  }
  const playSome = (who: number, some: readonly (() => Action)[]): void => {
    const member = grown[who]!
    const taken: Action[] = []
    for (const one of some) {
      if (member.ended) break
      taken.push(one())
      step(member, taken.at(-1)!)
    }
    if (taken.length) deeds.push({ kind: 'steps', who, actions: taken })
  }
  const fork = (who: number): void => {
    const parent = grown[who]!
    const seq = parent.actions.length
    const at = coin(0.4) ? draw(seq + 1) : undefined
    const params = { luck: coin(0.6) ? 'fresh' : 'same', count: 1 + draw(2), ...(at !== undefined && { at }) }
    const { episodes } = ask(session, 'env/fork', { episode: parent.id, ...params }) as { episodes: string[] }
    const past = at ?? seq
    for (const id of episodes) grown.push({ id, answers: parent.answers.slice(0, past + 1), actions: parent.actions.slice(0, past), ended: parent.ended && past === seq, closed: false, hash: '' })
    deeds.push({ kind: 'fork', who, params, children: episodes.length })
  }

  const options = { dynamics: coin(0.7) ? 'flaky' : 'clean', shaping: coin(0.5) ? 'progress' : 'none' }
  const params = { scenario: 'retail', seed, task, options }
  const reset = ask(session, 'env/reset', params)
  deeds.push({ kind: 'reset', params })
  grown.push({ id: reset.episode, answers: [comparable(reset)], actions: [], ended: false, closed: false, hash: '' })
  for (let i = 0; i < DEEDS; i += 1) {
    const living = grown.flatMap((member, who) => (member.closed ? [] : [who]))
    const who = living[draw(living.length)]!
    if (grown.length < MOST_MEMBERS && coin(0.25)) fork(who)
    else if (who > 0 && coin(0.08)) {
      deeds.push({ kind: 'close', who })
      grown[who]!.hash = ask(session, 'env/state', { episode: grown[who]!.id }).hash
      ask(session, 'env/close', { episode: grown[who]!.id })
      grown[who]!.closed = true
    } else playSome(who, Array.from({ length: 1 + draw(4) }, () => () => actionFor(grown[who]!)))
  }
  for (const [who, member] of grown.entries()) {
    if (member.closed) continue
    playSome(who, coin(0.5) ? actions.map((action) => () => action) : [() => ({ tool_calls: [{ name: 'report_unable', arguments: { reason: 'done here' } }] })])
    member.hash = ask(session, 'env/state', { episode: member.id }).hash
  }
  return { deeds, members: grown.map(({ answers, actions, hash }) => ({ answers, actions, hash })) }
}
