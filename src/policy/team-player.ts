/** Plays one frame of a team along the lifted witness: it makes its own steps, calls others for theirs, and reports. */
import type { Action } from '../../protocol/action.ts'
import type { Observation } from '../../protocol/observation.ts'
import { callAction, type PlannedStep } from '../episode/witness-step.ts'
import type { Play } from './attempt.ts'
import { Hand, type Outcome, PATIENCE_MS } from './hand.ts'
import type { Lift } from './lift.ts'
import type { Policy } from './policy.ts'
import { MOST_LOOKS } from './robust.ts'
import type { Seat } from './seat.ts'

/** How calls are made: what a careful hand does, or so many blind repetitions. */
export type Care = 'careful' | number

/** Virtual milliseconds between looks at what others do, and looks at most. */
const LOOK_MS = 997
const MOST_WAITS = 300
/** Characters of a result that are passed on. */
const MOST_TOLD = 20_000

/** A policy for the frame of a seat; all that share a lift work on one plan. */
export function teamPlayer(seat: Seat, lift: Lift, care: Care): Policy {
  lift.join(seat.path)
  const player = new TeamPlayer(seat, lift, care)
  let play: Play<void> | undefined
  let run = 0
  return {
    act(observation) {
      const now = seat.episode.frames.get(seat.path)!.run
      const going = now === run ? play?.next(observation) : undefined
      run = now
      if (going && !going.done) return going.value
      // What was to be done was reported, or a stop tool ended it; who is called once more begins anew.
      play = player.run(observation)
      return play.next().value as Action
    },
  }
}

class TeamPlayer {
  readonly #seat: Seat
  readonly #lift: Lift
  readonly #hand: Hand
  readonly #care: Care
  /** What this frame was told, for what it may know. */
  #seen = ''
  #made: number[] = []

  constructor(seat: Seat, lift: Lift, care: Care) {
    this.#seat = seat
    this.#lift = lift
    this.#care = care
    this.#hand = new Hand(seat)
  }

  get #frame() {
    return this.#seat.episode.frames.get(this.#seat.path)!
  }

  get #agent() {
    return this.#seat.episode.scenario.agents.get(this.#seat.agent)!
  }

  /** One run of the frame: from what it is told to what it gives. */
  * run(told: Observation): Play<void> {
    this.#made = []
    this.#hear(told)
    let looks = 0
    let waits = 0
    for (;;) {
      const lift = this.#lift
      lift.absorb()
      if (lift.isImpossible) return yield* this.#report()
      const next = this.#choose()
      if (!next) {
        if (waits++ < MOST_WAITS && lift.isWanted(this.#agent, this.#frame.leads) && lift.isAwaited(this.#frame)) {
          yield* this.#turn(callAction('wait', { ms: LOOK_MS }))
          continue
        }
        return yield* this.#report()
      }
      if ('calls' in next) {
        yield* this.#call(next.calls)
        continue
      }
      if ('over' in next) return yield* this.#handOver(next.over, next.at)
      lift.claim(next.at, this.#seat.path)
      const outcome = yield* this.#make(lift.plan(next.at)!)
      if (outcome === 'unable') lift.isImpossible = true
      else if (typeof outcome === 'object' && outcome.refused && looks < MOST_LOOKS) {
        yield* this.#hand.caller.pause(PATIENCE_MS * 2 ** looks)
        lift.release(next.at)
        if (looks++ > 0) lift.lookAgain(next.at, (at) => this.#canHaveMade(at))
      } else {
        looks = 0
        lift.take(next.at, typeof outcome === 'string' ? undefined : outcome.json)
        this.#made.push(next.at)
      }
    }
  }

  /** What to do now: a step of its own, others to call, or somebody to hand over to. */
  #choose(): { readonly at: number } | { readonly calls: readonly (readonly [string, readonly number[]])[] } | { readonly over: string; readonly at: number } | undefined {
    const lift = this.#lift
    const ready = lift.ready()
    const own = ready.filter((at) => lift.canMake(this.#agent, this.#frame.leads, at) && lift.plan(at))
    const known = own.find((at) => this.#knows(lift.plan(at)!))
    if (known !== undefined && (known === ready[0] || this.#isOneOfMany())) return { at: known }
    if (own.length && own[0] === ready[0] && !this.#isOneOfMany()) return { at: own[0]! }
    const calls = new Map<string, readonly number[]>()
    const { concurrent = Infinity } = this.#agent.limits
    for (const at of ready) {
      if (lift.canMake(this.#agent, this.#frame.leads, at)) continue
      const way = lift.wayTo(this.#agent, at)
      if (!way || calls.has(way.agent)) continue
      if (way.over) {
        if (!calls.size) return { over: way.agent, at }
        continue
      }
      if (calls.size >= concurrent) break
      calls.set(way.agent, lift.errand(this.#agent, at, way.agent))
    }
    if (calls.size) return { calls: [...calls] }
    // What commutes with it is the business of others who are not called from here.
    return own.length && !this.#isOneOfMany() ? { at: own[0]! } : undefined
  }

  /** Whether others of the same kind work beside it, each on something of its own. */
  #isOneOfMany(): boolean {
    const { episode } = this.#seat
    const begun = episode.events().findLast((event) => event.type === 'frame' && event.frame === this.#seat.path)
    if (begun?.type !== 'frame' || begun.node === undefined) return false
    const nodes = episode.scenario.agents.get(episode.frames.get(begun.parent)!.agent)!.workflow?.nodes ?? []
    return nodes.some((node) => (node.name === begun.node && node.kind === 'map') || (node.kind === 'loop' && node.nodes.some((one) => one.name === begun.node && one.kind === 'map')))
  }

  /** Whether a step can be made again: by this frame and below, or, where no fixed order stands above it, by whoever the frame above calls. */
  #canHaveMade(at: number): boolean {
    const { frames, scenario } = this.#seat.episode
    const above = this.#frame.parent === undefined ? undefined : frames.get(this.#frame.parent)
    const isFixed = above !== undefined && scenario.agents.get(above.agent)!.workflow !== undefined
    return !isFixed || this.#lift.canMake(this.#agent, this.#frame.leads, at) || this.#lift.wayTo(this.#agent, at) !== undefined
  }

  /** Whether this frame was told all that a step says. */
  #knows(step: PlannedStep): boolean {
    return step.kind !== 'call' || Object.values(step.args).every((value) => typeof value !== 'string' || this.#seen.includes(value))
  }

  #hear({ messages }: Observation): void {
    for (const { role, content } of messages) if (role !== 'system') this.#seen += `${content}\n`
  }

  * #turn(action: Action): Play<Observation> {
    const { observation } = yield* this.#hand.caller.turn(action)
    this.#hear(observation)
    return observation
  }

  * #make(step: PlannedStep): Play<Outcome> {
    if (step.kind === 'say') return { json: yield* this.#hand.say(step.text) }
    if (step.kind === 'wait') {
      yield* this.#hand.caller.pause(step.ms)
      return { json: undefined }
    }
    if (!this.#isShown(step.call)) yield* this.#turn(callAction('ToolSearch', { query: step.call.replaceAll('_', ' ') }))
    const outcome = this.#care === 'careful' ? yield* this.#hand.make(step) : yield* this.#hand.makeBlindly(step, this.#care)
    if (typeof outcome === 'object') this.#seen += `${JSON.stringify(outcome.json)}\n`
    return outcome
  }

  #isShown(tool: string): boolean {
    return !this.#agent.deferred.has(tool) || this.#frame.loaded.includes(tool)
  }

  /** Calls others for their steps, all at once. */
  * #call(calls: readonly (readonly [string, readonly number[]])[]): Play<void> {
    const { delegation } = this.#agent
    const messages = calls.map(([agent, steps]) => [agent, this.#errand(steps)] as const)
    const action: Action = delegation === 'xml' ? { content: messages.map(([agent, message]) => `<sub-agent><agent_name>${agent}</agent_name><message>${escape(message)}</message></sub-agent>`).join('\n') }
      : { tool_calls: messages.map(([agent, message]) => (delegation === 'agent' ? { name: 'Agent', arguments: { sub_agent_name: agent, message } } : { name: `sub-agent-${agent}`, arguments: { message } })) }
    yield* this.#turn(action)
    this.#lift.absorb()
    for (const [, steps] of calls) {
      this.#lift.miss(steps)
      this.#made.push(...steps)
    }
  }

  /** What is to be done, with all that is known about it. */
  #errand(steps: readonly number[]): string {
    const lines = steps.map((at) => {
      const step = this.#lift.steps[at]!
      const planned = this.#lift.ready().includes(at) ? this.#lift.plan(at) : undefined
      return planned?.kind === 'call' ? `- ${planned.call} ${JSON.stringify(planned.args)}` : `- ${step.kind === 'call' ? step.call : step.kind}, with what you find`
    })
    const known = JSON.stringify(this.#lift.known(steps)).slice(0, MOST_TOLD)
    return `The request: ${this.#seat.episode.task.instruction}\nPlease do this and report what you find:\n${lines.join('\n')}${known === '{}' ? '' : `\nWhat is known so far: ${known}`}`
  }

  * #handOver(to: string, at: number): Play<void> {
    yield* this.#turn(callAction(`transfer_to_${to}`, { message: this.#errand([at]) }))
  }

  /** The frame's result; of who leads the end of the task. */
  * #report(): Play<void> {
    const lift = this.#lift
    const ending = lift.isImpossible ? undefined : lift.ending()
    if (this.#frame.leads) return void (yield ending ?? callAction('report_unable', { reason: 'A tool that this needs cannot be used.' }))
    // A model above gives the answer itself; a workflow needs it from somebody.
    const isForWorkflow = this.#seat.episode.frames.get(this.#frame.parent!)!.work !== undefined
    const [call] = (isForWorkflow && lift.isComplete && ending?.tool_calls ? ending.tool_calls : []) as { name: string; arguments: Record<string, unknown> }[]
    const told = {
      done: this.#made.map((at) => nameOf(lift.steps[at]!)), results: lift.results(this.#made),
      ...(call?.name === 'finish' && 'answer' in call.arguments && { answer: call.arguments.answer }), ...(call?.name === 'report_unable' && { unable: call.arguments.reason }), ...(lift.isImpossible && { unable: 'A tool that this needs cannot be used.' }),
    }
    yield { content: JSON.stringify(told) }
  }
}

function nameOf(step: Lift['steps'][number]): string {
  return step.kind === 'call' ? step.call : step.kind
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
