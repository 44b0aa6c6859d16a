/** A thread of a sweep: plays the episodes that it is sent; those of endpoints side by side, the others one after another. */
import { platform, setPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { GymError } from '../../core/gym-error.ts'
import type { Episode } from '../../episode/episode.ts'
import { EndpointError, type Outside } from '../../llm/endpoint.ts'
import { failedOutcome, outcomeOf } from '../../sweep/outcome.ts'
import { type PlannedPolicy, type Unit, unitAt } from '../../sweep/plan.ts'
import { playUnit, startUnit, Unplayable } from '../../sweep/play.ts'
import { playAway } from '../../sweep/play-away.ts'
import { Account, askPatiently, mayComeRight, type Usage } from './asker.ts'
import { RequestGate } from './request-gate.ts'
import { ScenarioSource } from './scenario-source.ts'
import type { Order, Result, Task } from './thread-message.ts'

const BACKGROUND = 10
/** The status of an endpoint that does not know our key. */
const REFUSES = 401

const outside: Outside = {
  fetch: (url, init) => fetch(url, init),
  sleep: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
}
const clock = { now: () => performance.now(), sleep: outside.sleep }

function say(result: Result): void {
  parentPort!.postMessage(result)
}

function played(unit: number, episode: Episode, tries: number, usage?: Usage): Result {
  return { unit, outcome: outcomeOf(episode, tries, usage), journal: JSON.stringify(episode.journalFrom(0).entries) }
}

/** Why an episode was not played to its end; a mistake in a plan or a scenario costs one episode, not the sweep. */
function causeOf(error: unknown): string {
  if (error instanceof Unplayable || error instanceof EndpointError) return error.message
  if (error instanceof GymError) return `${error.gymCode}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

class Player {
  readonly #order: Order
  readonly #source: ScenarioSource
  readonly #gates = new Map<string, RequestGate>()
  readonly #gone = new AbortController().signal

  constructor(order: Order) {
    this.#order = order
    this.#source = new ScenarioSource(order.parts)
  }

  play(number: number): void {
    const { plan } = this.#order
    const unit = unitAt(plan, number)
    const policy = plan.policies[unit.policy]!
    if (policy.policy === 'endpoint') return void this.#ask(unit, policy).then(say)
    say(this.#tryTo(number, () => played(number, playUnit(this.#scenarioOf(unit), plan, unit), 1)))
  }

  #scenarioOf({ row }: Unit) {
    const { scenario, seed, task } = this.#order.plan.rows[row]!
    return this.#source.find(scenario, seed, task)
  }

  #tryTo(unit: number, play: () => Result): Result {
    try {
      return play()
    } catch (error) {
      return { unit, outcome: failedOutcome(causeOf(error), 1) }
    }
  }

  /** Plays an episode by an endpoint, anew when that failed in its midst; what was used in vain counts too. */
  async #ask(unit: Unit, { endpoint = '', name, requests_per_minute, sampling }: PlannedPolicy): Promise<Result> {
    const { plan, endpoints } = this.#order
    const account = new Account()
    for (let tries = 1; ; tries++) {
      try {
        const episode = startUnit(this.#scenarioOf(unit), plan, unit)
        await playAway(episode, endpoint, (asked, history) => {
          const known = endpoints.get(asked)
          if (!known) throw new Unplayable(`no endpoint is called '${asked}'`)
          const own = asked === endpoint
          return askPatiently(known, { messages: history.messages, tools: history.tools, ...(own && sampling && { sampling }) }, this.#gateOf(own ? name : asked, own ? requests_per_minute : undefined), account, outside, clock.now, this.#gone)
        })
        return played(unit.unit, episode, tries, account.usage)
      } catch (error) {
        const again = error instanceof EndpointError && mayComeRight(error)
        if (!again || tries >= plan.spec.tries) return { unit: unit.unit, outcome: failedOutcome(causeOf(error), tries, account.usage), isRefused: error instanceof EndpointError && error.status === REFUSES }
      }
    }
  }

  #gateOf(name: string, perMinute: number | undefined): RequestGate {
    let gate = this.#gates.get(name)
    if (!gate) this.#gates.set(name, (gate = new RequestGate(clock, perMinute)))
    return gate
  }
}

if (!isMainThread) {
  const order = workerData as Order
  // On Linux a priority is a thread's own: whoever steps episodes meanwhile goes first.
  if (order.background && platform() === 'linux') setPriority(0, BACKGROUND)
  const player = new Player(order)
  parentPort!.on('message', ({ units }: Task) => { for (const unit of units) player.play(unit) })
}
